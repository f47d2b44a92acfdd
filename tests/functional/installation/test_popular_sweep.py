"""Popular distributions: what can be imported, and what scripts do, is the same as in the base that has them.

Run it with access to a package registry, with ``pytest -m sweep -n 2``. Each set is installed into a virtual
environment, which then is the base of an environment for each mode of reuse.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import uv

from support.command_line import thinvenv

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.sweep, pytest.mark.registry]

SETS = {
    "science": ["numpy", "scipy", "pandas", "matplotlib", "scikit-learn"],
    "jupyter": ["jupyterlab", "nbconvert", "ipykernel", "ipywidgets"],
    "django": ["django", "djangorestframework", "celery", "gunicorn"],
    "flask": ["flask", "sqlalchemy", "alembic", "marshmallow"],
    "fastapi": ["fastapi[standard]", "httpx", "pydantic-settings"],
    "scrapy": ["scrapy", "lxml", "beautifulsoup4"],
    "sphinx": ["sphinx", "furo", "myst-parser"],
    "testing": ["pytest", "pytest-xdist", "pytest-cov", "hypothesis", "tox", "nox"],
    "quality": ["ruff", "mypy", "black", "pylint", "pre-commit"],
    "packaging": ["poetry", "pdm", "hatch", "build", "twine"],
    "cloud": ["awscli", "boto3", "google-cloud-storage", "azure-identity"],
    "network": ["requests", "aiohttp", "paramiko", "grpcio", "protobuf"],
    "maps": ["geopandas", "shapely", "pyproj"],
    "compilers": ["numba", "cython", "cffi", "cmake", "ninja"],
    "data": ["dask[complete]", "polars", "pyarrow", "duckdb"],
    "learning": ["jax", "xgboost", "lightgbm"],
    "text": ["spacy", "nltk", "markdown", "rich", "typer"],
    "images": ["pillow", "imageio", "scikit-image", "opencv-python-headless"],
    "windows": ["PySide6-Essentials", "pygame"],
    "automation": ["ansible-core", "invoke", "fabric"],
    "notebooks": ["marimo", "papermill", "jupytext", "nbdime"],
    "dashboards": ["streamlit", "gradio", "bokeh", "plotly"],
    "sites": ["mkdocs-material", "pelican", "nikola"],
    "pyramid": ["pyramid", "waitress", "bottle", "cherrypy", "tornado"],
    "databases": ["psycopg[binary]", "pymysql", "redis", "pymongo", "peewee"],
    "terminals": ["textual", "prompt-toolkit", "ipython", "httpie", "yt-dlp"],
    "documents": ["pypdf", "reportlab", "python-docx", "openpyxl", "weasyprint"],
    "browsers": ["selenium", "playwright", "mechanize"],
    "astronomy": ["astropy", "astroquery", "photutils"],
    "chemistry": ["rdkit", "ase", "biopython"],
    "statistics": ["statsmodels", "seaborn", "pymc", "arviz"],
    "symbols": ["sympy", "networkx", "mpmath", "gmpy2"],
    "optimisation": ["cvxpy", "pulp", "ortools"],
    "audio": ["librosa", "soundfile", "pydub"],
    "signals": ["h5py", "netcdf4", "xarray", "zarr"],
    "models": ["onnx", "onnxruntime", "tokenizers", "safetensors"],
    "security": ["cryptography", "pyopenssl", "pynacl", "bcrypt", "keyring"],
    "robots": ["pin", "opencv-python-headless"],
    "protocols": ["grpcio-tools", "websockets", "paho-mqtt", "pyzmq"],
    "queues": ["celery", "rq", "dramatiq", "apscheduler"],
    "templates": ["jinja2", "mako", "cookiecutter", "copier"],
    "types": ["pydantic", "attrs", "msgspec", "beartype", "typeguard"],
    "kubernetes": ["kubernetes", "docker", "openstacksdk"],
    "games": ["pyglet", "arcade", "panda3d"],
    "linters": ["flake8", "isort", "bandit", "pyupgrade", "codespell"],
    "archives": ["zstandard", "lz4", "brotli", "python-snappy"],
    "workflows": ["prefect", "luigi", "snakemake"],
    "maths": ["cython", "pythran", "numexpr", "bottleneck"],
    "files": ["s3fs", "fsspec", "watchdog", "send2trash"],
    "telemetry": ["opentelemetry-sdk", "sentry-sdk", "prometheus-client"],
    "editors": ["python-lsp-server[all]", "jedi", "rope", "debugpy"],
    "times": ["arrow", "pendulum", "python-dateutil", "pytz"],
    "uploads": ["flit", "maturin", "scikit-build-core", "meson-python"],
    "graphics": ["vtk", "pyvista", "trimesh"],
    "build": ["setuptools", "wheel", "conan", "scons", "meson"],
    "logs": ["loguru", "structlog", "coloredlogs"],
    "namespaces": ["zope.interface", "google-cloud-pubsub", "backports.tarfile", "sphinxcontrib-mermaid"],
}
SECONDS = 120

LIST_MODULES = """
import importlib.metadata as metadata, json
print(json.dumps(sorted(name for name in metadata.packages_distributions() if name.isidentifier())))
"""
"""Prints the names that the distributions of an environment say that they bring."""

IMPORT = "import importlib, sys; importlib.import_module(sys.argv[1])"


@pytest.fixture(autouse=True)
def _only_if_selected(request: pytest.FixtureRequest) -> None:
    if "sweep" not in request.config.getoption("markexpr"):
        pytest.skip("takes half an hour, and runs with -m sweep")


@pytest.mark.parametrize("requirements", SETS.values(), ids=SETS)
def test_imports_and_scripts_are_those_of_the_base(requirements: list[str], tmp_path: Path) -> None:
    base = tmp_path / "base"
    _run([uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(base)])
    _run([uv.find_uv_bin(), "pip", "install", "--quiet", "--python", str(base / "bin" / "python"), *requirements])
    modules = json.loads(_run([str(base / "bin" / "python"), "-c", LIST_MODULES]))
    scripts = sorted(path.name for path in (base / "bin").iterdir() if _is_script(path))
    expected = _observe(base, modules, scripts)
    assert any(expected["imports"].values())

    for mode in ("inherit", "link"):
        env = tmp_path / mode
        created = thinvenv("create", env, "--python", base / "bin" / "python", "--reuse", mode, *requirements)
        assert created.code == 0, created.err
        observed = _observe(env, modules, scripts)
        for kind, results in expected.items():
            assert _differences(results, observed[kind]) == {}, (mode, kind)
    print(f"\n{' '.join(requirements)}: {len(modules)} modules, {len(scripts)} scripts")  # noqa: T201 - the count


def _is_script(path: Path) -> bool:
    """Return whether a file in the folder of scripts belongs to a distribution, rather than to the environment."""
    own = ("python", "activate", "Activate", "deactivate", "pydoc")
    return (
        os.access(path, os.X_OK)
        and path.is_file()
        and not path.name.startswith(own)
        and path.suffix not in {".bat", ".cmd"}
    )


def _observe(env: Path, modules: list[str], scripts: list[str]) -> dict[str, dict[str, bool | int | None]]:
    """Return which modules can be imported, and the exit status of each script for ``--help``."""
    python = str(env / "bin" / "python")
    with ThreadPoolExecutor(2) as pool:
        codes = pool.map(lambda module: _status([python, "-W", "ignore", "-c", IMPORT, module]), modules)
        helps = pool.map(lambda script: _status([str(env / "bin" / script), "--help"]), scripts)
        imports: dict[str, bool | int | None] = {module: code == 0 for module, code in zip(modules, codes, strict=True)}
        return {"imports": imports, "scripts": dict(zip(scripts, helps, strict=True))}


def _status(command: list[str]) -> int | None:
    """Return the exit status of a command, ``None`` if there is no such command or it does not end."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environ |= {"QT_QPA_PLATFORM": "offscreen", "SDL_VIDEODRIVER": "dummy", "MPLBACKEND": "agg"}
    try:
        process = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False, env=environ
        )
    except (OSError, subprocess.TimeoutExpired):  # such as a script without an interpreter in its first line
        return None
    return process.returncode


def _differences(
    expected: dict[str, bool | int | None], observed: dict[str, bool | int | None]
) -> dict[str, tuple[bool | int | None, bool | int | None]]:
    return {name: (value, observed[name]) for name, value in expected.items() if observed[name] != value}


def _run(command: list[str]) -> str:
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return process.stdout

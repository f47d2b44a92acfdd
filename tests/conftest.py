"""Fixtures of all tests: clean environment variables, an index, a base, environments and a tox project."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from platformdirs import user_cache_path

from support.bases import Base, make_base
from support.projects import Project, make_index
from support.tox_projects import ToxProject
from support.venv import Indexer, Venv
from thinvenv.creation import create

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# How long an example takes depends on what else the machine does.
settings.register_profile("thinvenv", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("thinvenv")


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cache folder of uv that all tests of a run share."""
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture(scope="session")
def empty_index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of an index without projects."""
    return make_index(tmp_path_factory.mktemp("empty-index"), ())


@pytest.fixture(autouse=True)
def _clean_variables(
    tmp_path: Path,
    uv_cache: Path,
    empty_index: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Isolate a test from the configuration of the user who runs it, and from package registries."""
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_", "VIRTUALENV_", "TOX_", "NOX_", "THINVENV_")) or name == "VIRTUAL_ENV":
            monkeypatch.delenv(name)
    for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    if request.node.get_closest_marker("registry") is None:
        monkeypatch.setenv("PIP_INDEX_URL", empty_index)
        monkeypatch.setenv("UV_CACHE_DIR", str(uv_cache))
    else:  # what is large is downloaded and unpacked once for all runs
        monkeypatch.setenv("UV_CACHE_DIR", str(user_cache_path("thinvenv-tests") / "uv"))
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    monkeypatch.setenv("THINVENV_CACHE_DIR", str(tmp_path / "thinvenv-cache"))
    monkeypatch.setenv("THINVENV_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("VIRTUALENV_OVERRIDE_APP_DATA", str(uv_cache.parent / "virtualenv"))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Indexer:
    """Return a function that adds projects to the index that uv and pip use, and returns its URL."""
    folder = tmp_path / "index"

    def add(*projects: Project) -> str:
        return make_index(folder, projects)

    url = add()
    monkeypatch.setenv("UV_DEFAULT_INDEX", url)
    monkeypatch.setenv("PIP_INDEX_URL", url)
    return add


@pytest.fixture
def base(tmp_path: Path) -> Base:
    """Return a base of this Python without distributions."""
    return make_base(tmp_path / "base")


@pytest.fixture
def notes() -> list[str]:
    """Return the list that receives what a user would be notified of."""
    return []


@pytest.fixture
def venv(tmp_path: Path, base: Base, notes: list[str]) -> Venv:
    """Return a thin environment over ``base``, in reuse mode ``inherit``."""
    venv = Venv(tmp_path / "venv", notes)
    create.create(venv.prefix, venv.context, python=str(base.python))
    return venv


@pytest.fixture
def make_venv(tmp_path: Path, notes: list[str]) -> Callable[..., Venv]:
    """Return a function that makes environments by name, interpreter and options of ``create``."""

    def make(name: str = "venv", python: str = sys.executable, **options: object) -> Venv:
        venv = Venv(tmp_path / name, notes)
        create.create(venv.prefix, venv.context, python=python, **options)  # type: ignore[arg-type]
        return venv

    return make


@pytest.fixture
def project(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> ToxProject:
    """Return an empty folder to run tox in."""
    root = tmp_path / "project"
    root.mkdir()
    return ToxProject(root, capfd, monkeypatch)

"""Settings of a session: where they can be set, and which one wins."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from support.noxfiles import Nox
from support.projects import Project, unpack_into

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer


@pytest.fixture
def nox(tmp_path: Path, base: Base, index: Indexer) -> Nox:
    """Return a folder for a noxfile; ``alpha`` and ``beta`` are in the base and on the index."""
    base.install(Project("alpha"), Project("beta"))
    index(Project("alpha"), Project("beta"))
    return Nox(tmp_path / "project", base.python)


def noxfile(keywords: str = "", head: str = "", module: str = "thinvenv.nox", backend: str = "uv") -> str:
    return f"""
        import thinvenv.nox
        import {module} as nox

        {head}

        @nox.session(python=PYTHON, venv_backend={backend!r}, {keywords})
        def tests(session):
            session.install("alpha", "beta")
            session.run("python", "-c", "import alpha, beta")
    """


@pytest.mark.parametrize(
    ("keywords", "head", "variable", "installed"),
    [
        ("", "", "", "alpha beta"),
        ("venv_params=['--system-site-packages']", "", "", ""),
        ("", "thinvenv.nox.defaults.thin_reuse = 'inherit'", "", ""),
        ("", "thinvenv.nox.defaults.thin_only_reuse = ['beta', 'x']", "inherit", "alpha"),
        ("thin_reuse='inherit', thin_never_reuse='be*'", "", "", "beta"),
    ],
)
def test_reuse_can_be_set_by_session_variable_or_noxfile(
    nox: Nox, keywords: str, head: str, variable: str, installed: str
) -> None:
    nox.write(noxfile(keywords, head))

    nox.run(THINVENV_REUSE=variable).ok()

    assert nox.installed() == set(installed.split())


def test_a_reused_environment_follows_changed_settings(nox: Nox) -> None:
    nox.write(noxfile("thin_reuse='inherit'")).run().ok()
    assert nox.installed() == set()

    nox.write(noxfile("thin_reuse='off'")).run("-r").ok()
    assert nox.installed() == {"alpha", "beta"}

    nox.write(noxfile("thin_reuse='inherit'")).run("-r").ok()


def test_further_bases(nox: Nox, tmp_path: Path) -> None:
    unpack_into(tmp_path / "layer", Project("delta"))
    nox.write("""
        from pathlib import Path
        from thinvenv.nox import session

        @session(python=PYTHON, venv_backend="uv", thin_base=Path("../layer"))
        def tests(session):
            session.install("delta", "alpha")
            session.run("python", "-c", "import delta, alpha")
    """)

    nox.run().ok()
    nox.run("-r").ok()

    assert nox.installed() == set()


def test_a_missing_base_is_reported_without_a_traceback(nox: Nox) -> None:
    nox.write(noxfile("thin_base='/absent/base'"))

    err = nox.run().failed().err

    assert "there is no base at /absent/base" in err
    assert "Traceback" not in err


def test_an_invalid_variable_is_reported_without_a_traceback(nox: Nox) -> None:
    err = nox.write(noxfile()).run(THINVENV_REUSE="inherits").failed().err

    assert "THINVENV_REUSE cannot be `inherits`" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("backend", "head", "variables", "installed"),
    [
        ("thinvenv", "", {}, ""),
        ("uv|thinvenv", "", {}, "alpha beta"),
        ("conda|thinvenv", "", {}, ""),
        (None, "nox.options.default_venv_backend = 'thinvenv'", {}, ""),
        (None, "", {"NOX_DEFAULT_VENV_BACKEND": "thinvenv"}, ""),
        ("thinvenv", "", {"THINVENV_REUSE": "off"}, "alpha beta"),
        ("uv", "", {"THINVENV_REUSE": "inherit"}, "alpha beta"),
    ],
)
def test_the_thinvenv_backend_with_the_decorator_of_nox(
    nox: Nox, backend: str, head: str, variables: dict[str, str], installed: str
) -> None:
    nox.write(noxfile("", f"thinvenv.nox.register(); {head}", "nox", backend))

    done = nox.run(**variables).ok()

    assert nox.installed() == set(installed.split())
    assert ("thinvenv install" in done.err) == (backend not in {"uv", "uv|thinvenv"})


def test_the_thinvenv_backend_with_the_decorator_of_thinvenv(nox: Nox) -> None:
    nox.write(noxfile("thin_reuse='inherit'", "nox.register()", backend="thinvenv")).run().ok()
    assert nox.installed() == set()

    nox.write(noxfile("thin_reuse='off'", "nox.register(); nox.register()", backend="thinvenv")).run("-r").ok()
    assert nox.installed() == {"alpha", "beta"}


def test_an_environment_of_the_thinvenv_backend_is_reused(nox: Nox) -> None:
    nox.write(noxfile("", "thinvenv.nox.register()", "nox", "thinvenv"))
    nox.run().ok()

    assert "Reusing existing virtual environment" in nox.run("-r").ok().err


def test_the_thinvenv_backend_in_parallel_runs(nox: Nox) -> None:
    nox.write(noxfile("", "thinvenv.nox.register()", "nox", "thinvenv"))

    nox.run("-j", "2", NOX_DEFAULT_VENV_BACKEND="thinvenv").ok()

    assert nox.installed() == set()


CONDA = """\
#!{python}
# The part of conda that nox uses: `conda create --yes --prefix WHERE ... pip python`.
import pathlib, sys, virtualenv
where = sys.argv[sys.argv.index("--prefix") + 1]
virtualenv.cli_run([where])
pathlib.Path(where, "conda-meta").mkdir()
"""


def test_conda_environments_are_left_to_nox(nox: Nox, tmp_path: Path) -> None:
    conda = tmp_path / "bin" / "conda"
    conda.parent.mkdir()
    conda.write_text(CONDA.format(python=sys.executable))
    conda.chmod(0o755)
    nox.write(
        noxfile("thin_reuse='inherit'", "thinvenv.nox.register()", backend="conda").replace("python=PYTHON, ", "")
    )

    done = nox.run(PATH=f"{conda.parent}:/usr/bin:/bin", PIP_DISABLE_PIP_VERSION_CHECK="1").ok()

    assert "python -m pip install alpha beta" in done.err
    assert nox.installed() == {"alpha", "beta"}


@pytest.mark.parametrize(("keywords", "warned"), [("", False), ("thin_reuse='inherit'", True)])
def test_nox_installs_into_environments_of_unsupported_pythons(nox: Nox, keywords: str, warned: bool) -> None:  # noqa: FBT001 - a parameter of the test
    nox.write(noxfile(keywords)).run("--install-only").ok()
    config = nox.prefix() / "pyvenv.cfg"
    lines = [line for line in config.read_text().splitlines() if not line.startswith("version")]
    config.write_text("\n".join([*lines, "version_info = 3.7.16", ""]))

    done = nox.run("-r").ok()

    assert "uv pip install alpha beta" in done.err
    assert ("this Python is older than 3.8, so nox itself installs and nothing is reused" in done.err) == warned
    assert "thinvenv install" not in done.err

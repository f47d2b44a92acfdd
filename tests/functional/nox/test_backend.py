"""Environments of thin sessions have pip only if the session needs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.bases import installed_interpreters
from support.noxfiles import Nox
from support.projects import Project

if TYPE_CHECKING:
    from support.bases import Base
    from support.venv import Indexer

CREATORS = ["virtualenv", "venv"]
PYTHONS = installed_interpreters()
OLD_PYTHONS = sorted(Path.home().glob(".pyenv/versions/3.7.*/bin/python3.7"))


@pytest.fixture
def nox(tmp_path: Path, base: Base, index: Indexer) -> Nox:
    """Return a folder for a noxfile, with ``alpha`` on the index."""
    index(Project("alpha"))
    return Nox(tmp_path / "project", base.python)


def seeds(nox: Nox) -> set[str]:
    """Return the distributions of virtualenv and venv that the environment has."""
    site = next((nox.prefix() / "lib").glob("python3*")) / "site-packages"
    return {path.name.split("-")[0] for path in site.glob("*.dist-info")} & {"pip", "setuptools", "wheel"}


@pytest.mark.parametrize(
    ("creator", "mode"), [("virtualenv", None), ("virtualenv", "link"), ("venv", "inherit"), ("venv", "off")]
)
def test_an_install_needs_no_pip_in_the_environment(nox: Nox, creator: str, mode: str | None) -> None:
    nox.write(f"""
        import thinvenv.nox as nox

        @nox.session(python=PYTHON, venv_backend="{creator}", thin_reuse={mode!r})
        def tests(session):
            session.install("alpha")
            session.run("python", "-c", "import alpha; print(alpha.__version__)")
    """)

    assert nox.run("-s", "tests").ok().out.split() == ["1.0"]
    assert seeds(nox) == set()


@pytest.mark.parametrize(
    ("creator", "method", "command"),
    [  # see `test_programs` for all commands that name pip
        ("virtualenv", "run", '"pip", "--version"'),
        ("venv", "run", '"python", "-m", "pip", "--version"'),
        ("virtualenv", "run_install", '"sh", "-c", "pip --version", external=True'),
        ("venv", "run_install", 'f"{session.bin}/pip", "--version"'),
    ],
)
def test_pip_is_installed_when_a_command_names_it(nox: Nox, creator: str, method: str, command: str) -> None:
    nox.write(f"""
        import thinvenv.nox as nox

        @nox.session(python=PYTHON, venv_backend="{creator}", venv_params=["--system-site-packages"])
        def tests(session):
            session.install("alpha")
            session.{method}({command})
    """)

    done = nox.run("-s", "tests", "--error-on-external-run").ok()

    assert done.out.startswith("pip ")
    assert str(nox.prefix()) in done.out
    assert "alpha" in nox.installed()
    assert nox.run("-r", "-s", "tests").ok().err.count("Installing pip") == 0


def test_pip_is_installed_for_the_backend_thinvenv(nox: Nox) -> None:
    nox.write("""
        import nox
        import thinvenv.nox

        thinvenv.nox.register()

        @nox.session(python=PYTHON, venv_backend="thinvenv")
        def tests(session):
            session.install("alpha")
            session.run("pip", "--version")
    """)

    assert str(nox.prefix()) in nox.run("-s", "tests").ok().out


@pytest.mark.parametrize(
    ("params", "variable", "expected"),
    [(["--no-pip", "--no-setuptools"], "", set()), (["--pip=bundle"], "", {"pip"}), ([], "VIRTUALENV_PIP", {"pip"})],
)
def test_what_virtualenv_is_configured_to_install_is_installed(
    nox: Nox, params: list[str], variable: str, expected: set[str]
) -> None:
    nox.write(f"""
        import thinvenv.nox as nox

        @nox.session(python=PYTHON, venv_backend="virtualenv", venv_params={params})
        def tests(session):
            session.run("sh", "-c", "pip --version; true", external=True)
    """)

    nox.run("-s", "tests", **({variable: "bundle"} if variable else {})).ok()

    assert seeds(nox) - {"setuptools"} == expected


def test_sessions_of_nox_itself_have_pip(nox: Nox) -> None:
    nox.write("""
        import nox
        import thinvenv.nox

        @nox.session(python=PYTHON, venv_backend="virtualenv")
        def tests(session):
            session.install("alpha")
    """)

    nox.run("-s", "tests").ok()

    assert "pip" in seeds(nox)


@pytest.mark.parametrize("version", [version for version in ("3.9",) if version in PYTHONS])
@pytest.mark.parametrize("creator", CREATORS)
def test_a_pip_that_supports_the_interpreter_installs(nox: Nox, creator: str, version: str) -> None:
    """The pip beside nox need not support the Python of each session."""
    nox.python = Path(PYTHONS[version])
    nox.write(f"""
        import thinvenv.nox as nox

        @nox.session(python=PYTHON, venv_backend="{creator}", thin_backend="pip")
        def tests(session):
            session.install("alpha")
    """)

    nox.run("-s", "tests").ok()

    assert nox.installed() == {"alpha"}


@pytest.mark.skipif(not OLD_PYTHONS, reason="there is no Python 3.7")
def test_nox_installs_for_an_older_python(nox: Nox) -> None:
    nox.python = OLD_PYTHONS[0]
    nox.write("""
        import thinvenv.nox as nox

        @nox.session(python=PYTHON, venv_backend="venv")
        def tests(session):
            session.install("alpha")
    """)

    nox.run("-s", "tests").ok()

    assert nox.installed() == {"alpha"}

"""A noxfile that uses ``thinvenv.nox`` in place of ``nox``, run by nox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.noxfiles import Nox
from support.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer

TOOL = Project(
    "tool",
    modules={"tool.py": "import sys\ndef main():\n    print(sys.prefix)\n"},
    entry_points="[console_scripts]\ntool = tool:main\n",
)


@pytest.fixture
def nox(tmp_path: Path, base: Base) -> Nox:
    """Return a folder for a noxfile; ``tool`` is in the base, ``beta`` on the index."""
    base.install(TOOL)
    return Nox(tmp_path / "project", base.python)


@pytest.mark.parametrize("backend", ["uv", "virtualenv", "venv"])
def test_a_session_installs_only_the_difference(nox: Nox, index: Indexer, backend: str) -> None:
    index(Project("beta", "2.0", requires=("tool",)))
    nox.write(f"""
        import thinvenv.nox as nox

        @nox.session(python=PYTHON, venv_backend="{backend}", venv_params=["--system-site-packages"])
        def tests(session):
            session.install("beta")
            session.run("python", "-c", "import beta; print(beta.__version__)")
            session.run("tool")
    """)

    done = nox.run("-s", "tests", "--error-on-external-run").ok()

    assert nox.installed() == {"beta"}
    assert done.out.split() == ["2.0", str(nox.prefix())]
    assert "reuse 1, install 1" in done.err


def test_a_session_is_isolated_by_default(nox: Nox, index: Indexer) -> None:
    index(TOOL)
    nox.write("""
        from thinvenv.nox import session

        @session(python=PYTHON, venv_backend="uv")
        def tests(session):
            session.install("tool")
    """)

    nox.run("-s", "tests").ok()

    assert nox.installed() == {"tool"}


def test_a_failed_install_fails_the_session_with_its_reason(nox: Nox, index: Indexer) -> None:
    index()
    nox.write("""
        from thinvenv.nox import session

        @session(python=PYTHON, venv_backend="uv")
        def tests(session):
            session.install("absent>=3")
            print("never here")
    """)

    done = nox.run("-s", "tests").failed()

    assert "thinvenv install 'absent>=3' failed:" in done.err
    assert "`absent>=3` is not installed" in done.err
    assert "Traceback" not in done.err
    assert "never here" not in done.out

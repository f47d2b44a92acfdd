"""The process of nox: ``install_here``, and noxfiles with inline script metadata (PEP 723)."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support import ROOT
from support.noxfiles import Nox
from support.projects import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv


@pytest.fixture
def nox(tmp_path: Path, make_venv: Callable[..., Venv], index: Indexer) -> Nox:
    """Return a folder for a noxfile, whose nox runs in an environment of its own."""
    index(Project("beta", "1.0"), Project("beta", "2.0"))
    venv = make_venv("nox-env")
    return Nox(tmp_path / "project", venv.python, runner=str(venv.python))


@pytest.mark.parametrize("decorator", ["python=False", "venv_backend='none'", "python=PYTHON, venv_backend='uv'"])
def test_install_here_makes_modules_importable(nox: Nox, decorator: str) -> None:
    nox.write(f"""
        from thinvenv.nox import session

        @session({decorator})
        def tests(session):
            session.install_here("beta<2")
            import beta
            print(beta.__version__)
    """)

    assert nox.run().ok().out.split() == ["1.0"]
    assert nox.run("--no-install").ok().out.split() == ["1.0"]


def test_no_install_applies_to_install_here(nox: Nox) -> None:
    nox.write("""
        from thinvenv.nox import session

        @session(python=False)
        def tests(session):
            session.install_here("beta")
            import beta
    """)

    assert "No module named 'beta'" in nox.run("--no-install").failed().err


def test_install_here_does_not_write_to_a_python_that_is_no_environment(
    tmp_path: Path, base: Base, index: Indexer
) -> None:
    index(Project("beta"))
    nox = Nox(tmp_path / "project", base.python, runner=str(base.python))
    nox.write("""
        from thinvenv.nox import session

        @session(python=False)
        def tests(session):
            session.install_here("beta")
    """)
    path = ":".join(entry for entry in sys.path if entry.endswith("site-packages") or entry == str(ROOT / "src"))

    err = nox.run(PYTHONPATH=path).failed().err

    assert "is not a virtual environment" in err
    assert "Traceback" not in err
    assert not list(base.site.glob("beta*"))


SCRIPT = """
    # /// script
    # dependencies = {dependencies}
    # ///
    import thinvenv.nox as nox

    @nox.session(python=PYTHON, venv_backend="uv", thin_reuse="inherit")
    def tests(session):
        session.install("beta", "alpha")
        session.run("python", "-c", "import beta, alpha; print(beta.__version__)")

    if __name__ == "__main__":
        nox.main()
"""


def test_a_noxfile_with_inline_metadata_runs_as_a_script(tmp_path: Path, base: Base, index: Indexer) -> None:
    base.install(Project("alpha"))
    index(Project("beta", "2.0"))
    nox = Nox(tmp_path / "project", base.python)
    nox.write(SCRIPT.format(dependencies=["nox", "thinvenv"]))

    assert nox.run().ok().out.split() == ["2.0"]
    done = subprocess.run(
        [sys.executable, "noxfile.py", "-r"], cwd=nox.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["2.0"]
    assert nox.installed() == {"beta"}


@pytest.mark.registry
def test_nox_makes_the_environment_for_a_noxfile_with_inline_metadata(
    tmp_path: Path, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_NO_CONFIG", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name)
    base.install(Project("alpha"), Project("beta", "2.0"))
    runner = tmp_path / "only-nox"
    subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", runner], check=True)
    subprocess.run([runner / "bin" / "pip", "install", "--quiet", "nox[uv]"], check=True)
    nox = Nox(tmp_path / "project", base.python, runner=str(runner / "bin" / "python"))
    nox.write(SCRIPT.format(dependencies=["nox", f"thinvenv @ {ROOT.as_uri()}"]))

    assert nox.run().ok().out.split()[-1] == "2.0"
    assert nox.installed() == set()

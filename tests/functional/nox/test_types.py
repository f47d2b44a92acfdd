"""Type annotations for noxfiles."""

from __future__ import annotations

import inspect
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from typing import TYPE_CHECKING, get_overloads

import nox
import pytest

from thinvenv.nox import session

if TYPE_CHECKING:
    from pathlib import Path

NOXFILE = """
    import thinvenv.nox as nox
    from thinvenv.nox import Session

    nox.options.sessions = ["tests"]
    nox.options.default_venv_backend = "thinvenv"
    nox.defaults.thin_reuse = "link"
    nox.register()


    @nox.session
    def old(session: nox.sessions.Session) -> None:
        try:
            session.run("a")
        except nox.command.CommandFailed:
            nox.logger.logger.info(isinstance(session.virtualenv, nox.virtualenv.PassthroughEnv))


    @nox.session
    def bare(session: Session) -> None:
        session.install("-e", ".", "--group=test", env={"A": None}, silent=False, interrupt_timeout=None)
        session.install_here("build", log=False)


    @nox.session(
        python=["3.12", "3.13"], reuse_venv=True, name="many", venv_backend="uv|virtualenv", venv_params=[], tags=["a"],
        default=False, requires=["bare"], download_python="never", allow_parallel=False, thin_reuse="inherit",
        thin_base=["/opt"], thin_only_reuse="numpy", thin_never_reuse=["a", "b"], thin_backend="pip",
    )
    @nox.parametrize("django", ["4", nox.param("5", id="five")])
    def called(session: nox.Session, django: str) -> None:
        session.install(f"django=={django}", success_codes=[0, 1])
"""
WRONG = """
    import thinvenv.nox as nox

    @nox.session(thin_reuse="lnik")
    def one(session: nox.Session) -> None: ...

    @nox.session(pyhton="3.12")
    def two(session: nox.Session) -> None:
        session.install("a", silnet=True)
"""


def mypy(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "noxfile.py").write_text(textwrap.dedent(text))
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", "noxfile.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_keyword_of_nox_has_a_type() -> None:
    typed = set(inspect.signature(get_overloads(session)[1]).parameters)

    assert {name for name in typed if not name.startswith("thin_")} == set(inspect.signature(nox.session).parameters)


@pytest.mark.skipif(find_spec("mypy") is None, reason="needs mypy")
def test_mypy_accepts_a_correct_noxfile_only(tmp_path: Path) -> None:
    right, wrong = mypy(tmp_path, NOXFILE), mypy(tmp_path, WRONG)

    assert right.returncode == 0, right.stdout + right.stderr
    assert {line.split(":")[1] for line in wrong.stdout.splitlines() if ": error: " in line} == {"4", "7", "9"}

"""Killed anywhere, the next run ends where an undisturbed one would."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
import sys
import time
from threading import Event
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, snapshot
from support.processes import command_lines
from support.projects import Project
from support.server import serve
from thinvenv.environments import receipt

if TYPE_CHECKING:
    from pathlib import Path

    from support.venv import Indexer, Venv

PROJECTS = tuple(
    Project(name, modules={f"{name}/__init__.py": "", **{f"{name}/m{n}.py": f"x = {n}\n" for n in range(40)}})
    for name in ("one", "two", "three", "four")
)
WORDS = ("one", "two", "three", "four", "tool")


def contents(folder: Path) -> set[str]:
    """Return the files that an install makes, without locks and byte code."""
    paths = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    return {path for path in paths if "__pycache__" not in path and not path.endswith(".lock")}


@pytest.fixture
def undisturbed(venv: Venv, base: Base, index: Indexer) -> set[str]:
    base.install(
        Project("tool", modules={"tool.py": "def main(): pass\n"}, entry_points="[console_scripts]\ntool=tool:main\n")
    )
    index(*PROJECTS)
    pristine = venv.prefix.with_name("pristine")
    shutil.copytree(venv.prefix, pristine, symlinks=True)
    venv.install(*WORDS)
    wanted = contents(venv.prefix)
    shutil.rmtree(venv.prefix)
    pristine.rename(venv.prefix)
    return wanted


@pytest.mark.parametrize("delay", [0.1, 0.2, 0.25, 0.3, 0.4])
def test_after_a_kill(venv: Venv, undisturbed: set[str], delay: float) -> None:
    command = [sys.executable, "-m", "thinvenv", "install", "--env", str(venv.prefix), *WORDS]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()

    venv.install(*WORDS)

    assert contents(venv.prefix) == undisturbed
    assert venv.run("import one.m39, two.m0, three, four, tool; print('all')") == "all"


def test_recovery_from_an_install_that_stopped_between_metadata_and_modules(venv: Venv, undisturbed: set[str]) -> None:
    """What an installer leaves that is killed early: metadata without RECORD, half of the modules."""
    half = venv.site / "two-1.0.dist-info"
    half.mkdir()
    (half / "METADATA").write_text(PROJECTS[1].metadata())
    (venv.site / "two").mkdir()
    (venv.site / "two" / "__init__.py").write_text("")
    receipt.save(venv.prefix, receipt.Receipt(pending=("one", "two")))

    venv.install(*WORDS)

    assert contents(venv.prefix) == undisturbed
    assert venv.run("import two.m39; print(two.m39.x)") == "39"


@pytest.mark.parametrize("text", ["", "null", "[]", '{"schema": 99}', '{"schema": 1, "roots": 5}', "[" * 100_000])
def test_an_invalid_receipt_is_ignored(text: str, tmp_path: Path) -> None:
    (tmp_path / receipt.FILE_NAME).write_text(text)

    assert receipt.load(tmp_path) is None


def test_recovery_from_a_damaged_receipt(venv: Venv, undisturbed: set[str]) -> None:
    venv.install(*WORDS)
    (venv.prefix / receipt.FILE_NAME).write_text('{"schema": 1, "roots"')
    (venv.prefix / "bin" / "tool").unlink()

    venv.install(*WORDS)

    assert contents(venv.prefix) == undisturbed


def test_recovery_from_a_full_disk(venv: Venv, base: Base) -> None:
    whole = "#!/usr/bin/env python\n" + "# a long line\n" * 4000
    base.install(Project("tool", scripts={"tool": whole}))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(OSError, match="bin/tool"):
            venv.install("tool")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    before = contents(venv.prefix)

    venv.install("tool")

    assert contents(venv.prefix) - before == {"bin/tool", "thinvenv.json"}
    assert venv.call(venv.prefix / "bin" / "tool") == ""
    assert len((venv.prefix / "bin" / "tool").read_text()) > 40_000


def test_recovery_from_a_half_written_script(venv: Venv, base: Base) -> None:
    base.install(Project("tool", scripts={"tool": "#!/usr/bin/env python\nprint('done')\n"}))
    (venv.prefix / "bin" / ".tool.new").symlink_to(base.prefix / "bin" / "tool")
    before = snapshot(base.prefix)

    venv.install("tool")

    assert venv.call(venv.prefix / "bin" / "tool") == "done"
    assert not (venv.prefix / "bin" / ".tool.new").is_symlink()
    assert snapshot(base.prefix) == before


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_sigterm_ends_the_installer_too(venv: Venv, backend: str) -> None:
    requested, over = Event(), Event()

    def hang(_path: str) -> None:
        requested.set()
        over.wait(60)

    with serve({}, before_response=hang) as url:
        command = [sys.executable, "-m", "thinvenv", "install", "--env", str(venv.prefix), "alpha"]
        with subprocess.Popen([*command, "--backend", backend, "--index-url", f"{url}/simple"]) as process:
            assert requested.wait(60)
            process.terminate()
            assert process.wait(60) == -signal.SIGTERM
        left = [line for line in command_lines() if str(venv.prefix) in line]
        over.set()

    assert left == []

"""An install that was killed, at whatever moment, is completed by the next one."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from support.bases import Base, snapshot
from support.processes import Moment, command_lines, run_until_killed
from support.projects import Project, make_source
from support.server import serve
from support.venv import actions
from thinvenv.backends.uv_program import find_uv
from thinvenv.environments import receipt
from thinvenv.errors import BackendError
from thinvenv.files import json_with_checksum
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.venv import Indexer, Venv

PROJECTS = tuple(
    Project(name, modules={f"{name}/__init__.py": "", **{f"{name}/m{n}.py": f"x = {n}\n" for n in range(40)}})
    for name in ("one", "two", "three", "four")
)
BROKEN_BACKEND = """
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = Path(folder, f"{_stem()}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text(_metadata())
    return info.name


def build_wheel(*arguments):
    raise SystemExit("there is no compiler")
"""
WORDS = ("one", "two", "three", "four", "tool")


def contents(folder: Path) -> set[str]:
    """Return the files of an environment, without locks and byte code."""
    paths = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    return {path for path in paths if "__pycache__" not in path and not path.endswith(".lock")}


@pytest.fixture
def undisturbed(venv: Venv, base: Base, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
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
    monkeypatch.setenv("THINVENV_CACHE_DIR", str(tmp_path / "other-cache"))  # where the install is not recorded
    return wanted


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(Moment("os.rename", receipt.FILE_NAME), id="before-the-receipt-lists-pending-names"),
        pytest.param(Moment("subprocess.Popen", "requirements.txt"), id="before-the-installer-starts"),
        pytest.param(Moment("os.rename", "bin/tool"), id="before-a-script-is-complete"),
        pytest.param(Moment("os.rename", receipt.FILE_NAME, 2), id="before-the-receipt-is-complete"),
        pytest.param(Moment("os.utime", "site-packages"), id="after-the-receipt-is-complete"),
    ],
)
def test_recovery_from_sigkill(venv: Venv, undisturbed: set[str], moment: Moment) -> None:
    run_until_killed(moment, "install", "--env", venv.prefix, *WORDS)

    venv.install(*WORDS)

    assert contents(venv.prefix) == undisturbed
    assert venv.run("import one.m39, two.m0, three, four, tool; print('all')") == "all"


# Replaces uv: it installs, removes a part again, and then does not end.
HALF_UV = """#!{python}
import pathlib, subprocess, sys, time
completed = subprocess.run([{uv!r}, *sys.argv[1:]])
if "--dry-run" in sys.argv:
    sys.exit(completed.returncode)
site = pathlib.Path({site!r})
(site / "two-1.0.dist-info" / "RECORD").unlink()
for path in (site / "two").glob("m*.py"):
    path.unlink()
pathlib.Path({mark!r}).touch()
time.sleep(600)
"""
WITH_HALF_UV = """
import runpy, sys, thinvenv.backends.uv_program
thinvenv.backends.uv_program._uv_of_environment = lambda path=sys.argv.pop(1): path
runpy.run_module("thinvenv", run_name="__main__", alter_sys=True)
"""


def test_recovery_from_sigkill_while_the_installer_writes(venv: Venv, undisturbed: set[str], tmp_path: Path) -> None:
    half_uv, mark = tmp_path / "half-uv", tmp_path / "half-installed"
    half_uv.write_text(
        HALF_UV.format(python=sys.executable, uv=find_uv(os.environ), site=str(venv.site), mark=str(mark))
    )
    half_uv.chmod(0o755)
    command = [sys.executable, "-c", WITH_HALF_UV, str(half_uv), "install", "--env", str(venv.prefix), *WORDS]
    with subprocess.Popen(command, start_new_session=True) as process:
        while not mark.exists():
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (venv.site / "two" / "m0.py").exists()

    venv.install(*WORDS)

    assert contents(venv.prefix) == undisturbed
    assert venv.run("import one.m39, two.m0, three, four, tool; print('all')") == "all"


def test_recovery_from_an_install_that_stopped_between_metadata_and_modules(venv: Venv, undisturbed: set[str]) -> None:
    """An installer that was killed leaves metadata without RECORD and some of the modules."""
    half = venv.site / "two-1.0.dist-info"
    half.mkdir()
    (half / "METADATA").write_text(PROJECTS[1].metadata())
    (venv.site / "two").mkdir()
    (venv.site / "two" / "__init__.py").write_text("")
    receipt.save(venv.prefix, receipt.Receipt(pending=("one", "two")))

    venv.install(*WORDS)

    assert contents(venv.prefix) == undisturbed
    assert venv.run("import two.m39; print(two.m39.x)") == "39"


def test_recovery_from_what_a_killed_uv_leaves(venv: Venv, undisturbed: set[str]) -> None:
    """uv takes a distribution for installed whose directory it finds, even if the directory is empty."""
    (venv.site / "two-1.0.dist-info").mkdir()
    (venv.site / "two" / "__pycache__").mkdir(parents=True)
    (venv.site / "gone" / "below").mkdir(parents=True)
    (venv.prefix / "bin" / ".tmpA1b2C3").write_text("#!/bin/sh\n")
    (venv.prefix / ".tmpD4e5F6").touch()  # becomes its lock file
    receipt.save(venv.prefix, receipt.Receipt(pending=("one", "two")))

    venv.install(*WORDS)

    assert contents(venv.prefix) == undisturbed


def test_recovery_from_an_uninstall_that_removed_record_first(venv: Venv, base: Base, index: Indexer) -> None:
    """What uv had not removed yet would hide the modules of the base."""
    base.install(Project("tool", "2.0", modules={"tool/__init__.py": "x = 2\n", "tool/new.py": ""}))
    index(Project("tool", "1.0", modules={"tool/__init__.py": "x = 1\n", "tool/old.py": ""}))
    wanted = contents(venv.prefix) | {receipt.FILE_NAME}
    venv.install("tool<2")
    saved = receipt.load(venv.prefix)
    assert saved
    shutil.rmtree(venv.site / "tool-1.0.dist-info")
    files = tuple(str(path.relative_to(venv.prefix)) for path in (venv.site / "tool").glob("*.py"))
    receipt.save(venv.prefix, saved._replace(pending=("tool",), replaced_files=files))

    venv.install("--prune", "tool>1")

    assert contents(venv.prefix) == wanted
    assert venv.run("import tool.new; print(tool.x)") == "2"


@pytest.mark.parametrize(("mode", "backend"), [("link", "uv"), ("inherit", "pip")])
def test_a_build_that_fails_leaves_the_environment_as_it_was(
    mode: str,
    backend: str,
    make_venv: Callable[..., Venv],
    base: Base,
    index: Indexer,
    tmp_path: Path,
) -> None:
    tool: dict[str, Any] = {
        "modules": {"tool.py": "def main(): print('works')\n"},
        "entry_points": "[console_scripts]\ntool=tool:main\n",
    }
    base.install(Project("tool", **tool), Project("helper"))
    index(Project("own"))
    venv = make_venv(python=str(base.python), reuse=mode)
    venv.install("tool", "own", "helper", backend=backend)
    source = make_source(tmp_path / "source", Project("tool", "2.0"))
    with (source / "backend.py").open("a") as file:
        file.write(BROKEN_BACKEND)

    for _ in range(2):
        with pytest.raises(BackendError, match="there is no compiler"):
            venv.install(str(source), backend=backend)
        assert check.check(venv.prefix, venv.context).ok
        assert venv.call(venv.prefix / "bin" / "tool") == "works"
        assert venv.version("own") == "1.0"


@pytest.mark.parametrize("text", ["", "null", "[]", '{"schema": 99}', '{"schema": 1, "roots": 5}', "[" * 100_000])
def test_an_invalid_receipt_is_ignored(text: str, tmp_path: Path) -> None:
    for content in (text.encode(), json_with_checksum(text)):
        (tmp_path / receipt.FILE_NAME).write_bytes(content)

        assert receipt.load(tmp_path) is None


def test_recovery_from_a_damaged_receipt(venv: Venv, undisturbed: set[str]) -> None:
    venv.install(*WORDS)
    (venv.prefix / receipt.FILE_NAME).write_text('{"schema": 1, "roots"')
    (venv.prefix / "bin" / "tool").unlink()

    venv.install(*WORDS)

    assert contents(venv.prefix) == undisturbed


def test_recovery_from_a_power_failure(venv: Venv, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system starts again, what had not reached the disk is installed again, once."""
    index(Project("own", modules={"own.py": "x = 1\n"}))
    base.install(Project("tool", entry_points="[console_scripts]\ntool=tool:main\n"))
    venv.install("own", "tool")
    script = (venv.prefix / "bin" / "tool").read_text()
    (venv.site / "own.py").unlink()  # it may be a hard link to uv's cache
    (venv.site / "own.py").touch()
    (venv.prefix / "bin" / "tool").write_text("")
    assert [finding.kind for finding in check.check(venv.prefix, venv.context).findings] == ["requirement", "drift"]
    assert venv.install("own", "tool").changes == ()  # the system has not started again

    monkeypatch.setattr(receipt, "boot_id", lambda: "another")
    assert actions(venv.install("own", "tool")) == {"own": "install", "tool": "reuse"}

    assert (venv.site / "own.py").read_text() == "x = 1\n"
    assert (venv.prefix / "bin" / "tool").read_text() == script
    assert check.check(venv.prefix, venv.context).ok
    assert venv.install("own", "tool").changes == ()


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
            assert installers(venv)
            process.terminate()
            assert process.wait(60) == -signal.SIGTERM
        left = installers(venv)
        over.set()

    assert left == []


def installers(venv: Venv) -> list[str]:
    """Return the command lines of the processes that install into an environment."""
    return [line for line in command_lines() if str(venv.prefix) in line and "-m thinvenv" not in line]

"""Environments and bases in odd places, and odd surroundings of a call."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from support.bases import exact_snapshot, installed_interpreters, make_base
from support.faults import LONG, ForkedRun, count
from support.projects import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.result import Result

TOOL = Project(
    "tool", modules={"tool.py": "def main(): print('works')\n"}, entry_points="[console_scripts]\nt=tool:main\n"
)
NAMES = {
    "spaces": " a b  c ",
    "quotes": 'it\'s "quoted" `x` $HOME',
    "percent": "100%s%%d{x}",
    "umlauts": "Übung-日本",
    "decomposed": "U\u0308bung",
    "newline": "a\nb",
    "tab": "a\tb",
    "not-utf-8": os.fsdecode(b"b\xe4d"),
    "long": "x" * 200,
    "options": "-r --json",
    "hash": "#!x;y&z|",
}
MODES = ["inherit", "link"] if LONG else ["link"]


def run(folder: Path, *words: str | Path, **variables: str) -> Result:
    """Run a command, with a cache beside what the test makes."""
    environ = {**os.environ, "THINVENV_CACHE_DIR": str(folder / "cache"), **variables}
    return ForkedRun([os.fspath(word) for word in words], environ, folder).result()


def assert_works(env: Path) -> None:
    """Assert that a script of the base runs in an environment."""
    process = subprocess.run([env / "bin" / "t"], capture_output=True, text=True, check=False)
    assert (process.stdout, process.stderr) == ("works\n", "")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_an_odd_path_is_a_path_like_any_other(name: str, mode: str, tmp_path: Path) -> None:
    folder = tmp_path / NAMES[name]
    folder.mkdir()
    base = make_base((tmp_path if name == "not-utf-8" else folder) / "base").install(TOOL)
    env = folder / "env"

    created = run(folder, "create", env, "--python", base.python, "--reuse", mode, "tool")

    if name in {"newline", "tab", "not-utf-8"}:  # refused, since scripts or `pyvenv.cfg` could not name it
        assert created.code == 2
        assert "its path" in created.err
        assert not env.exists()
        return
    assert created.code == 0, created.err
    assert run(folder, "install", "--env", env, "tool").err == "nothing to install: 1 reused from the base\n"
    assert run(folder, "check", "--env", env).code == 0
    assert_works(env)
    count("odd places", runs=3)


@pytest.fixture
def tmpfs() -> Iterator[Path]:
    """Return a folder on another file system, which keeps everything in memory."""
    folder = "/dev/shm"
    if not os.path.ismount(folder) or not os.access(folder, os.W_OK):
        pytest.skip("there is no tmpfs")
    with TemporaryDirectory(dir=folder) as name:
        yield Path(name)


@pytest.mark.parametrize("mode", MODES)
def test_an_environment_lies_on_another_file_system(mode: str, tmpfs: Path, tmp_path: Path) -> None:
    base = make_base(tmp_path / "base").install(TOOL)

    assert run(tmp_path, "create", tmpfs / "env", "--python", base.python, "--reuse", mode, "tool").code == 0
    assert run(tmp_path, "check", "--env", tmpfs / "env").code == 0
    assert_works(tmpfs / "env")


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_umask_decides_who_can_read_an_environment_but_not_the_cache(umask: int, tmp_path: Path) -> None:
    base = make_base(tmp_path / "base").install(TOOL)
    old = os.umask(umask)
    try:
        done = run(tmp_path, "create", tmp_path / "env", "--python", base.python, "tool")
    finally:
        os.umask(old)

    assert done.code == 0, done.err
    assert_works(tmp_path / "env")
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0
    open_to_others = {path for path in (tmp_path / "cache").rglob("*") if path.is_dir() and path.stat().st_mode & 0o077}
    assert open_to_others == set()


def test_a_moved_environment_is_made_current_again(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base").install(TOOL)
    run(tmp_path, "create", tmp_path / "env", "--python", base.python, "tool").ok()
    (tmp_path / "env").rename(tmp_path / "moved")

    run(tmp_path, "install", "--env", tmp_path / "moved", "tool").ok()

    assert_works(tmp_path / "moved")
    assert run(tmp_path, "check", "--env", tmp_path / "moved").code == 0


def test_an_environment_lies_inside_its_base(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base").install(TOOL)
    env = base.prefix / "envs" / "env"

    run(tmp_path, "create", env, "--python", base.python, "tool").ok()

    assert_works(env)
    assert run(tmp_path, "check", "--env", env).code == 0
    assert run(tmp_path, "create", "--clear", base.prefix, "--python", base.python).code in {1, 2}
    assert base.python.exists()


def test_a_working_directory_that_is_gone_is_named(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base").install(TOOL)
    gone = tmp_path / "gone"
    gone.mkdir()
    words = ["thinvenv", "create", str(tmp_path / "env"), "--python", str(base.python), "tool"]

    result = subprocess.run(
        ["sh", "-c", 'cd "$0" && rmdir "$0" && exec python -m "$@"', gone, *words],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, "Traceback" in result.stderr) == (2, False), result.stderr
    assert "current directory" in result.stderr


def test_a_clock_that_runs_backwards_changes_nothing(tmp_path: Path) -> None:
    """What was installed and cached before carries times of the future."""
    base = make_base(tmp_path / "base").install(TOOL)
    run(tmp_path, "create", tmp_path / "env", "--python", base.python, "tool").ok()
    future = 4_000_000_000
    for path in (tmp_path / "cache", *(tmp_path / "cache").rglob("*"), *base.site.rglob("*")):
        os.utime(path, (future, future))

    run(tmp_path, "install", "--env", tmp_path / "env", "tool").ok()
    run(tmp_path, "create", tmp_path / "other", "--python", base.python, "tool").ok()

    assert run(tmp_path, "check", "--env", tmp_path / "env", "--env", tmp_path / "other").code == 0
    assert_works(tmp_path / "other")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PYTHONHOME", "/nowhere"), ("PYTHONPATH", "/nowhere"), ("PYTHONOPTIMIZE", "2"), ("PYTHONSAFEPATH", "1"),
     ("PYTHONNOUSERSITE", "1"), ("PYTHONUTF8", "0"), ("PYTHONWARNINGS", "error"), ("PYTHONSTARTUP", "/nowhere"),
     ("PYTHONVERBOSE", "1"), ("PYTHONDEVMODE", "1"), ("PYTHONINSPECT", "1"), ("PYTHONIOENCODING", "ascii"),
     ("LC_ALL", "C"), ("PYTHONPLATLIBDIR", "lib64"), ("PYTHONDONTWRITEBYTECODE", "")][:: 1 if LONG else 5],
)  # fmt: skip
def test_a_variable_of_python_disturbs_no_install(name: str, value: str, tmp_path: Path) -> None:
    base = make_base(tmp_path / "base").install(TOOL)

    created = run(tmp_path, "create", tmp_path / "env", "--python", base.python, "tool", **{name: value})

    if created.code == 0:
        assert run(tmp_path, "check", "--env", tmp_path / "env", **{name: value}).code == 0
        assert_works(tmp_path / "env")
    else:  # an interpreter that cannot start is named
        assert str(base.python) in created.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
@pytest.mark.parametrize("mode", MODES)
def test_a_base_on_a_read_only_mount_is_enough(mode: str, tmp_path: Path) -> None:
    base = make_base(tmp_path / "base").install(TOOL, Project("helper"))
    before = exact_snapshot(base.prefix)
    mounts = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && ! touch "$0/x" 2> /dev/null && exec "$@"'
    unshare = shutil.which("unshare") or "unshare"
    if subprocess.run([unshare, "-m", "true"], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    commands: tuple[list[str | Path], ...] = (
        ["create", tmp_path / "env", "--python", base.python, "--reuse", mode, "tool"],
        ["install", "--env", tmp_path / "env", "--force-reinstall", "helper"],
        ["check", "--env", tmp_path / "env"],
    )
    for command in commands:
        words: list[str | Path] = [unshare, "-m", "sh", "-c", mounts, base.prefix, "python", "-m", "thinvenv", *command]
        result = subprocess.run(words, capture_output=True, text=True, check=False)
        assert "Read-only" not in result.stderr
        assert "Traceback" not in result.stderr

    assert_works(tmp_path / "env")
    assert exact_snapshot(base.prefix) == before


@pytest.mark.skipif(not LONG, reason="other tests create an environment for each interpreter too")
@pytest.mark.parametrize("version", installed_interpreters())
def test_every_supported_python_has_environments(version: str, tmp_path: Path) -> None:
    base = make_base(tmp_path / "base", installed_interpreters()[version]).install(TOOL)
    for mode in ("inherit", "link"):
        run(tmp_path, "create", tmp_path / mode, "--python", base.python, "--reuse", mode, "tool").ok()
        assert_works(tmp_path / mode)
        assert run(tmp_path, "check", "--env", tmp_path / mode).code == 0
    count(f"Python {version}", runs=2)


@pytest.mark.parametrize("program", sorted(Path.home().glob(".pyenv/versions/3.[67]*/bin/python"))[:1])
def test_an_interpreter_that_is_too_old_is_refused_by_name(program: Path, tmp_path: Path) -> None:
    result = run(tmp_path, "create", tmp_path / "env", "--python", program)

    assert result.code == 1
    assert "3.8" in result.err
    assert not (tmp_path / "env").exists()

"""``thinvenv create`` with requirements: one command makes and fills an environment."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from support.command_line import thinvenv
from support.projects import Project
from support.venv import Venv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer


def test_create_installs_requirements_and_files(tmp_path: Path, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("beta", "2.0", requires=("alpha",)), Project("gamma", "1.0"))
    (tmp_path / "wanted.txt").write_text("gamma\n")
    env = tmp_path / "env"

    done = thinvenv("create", env, "--python", base.python, "beta", "-r", tmp_path / "wanted.txt")

    assert done.code == 0
    assert done.err.startswith("created ")
    assert "reused 1 from " in done.out
    assert ", installed 2 (" in done.out
    assert "activate it with: " in done.err
    assert thinvenv("check", "--env", env).code == 0
    assert thinvenv("install", "--env", env, "beta", "gamma").err == "nothing to install: 1 reused from the base\n"


def test_create_links_what_the_base_has(tmp_path: Path, base: Base) -> None:
    base.install(Project("alpha", "1.0"))

    done = thinvenv("create", tmp_path / "env", "--python", base.python, "alpha", "--reuse", "link")

    assert (done.code, done.out) == (0, "")
    assert done.err.endswith("nothing to install: 1 reused from the base\n")
    assert (next((tmp_path / "env" / "lib").glob("*")) / "site-packages" / "alpha").exists()


def test_create_prints_its_plan_as_json(tmp_path: Path, base: Base) -> None:
    base.install(Project("alpha", "1.0"))

    filled = thinvenv("create", tmp_path / "one", "--python", base.python, "--json", "alpha")
    empty = thinvenv("create", tmp_path / "two", "--python", base.python, "--json")

    assert [step["action"] for step in filled.json["steps"]] == ["reuse"]
    assert (empty.code, empty.json["steps"]) == (0, [])


def test_a_failed_install_leaves_no_new_environment(tmp_path: Path, base: Base, index: Indexer) -> None:
    index()
    env = tmp_path / "env"

    done = thinvenv("create", env, "--python", base.python, "absent")

    assert done.code == 1
    assert "absent" in done.err
    assert "created" not in done.err
    assert not env.exists()
    assert [path.name for path in tmp_path.glob(".env*")] == []


def test_a_failed_install_restores_the_cleared_environment(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index()
    venv.install("alpha")

    done = thinvenv("create", "--clear", venv.prefix, "--python", base.python, "absent")

    assert done.code == 1
    assert venv.version("alpha") == "1.0"
    assert thinvenv("check", "--env", venv.prefix).code == 0


def test_unreadable_requirements_are_reported_before_the_environment_is_created(tmp_path: Path, base: Base) -> None:
    done = thinvenv("create", tmp_path / "env", "--python", base.python, "-r", tmp_path / "absent.txt")

    assert done.code != 0
    assert "absent.txt" in done.err
    assert "created" not in done.err


def test_pip_settings_without_requirements_install_nothing(
    tmp_path: Path, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_UPGRADE", "1")

    done = thinvenv("create", tmp_path / "env", "--python", base.python)

    assert (done.code, done.out, done.err.count("\n")) == (0, "", 2)


def test_requirements_may_stand_before_and_after_options(venv: Venv, base: Base) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))

    done = thinvenv("install", "alpha", "--env", venv.prefix, "beta")
    wrong = thinvenv("install", "alpha", "--env", venv.prefix, "--no-such-option", "beta")
    nowhere = thinvenv("check", "beta", cwd=venv.prefix)

    assert (done.code, done.err) == (0, "nothing to install: 2 reused from the base\n")
    assert (wrong.code, nowhere.code) == (2, 1)
    assert "unrecognized arguments: --no-such-option\n" in wrong.err
    assert "there is no environment at" in nowhere.err


def test_two_dashes_end_the_options(venv: Venv, base: Base) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))

    done = thinvenv("install", "alpha", "--env", venv.prefix, "--", "beta")
    wrong = thinvenv("install", "--env", venv.prefix, "alpha", "--json", "--", "--json")

    assert (done.code, done.err) == (0, "nothing to install: 2 reused from the base\n")
    assert (wrong.code, "cannot read the requirement `--json`" in wrong.err) == (1, True)


def test_an_empty_directory_is_filled_in_place(tmp_path: Path, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index()
    env = tmp_path / "env"
    env.mkdir()
    before = env.stat().st_ino

    failed = thinvenv("create", ".", "--python", base.python, "absent", cwd=env)
    left = list(env.iterdir())
    done = thinvenv("create", ".", "--python", base.python, "alpha", cwd=env)

    assert (failed.code, left) == (1, [])
    assert (done.code, env.stat().st_ino) == (0, before)
    assert thinvenv("check", "--env", env).code == 0


def test_an_environment_below_a_file_is_an_error(tmp_path: Path, base: Base) -> None:
    (tmp_path / "file").touch()

    done = thinvenv("create", tmp_path / "file" / "env", "--python", base.python)

    assert (done.code, "could not create" in done.err) == (1, True)


def test_a_symbolic_link_to_an_environment_is_kept(tmp_path: Path, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index()
    (tmp_path / "disk").mkdir()
    env = tmp_path / "env"
    env.symlink_to("disk")

    created = thinvenv("create", env, "--python", base.python)
    failed = thinvenv("create", "--clear", env, "--python", base.python, "absent")
    second = thinvenv("create", "--clear", env, "--python", base.python, "alpha")

    assert (created.code, failed.code, second.code) == (0, 1, 0)
    assert (env.is_symlink(), (tmp_path / "disk" / "pyvenv.cfg").exists()) == (True, True)
    assert [path.name for path in tmp_path.glob(".*thinvenv-*")] == []


def test_the_running_environment_cannot_be_replaced(tmp_path: Path, venv: Venv, base: Base) -> None:
    (venv.site / "here.pth").write_text("\n".join(path for path in sys.path if path))
    words = ["-m", "thinvenv", "create", "--clear", str(venv.prefix), "--python", str(base.python)]

    done = subprocess.run([venv.python, *words], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert (done.returncode, "lies in it" in done.stderr) == (2, True)
    assert (venv.site / "here.pth").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_sigterm_restores_the_old_environment(tmp_path: Path, venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index()
    venv.install("alpha")

    ended = _stopped(venv, base, tmp_path, signal.SIGTERM)

    assert ended == -signal.SIGTERM
    assert thinvenv("check", "--env", venv.prefix).code == 0
    assert [path.name for path in tmp_path.glob(".*thinvenv-*")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
@pytest.mark.parametrize("clear", [False, True])
def test_after_sigkill_the_next_create_restores_the_old_environment(
    tmp_path: Path, venv: Venv, base: Base, index: Indexer, *, clear: bool
) -> None:
    base.install(Project("alpha", "1.0"))
    index()
    venv.install("alpha")
    (venv.prefix / "mine").touch()

    ended = _stopped(venv, base, tmp_path, signal.SIGKILL)
    aside = list(tmp_path.glob(".*thinvenv-before/mine"))
    second = thinvenv("create", *["--clear"] * clear, venv.prefix, "--python", base.python, "alpha")

    assert (ended, len(aside)) == (-signal.SIGKILL, 1)
    assert f"restored {venv.prefix}" in second.err
    assert (second.code, (venv.prefix / "mine").exists()) == ((0, False) if clear else (1, True))
    assert thinvenv("check", "--env", venv.prefix).code == 0
    assert [path.name for path in tmp_path.glob(".*thinvenv-*")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_after_sigkill_the_next_create_finishes_a_new_environment(tmp_path: Path, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index()
    new = Venv(tmp_path / "new", [])

    ended = _stopped(new, base, tmp_path, signal.SIGKILL, clear=False)
    left = (new.prefix / "pyvenv.cfg").exists()
    second = thinvenv("create", new.prefix, "--python", base.python, "alpha")

    assert (ended, left) == (-signal.SIGKILL, True)
    assert second.code == 0, second.err
    assert thinvenv("check", "--env", new.prefix).code == 0
    assert [path.name for path in tmp_path.glob(".*thinvenv-*")] == []


def test_an_environment_that_is_replaced_is_not_taken_for_that_of_a_shorter_name(
    tmp_path: Path, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`py3` and `py3.11` lie beside each other in many a folder of tox."""
    index()
    longer = Venv(tmp_path / "py3.11", [])
    assert thinvenv("create", longer.prefix, "--python", base.python).code == 0
    with _building(longer, base, tmp_path):
        aside = list(tmp_path.glob(".py3.11.*thinvenv-before/pyvenv.cfg"))
        shorter = thinvenv("create", tmp_path / "py3", "--python", base.python)
        monkeypatch.setenv("THINVENV_CACHE_DIR", str(tmp_path / "other"))  # the lock in the cache would make it wait
        same = thinvenv("create", longer.prefix, "--python", base.python)
        still_aside = list(tmp_path.glob(".py3.11.*thinvenv-before/pyvenv.cfg"))

    assert (shorter.code, same.code, len(aside)) == (0, 1, 1)
    assert f"another process is replacing it, and has moved the environment to {aside[0].parent}" in same.err
    assert still_aside == aside
    assert (longer.prefix / "pyvenv.cfg").exists()


def _stopped(venv: Venv, base: Base, folder: Path, number: int, *, clear: bool = True) -> int:
    """Send a signal to ``create`` while it builds a project, and return its exit status."""
    with _building(venv, base, folder, clear=clear) as process:
        process.send_signal(number)
    return process.returncode


@contextmanager
def _building(venv: Venv, base: Base, folder: Path, *, clear: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process of ``create`` that builds a project; the build ends, and fails, after the block."""
    project = folder / "slow"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        "[project]\nname = 'slow'\nversion = '1'\n"
        "[build-system]\nrequires = []\nbuild-backend = 'build'\nbackend-path = ['.']\n"
    )
    # The build creates a file when it starts, and goes on until that file is removed.
    (project / "build.py").write_text(
        "import pathlib, time\nmark = pathlib.Path('building')\n"
        "def build_wheel(*_args):\n    mark.touch()\n    while mark.exists():\n        time.sleep(0.01)\n"
    )
    words = ["create", *["--clear"] * clear, str(venv.prefix), "--python", str(base.python), str(project)]
    with subprocess.Popen([sys.executable, "-m", "thinvenv", *words], stderr=subprocess.DEVNULL) as process:
        while not (project / "building").exists():
            time.sleep(0.01)
        try:
            yield process
        finally:
            (project / "building").unlink()


@pytest.mark.parametrize("name", ["tab\there", "line\nbreak"])
def test_no_environment_is_created_where_its_scripts_could_not_run(name: str, tmp_path: Path, base: Base) -> None:
    done = thinvenv("create", tmp_path / name, "--python", base.python)

    assert done.code == 2
    assert "a tab or a line break" in done.err
    assert done.err.splitlines()[0].startswith("error: cannot create an environment at ")
    assert not list(tmp_path.glob("*e*b*k*"))
    assert not list(tmp_path.glob("tab*"))


def test_an_environment_that_was_moved_to_such_a_place_is_reported(tmp_path: Path, base: Base) -> None:
    thinvenv("create", tmp_path / "env", "--python", base.python)
    (tmp_path / "env").rename(tmp_path / "tab\there")

    done = thinvenv("check", "--env", tmp_path / "tab\there")

    assert done.code == 1
    assert "no script in it can run" in done.out or "nothing was installed here" in done.out

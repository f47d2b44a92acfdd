"""``thinvenv create`` with requirements: one command makes and fills an environment."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support.command_line import thinvenv
from support.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv


def test_create_installs_requirements_and_files(tmp_path: Path, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("beta", "2.0", requires=("alpha",)), Project("gamma", "1.0"))
    (tmp_path / "wanted.txt").write_text("gamma\n")
    env = tmp_path / "env"

    done = thinvenv("create", env, "--python", base.python, "beta", "-r", tmp_path / "wanted.txt")

    assert done.code == 0
    assert done.err.startswith("created ")
    assert "reuse 1, install 2" in done.out
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

    assert (done.code, done.out, done.err.count("\n")) == (0, "", 1)


def test_requirements_may_stand_before_and_after_options(venv: Venv, base: Base) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))

    done = thinvenv("install", "alpha", "--env", venv.prefix, "beta")
    wrong = thinvenv("install", "alpha", "--env", venv.prefix, "--no-such-option", "beta")
    nowhere = thinvenv("check", "--env", venv.prefix, "beta")

    assert (done.code, done.err) == (0, "nothing to install: 2 reused from the base\n")
    assert (wrong.code, nowhere.code) == (2, 2)
    assert "unrecognized arguments: --no-such-option\n" in wrong.err
    assert "unrecognized arguments: beta" in nowhere.err


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
def test_after_sigkill_the_old_environment_is_reported_and_removed_by_the_next_create(
    tmp_path: Path, venv: Venv, base: Base, index: Indexer
) -> None:
    base.install(Project("alpha", "1.0"))
    index()

    ended = _stopped(venv, base, tmp_path, signal.SIGKILL)
    left = list(tmp_path.glob(".*thinvenv-before/pyvenv.cfg"))
    refused = thinvenv("create", venv.prefix, "--python", base.python)
    second = thinvenv("create", "--clear", venv.prefix, "--python", base.python, "alpha")

    assert ended == -signal.SIGKILL
    assert (refused.code, f"is still at {left[0].parent}" in refused.err) == (1, True)
    assert (second.code, list(tmp_path.glob(".*thinvenv-before"))) == (0, [])


def _stopped(venv: Venv, base: Base, folder: Path, number: int) -> int:
    """Send a signal to ``create --clear`` while it builds a project, and return its exit status."""
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
    words = ["create", "--clear", str(venv.prefix), "--python", str(base.python), str(project)]
    with subprocess.Popen([sys.executable, "-m", "thinvenv", *words], stderr=subprocess.DEVNULL) as process:
        while not (project / "building").exists():
            time.sleep(0.01)
        process.send_signal(number)
    (project / "building").unlink()
    return process.returncode

"""Many processes at once: in an environment, over a cold cache, and beside a base that changes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from support.bases import exact_snapshot, make_base
from support.faults import LONG, ForkedRun, count
from support.noxfiles import Nox
from support.projects import Project

if TYPE_CHECKING:
    from support.bases import Base
    from support.faults import World
    from support.tox_projects import ToxProject

PROCESSES = 16 if LONG else 4
ROUNDS = 20 if LONG else 2
NOBODY = 65534


def is_for_everyone(path: Path) -> bool:
    """Return whether all users can read the folder of a file."""
    return all(parent.stat().st_mode & 0o005 == 0o005 for parent in path.parents)


@pytest.mark.parametrize("scenario", ["install", "link"], indirect=True)
def test_processes_that_install_into_an_environment_at_once_agree(world: World) -> None:
    world.restore()

    runs = [world.fork(world.scenario.command) for _ in range(PROCESSES)]

    assert [run.result().code for run in runs] == [0] * PROCESSES
    assert world.snapshot() == world.reference
    count("processes at once", runs=PROCESSES)


@pytest.mark.parametrize("scenario", ["create-empty"], indirect=True)
@pytest.mark.parametrize("mode", ["inherit", "link"])
def test_environments_are_created_at_once_over_a_cold_cache(world: World, mode: str) -> None:
    shutil.rmtree(world.cache)
    names = [str(world.files / f"env{number}") for number in range(PROCESSES)]

    runs = [world.fork(f"create {name} --python {{python}} --reuse {mode} tool") for name in names]

    assert [run.result().code for run in runs] == [0] * PROCESSES
    assert world.run(" ".join(["check", *(f"--env {name}" for name in names)])).code == 0
    world.assert_base_untouched()
    count("processes at once", runs=PROCESSES)


@pytest.mark.parametrize("scenario", ["install"], indirect=True)
def test_commands_of_every_kind_run_beside_a_base_that_changes(world: World) -> None:
    random = Random(0)
    commands = (
        *("create {other} --python {python} --clear tool", "install --env {env} fresh", "check --env {env}"),
        *("install --env {env} --prune tool", "install --env {env} tool<2", "plan --env {env} tool fresh"),
    )
    for number in range(ROUNDS):
        runs = [world.fork(random.choice(commands)) for _ in range(PROCESSES)]
        world.base.install(Project("fresh", f"{number + 1}.0"), Project(f"more-{number}"))
        for run in runs:
            assert run.result().code in {0, 1}  # `check` may find that the base has changed
    world.run("install --env {env} tool>1 fresh").ok()
    world.run("check --env {env}").ok()
    assert not [path.name for path in world.files.iterdir() if path.name.startswith(".")]
    count("processes at once", runs=ROUNDS * PROCESSES)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as two users")
@pytest.mark.parametrize("scenario", ["replay"], indirect=True)
def test_nothing_is_taken_from_the_cache_of_another_user(world: World) -> None:
    """Another user fills the cache that root is about to use with scripts and modules of their own."""
    world.restore()
    world.run("install --env {env} tool").ok()
    for path in world.cache.rglob("*.json"):
        text = path.read_text()
        document = json.loads(text)
        if "scripts" in document:
            document["scripts"] = {"../../evil": ["tool", "evil"], "tool": ["tool", "\nevil\n"]}
        path.write_text(json.dumps(document))
    for path in (world.cache, *world.cache.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    shutil.rmtree(world.env)

    world.run("create {env} --python {python}").ok()
    world.run("install --env {env} tool").ok()

    files = [path for path in world.files.rglob("*") if path.is_file() and not path.is_relative_to(world.cache)]
    assert [path for path in files if b"evil" in path.read_bytes() or "evil" in path.name] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as two users")
@pytest.mark.skipif(not is_for_everyone(Path(os.__file__)), reason="other users cannot read this Python")
def test_a_user_installs_over_the_base_of_another() -> None:
    with TemporaryDirectory() as name:
        home = Path(name, "home")
        home.mkdir()
        home.parent.chmod(0o755)
        os.chown(home, NOBODY, NOBODY)
        base = make_base(home.parent / "base").install(
            Project("tool", entry_points="[console_scripts]\ntool = tool:x\n")
        )
        before = exact_snapshot(base.prefix)
        words = ["create", str(home / "env"), "--python", str(base.python), "tool"]
        folders = {"THINVENV_CACHE_DIR": str(home / "cache"), "UV_CACHE_DIR": str(home / "uv"), "HOME": str(home)}

        result = ForkedRun(words, {**os.environ, **folders}, home, user=NOBODY).result()

        assert result.code == 0, result.err
        assert {path.lstat().st_uid for path in home.rglob("*")} == {NOBODY}
        assert exact_snapshot(base.prefix) == before


@pytest.mark.skipif(not LONG, reason="the tests of tox run a parallel tox too")
def test_parallel_tox_environments(project: ToxProject, base: Base) -> None:
    base.install(Project("tool"))
    names = ",".join(f"e{number}" for number in range(PROCESSES))
    project.write(
        "tox.ini",
        f"""
        [tox]
        env_list = {names}
        skipsdist = true
        [testenv]
        base_python = {base.python}
        system_site_packages = true
        deps = tool
        commands = python -c "import tool"
        """,
    )

    project.tox("run-parallel", "--parallel-no-spinner")

    assert len(list((project.root / ".tox").glob("e*/thinvenv.json"))) == PROCESSES
    count("processes at once", runs=PROCESSES)


@pytest.mark.skipif(not LONG, reason="the tests of nox run it too")
def test_parallel_nox_sessions(tmp_path: Path, base: Base) -> None:
    base.install(Project("tool"))
    nox = Nox(tmp_path / "project", base.python).write(
        f"""
        import nox
        from thinvenv.nox import session

        @session(python=PYTHON, venv_params=["--system-site-packages"])
        @nox.parametrize("number", range({PROCESSES}))
        def tests(session, number):
            session.install("tool")
            session.run("python", "-c", "import tool")
        """
    )

    nox.run("-j", "4", "--allow-parallel").ok()

    assert len(list((nox.folder / ".nox").glob("*/thinvenv.json"))) == PROCESSES
    count("processes at once", runs=PROCESSES)

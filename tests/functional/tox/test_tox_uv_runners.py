"""The runners of tox-uv: without tox-uv, and with thinvenv in their place. A project plugin stands for tox-uv here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.projects import Project, build_wheel, lock_project, make_source

if TYPE_CHECKING:
    from support.bases import Base
    from support.tox_projects import ToxProject
    from support.venv import Indexer

RUNNERS = ["uv-venv-runner", "uv-venv-lock-runner"]
HINT = "needs tox-uv, which is not installed: install it beside tox, add it to `requires`, or run tox with"
PLUGIN = """
    from tox.plugin import impl
    from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner

    @impl
    def tox_register_tox_env(register):
        for name in ("uv-venv-runner", "uv-venv-lock-runner"):
            register.add_run_env(type("Runner", (VirtualEnvRunner,), {"id": staticmethod(lambda name=name: name)}))
"""


@pytest.fixture
def ini(project: ToxProject, base: Base, index: Indexer) -> ToxProject:
    index(Project("alpha"), Project("beta"))
    make_source(project.root, Project("mine", "0.1", requires=("beta",)))
    with (project.root / "pyproject.toml").open("a") as file:
        file.write('[dependency-groups]\ntests = ["alpha"]\n')
    project.base = base
    return project


def write(project: ToxProject, runner: str, more: str = "") -> None:
    project.write(
        "tox.ini",
        f"""
        [tox]
        env_list = one, two, other
        [testenv]
        base_python = {project.base.python}
        runner = {runner}
        dependency_groups = tests
        {more}
        commands = python -c "import alpha, mine; print(mine.__file__)"
        [testenv:other]
        runner = thinvenv
        """,
    )


def test_without_tox_uv_one_sentence_says_what_to_do(ini: ToxProject) -> None:
    runner = RUNNERS[0]
    write(ini, runner)

    named = ini.tox("run", "-e", "one", code=None)
    assert named.lines(f"one: `runner = {runner}` {HINT} `--runner thinvenv`")
    assert "Traceback" not in named.out + named.err

    everything = ini.tox("run")
    assert len(everything.lines(f"`runner = {runner}` {HINT}")) == 1
    assert everything.lines("other: OK")
    assert ini.tox("run", "-e", "other").lines(HINT) == []


@pytest.mark.parametrize("plugin", ["", PLUGIN], ids=["without tox-uv", "beside tox-uv"])
def test_thinvenv_takes_the_place_of_a_runner_of_tox_uv(ini: ToxProject, plugin: str) -> None:
    ini.write("toxfile.py", plugin)
    write(ini, RUNNERS[0])

    result = ini.tox("run", "-e", "one", "--runner", "thinvenv")

    assert result.lines("thinvenv install alpha")
    assert str(ini.root / "src") not in result.out
    ini.tox("run", "-e", "one", code=0 if plugin else None)


@pytest.mark.parametrize("plugin", ["", PLUGIN], ids=["without tox-uv", "beside tox-uv"])
def test_the_runner_for_uv_lock_follows_the_lock(ini: ToxProject, plugin: str) -> None:
    ini.write("toxfile.py", plugin)
    write(ini, RUNNERS[1], "uv_sync_flags = --no-install-package, beta\n        deps = gamma")

    outdated = ini.tox("run", "-e", "one", "--runner", "thinvenv", code=None)
    assert "Unable to find lockfile at `uv.lock`" in outdated.out + outdated.err

    lock_project(ini.root)
    result = ini.tox("run", "-e", "one", *(("--runner", "thinvenv") if plugin else ()))
    assert result.lines("thinvenv sync --locked --no-default-groups --group tests --no-install-package beta")
    assert result.lines("`deps` are not installed here, as with tox-uv")
    assert str(ini.root / "src") in result.out

    write(ini, RUNNERS[1], "package = wheel\n        only_groups = tests\n        no_default_groups = false")
    result = ini.tox("run", "-e", "one", "--runner", "thinvenv", code=None)
    assert result.lines("thinvenv sync --locked --group tests --only-group tests --no-editable")

    wheel = build_wheel(Project("mine", "9.0"), ini.root / "wheels")
    write(ini, RUNNERS[1])
    result = ini.tox("run", "-e", "one", "--runner", "thinvenv", "--installpkg", str(wheel))
    assert result.lines("thinvenv sync --locked --no-default-groups --group tests --no-install-project")
    assert str(ini.env("one").site) in result.out

    write(ini, RUNNERS[1], "package = sdist")
    refused = ini.tox("run", "-e", "one", "--runner", "thinvenv", code=None)
    assert "one.package cannot be `sdist`: it is one of editable, wheel" in refused.out + refused.err


def test_the_variable_of_the_option_counts_too(ini: ToxProject, monkeypatch: pytest.MonkeyPatch) -> None:
    write(ini, RUNNERS[0])
    monkeypatch.setenv("TOX_DEFAULT_RUNNER", "thinvenv")

    assert ini.tox("run", "-e", "one").lines("one: OK")


def test_keys_of_tox_uv_count(ini: ToxProject) -> None:
    write(ini, "uv-venv-runner", "package = uv-editable\n        uv_resolution = lowest-direct")

    result = ini.tox("run", "-e", "one", "--runner", "thinvenv")

    assert result.lines("thinvenv install --resolution lowest-direct alpha")
    assert str(ini.root / "src") in result.out

"""``tox thin``: the plan and the check of environments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.projects import Project, make_source

if TYPE_CHECKING:
    from support.bases import Base
    from support.tox_projects import ToxProject
    from support.venv import Indexer


@pytest.fixture
def ini(project: ToxProject, base: Base, index: Indexer) -> ToxProject:
    base.install(Project("alpha"), Project("beta"))
    index(Project("gamma"))
    make_source(project.root, Project("mine", "0.1", requires=("beta", "gamma")))
    project.write(
        "tox.ini",
        f"[testenv]\nbase_python = {base.python}\nsystem_site_packages = true\ndeps = alpha\n[testenv:other]\n",
    )
    project.base = base
    return project


def test_the_plan_of_an_environment_that_does_not_exist_yet(ini: ToxProject) -> None:
    result = ini.tox("thin", "-v", "-e", "py,other")

    assert result.lines("py: reuse 2, install 1")
    assert result.lines("install gamma 1.0 from index (gamma)")
    assert result.lines("total: 2 environments reuse 4, install 2, saved ")
    assert not (ini.root / ".tox" / "py").exists()


def test_plan_and_check_as_json(ini: ToxProject) -> None:
    ini.tox("run", "-e", "py")
    answer = json.loads(ini.tox("thin", "-e", "py", "--json").out)
    (environment,) = answer["environments"]
    assert environment["disk_bytes"] > 0
    assert (answer["schema"], environment["name"], environment["check"]["ok"]) == (1, "py", True)
    assert {step["name"] for step in environment["steps"]} == {"alpha", "beta"}
    assert answer["errors"] == []

    failed = json.loads(ini.tox("thin", "-e", "py", "--json", "-x", "testenv.deps=absent", code=1).out)
    assert failed["environments"] == []
    assert [(error["name"], "absent" in error["error"]) for error in failed["errors"]] == [("py", True)]

    result = ini.tox("thin", "-e", "py")
    assert " on disk" in result.out
    assert "reuse alpha" not in result.out

    for entry in ini.base.site.glob("beta*"):
        entry.rename(ini.base.prefix / entry.name)
    drifted = ini.tox("thin", "-e", "py", code=None)
    assert "beta" in drifted.out + drifted.err


def test_an_environment_of_another_runner_is_reported(ini: ToxProject) -> None:
    result = ini.tox("thin", "-e", "py", "-x", "testenv.runner=virtualenv")

    assert "py: this environment uses the runner `virtualenv`" in result.err


def test_a_lock_file_and_a_package_root(ini: ToxProject) -> None:
    make_source(ini.root / "sub", Project("mine", "0.2", requires=("alpha",)))
    ini.write(
        "pylock.toml",
        """
        lock-version = "1.0"
        created-by = "tests"
        [[packages]]
        name = "beta"
        version = "1.0"
        [[packages.wheels]]
        url = "file:///none/beta-1.0-py3-none-any.whl"
        hashes = { sha256 = "0" }
        """,
    )
    ini.write(
        "tox.ini",
        f"""
        [testenv]
        base_python = {ini.base.python}
        system_site_packages = true
        pylock = pylock.toml
        [testenv:.pkg]
        package_root = sub
        """,
    )

    result = ini.tox("thin", "-v", "-e", "py")

    assert result.lines("py: reuse 2,")
    assert result.lines("reuse alpha 1.0")
    assert result.lines("reuse beta 1.0")

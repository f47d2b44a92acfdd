"""The environments of a project in shards: which are together, and how long each shard takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.command_line import thinvenv as call
from thinvenv.errors import UsageError
from thinvenv.fleet.project_environments import ProjectEnvironment, tool_of
from thinvenv.machines.matrix import durations, pack, to_json, version_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TOX = """
[tox]
env_list = py3{11,12}-{a,b}, lint
no_package = true
[testenv:py312-{a,b}]
thin_base = {tox_root}
[testenv:slow]
base_python = python3.9
"""
NOX = """
import nox

@nox.session(python=["3.11", "3.12"])
@nox.parametrize("number", ["1", "2"])
def tests(session, number): ...

@nox.session(default=False)
def docs(session): ...
"""

names = st.integers(0, 30).map("env{}".format)
projects = st.lists(
    st.tuples(names, st.sampled_from(["py311", "py312", ""]), st.sampled_from([(), ("/opt/base",)])),
    min_size=1,
    unique_by=lambda values: values[0],
).map(lambda rows: [ProjectEnvironment(*row) for row in rows])


def longest(shards: Sequence[Sequence[ProjectEnvironment]], seconds: dict[str, float]) -> float:
    return max(sum(seconds[environment.name] for environment in shard) for shard in shards)


@given(projects, st.integers(1, 12), st.dictionaries(names, st.floats(0, 1000)))
def test_shards_have_every_environment_and_take_about_the_same_time(
    environments: list[ProjectEnvironment], count: int, measured: dict[str, float]
) -> None:
    mean = sum(measured.values()) / len(measured) if measured else 1.0
    seconds = {environment.name: measured.get(environment.name, mean) for environment in environments}

    shards = pack(environments, measured, count)

    assert sorted(environment for shard in shards for environment in shard) == sorted(environments)
    assert len(shards) == min(count, len(environments))
    assert all(shards)
    # The last environment of the longest shard went to the shard with the least, which had at most the mean.
    assert longest(shards, seconds) <= 1.1 * (sum(seconds.values()) / len(shards) + max(seconds.values())) + 1e-6
    assert pack(environments, measured, count) == shards


def test_environments_with_the_same_interpreter_and_base_are_together() -> None:
    environments = [ProjectEnvironment(f"{python}-{part}", python) for part in "abcd" for python in ("py311", "py312")]

    halves = pack(environments, {}, 2)
    quarters = pack(environments, {}, 4)

    assert [{environment.python for environment in shard} for shard in halves] == [{"py311"}, {"py312"}]
    assert [len({environment.python for environment in shard}) for shard in quarters] == [1] * 4
    assert pack(environments, {}, None) == halves


def test_the_longest_environment_is_alone_if_the_others_take_as_long() -> None:
    environments = [ProjectEnvironment(name) for name in ("a", "b", "slow", "c")]

    shards = pack(environments, {"a": 10, "b": 11, "slow": 30, "c": 9}, 2)

    assert [[environment.name for environment in shard] for shard in shards] == [["a", "b", "c"], ["slow"]]


def test_a_shard_is_an_object_with_a_command() -> None:
    shards = [[ProjectEnvironment("tests-3.12(a='1')", "3.12"), ProjectEnvironment("lint")]]

    (entry,) = to_json(shards, {"lint": 2.04}, ("nox", "-s"), "")["include"]

    assert entry == {
        "shard": 1,
        "shards": 1,
        "environments": ["tests-3.12(a='1')", "lint"],
        "command": """nox -s 'tests-3.12(a='"'"'1'"'"')' lint""",
        "python": "3.12",
        "seconds": 4.1,
    }


@pytest.mark.parametrize(
    ("python", "version"),
    [
        ("py312", "3.12"),
        ("python3.9", "3.9"),
        ("3.13t", "3.13t"),
        ("pypy310", "pypy3.10"),
        ("cpython-3.11", "3.11"),
        ("/usr/bin/python3", ""),
        ("", ""),
        ("python3", ""),
    ],
)
def test_versions_are_those_that_ci_services_install(python: str, version: str) -> None:
    assert version_of(python) == version


def test_durations_come_from_tox_and_nox() -> None:
    commands = {"setup": [{"elapsed": 1}], "test": [{"elapsed": 2.5}]}
    of_tox = {"a": {"result": {"duration": 3}, **commands}, "old": commands, "absent": {}, "skipped": {}}
    of_tox["skipped"] = {"result": {"skipped": True, "duration": 0.1}}
    of_nox = [
        {"signatures": ["tests-3.12", "tests"], "result": "failed", "duration": 4.5},
        {"signatures": ["lint"], "result": "skipped", "duration": 0.1},
    ]

    assert durations({"testenvs": of_tox}, "r.json") == {"a": 3, "old": 3.5}
    assert durations({"sessions": of_nox}, "r.json") == {"tests-3.12": 4.5}


def of_duration(value: Any) -> dict[str, Any]:
    return {"testenvs": {"a": {"result": {"duration": value}}}}


@pytest.mark.parametrize(
    "document",
    [
        [],
        None,
        {},
        {"testenvs": []},
        {"testenvs": {"a": 1}},
        {"sessions": [{}]},
        *map(of_duration, ("x", -1, "nan", "inf")),
    ],
)
def test_durations_of_another_form_are_an_error(document: Any) -> None:
    with pytest.raises(UsageError, match=r"cannot read durations from r\.json") as caught:
        durations(document, "r.json")
    assert "Error" not in str(caught.value)  # the words of Python say nothing about a file


def test_the_tool_is_the_one_that_the_project_is_configured_for(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(UsageError, match="neither"):
        tool_of(str(tmp_path))
    (tmp_path / "noxfile.py").touch()
    assert tool_of(str(tmp_path)) == "nox"
    (tmp_path / "tox.toml").touch()
    with pytest.raises(UsageError, match="choose"):
        tool_of(str(tmp_path))
    (tmp_path / "noxfile.py").unlink()
    assert tool_of(str(tmp_path)) == "tox"


def test_tox_lists_the_environments_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text(TOX)
    (tmp_path / "result.json").write_text(json.dumps({"testenvs": {"lint": {"result": {"duration": 9}}, "x": {}}}))

    done = call("matrix", "--shards", "2", "--durations", "result.json", "--", "-e", "ALL", cwd=tmp_path)
    shards = done.json["include"]

    assert done.code == 0, done.err
    assert done.out.count("\n") == 1
    assert sorted(name for shard in shards for name in shard["environments"]) == [
        *("lint", "py311-a", "py311-b", "py312-a", "py312-b", "slow"),
    ]
    assert shards[0]["command"].startswith("tox run -e py311-a,py311-b")
    assert [shard["seconds"] for shard in shards] == [27, 27]


def test_nox_lists_the_sessions_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "noxfile.py").write_text(NOX)

    shards = call("matrix", cwd=tmp_path).json["include"]

    assert [shard["python"] for shard in shards] == ["3.11", "3.12"]
    assert shards[0]["environments"] == ["tests-3.11(number='1')", "tests-3.11(number='2')"]
    assert shards[0]["seconds"] is None


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo {}", "unknown form"),
        ("echo hello", "unknown form"),
        ("exit 3", "\n  exit status 3\n"),
        ("", "is not installed"),
    ],
)
def test_a_tool_that_lists_nothing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    (tmp_path / "tox.ini").write_text(TOX)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    if script:
        (tmp_path / "tox").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "tox").chmod(0o755)

    done = call("matrix", cwd=tmp_path)

    assert done.code in {1, 2}
    assert message in done.err


def test_a_project_without_environments_has_no_matrix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "noxfile.py").touch()
    monkeypatch.setattr("thinvenv.cli.matrix.list_environments", lambda *_arguments: [])

    assert "there are no environments to run" in call("matrix", cwd=tmp_path).err


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--shards", "0"), 2, "there cannot be 0 shards"),
        (("--shards", "x"), 2, "invalid int value"),
        (("--tox", "--nox"), 2, "not allowed with"),
        (("--durations", "absent.json"), 2, "cannot read durations from"),
        (("--", "-s", "absent"), 1, "nox cannot list the environments of"),
    ],
)
def test_wrong_arguments_are_explained(tmp_path: Path, arguments: Sequence[str], status: int, message: str) -> None:
    (tmp_path / "noxfile.py").write_text(NOX)

    done = call("matrix", *arguments, cwd=tmp_path)

    assert (done.code, done.out) == (status, "")
    assert message in done.err

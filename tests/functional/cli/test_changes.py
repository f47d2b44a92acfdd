"""The commands that change an environment: uninstall and sync."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import thinvenv
from support.command_line import call
from support.projects import Project
from support.result import Result

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv


def names(venv: Venv) -> set[str]:
    """Return the names of the distributions that are installed or linked in an environment."""
    return {path.name.split("-")[0] for path in venv.site.glob("*.dist-info")}


@pytest.fixture
def world(base: Base, index: Indexer) -> None:
    """Fill the base with ``lib`` and ``tool``, and the index with ``app``, which requires ``lib`` and ``helper``."""
    base.install(Project("lib"), Project("tool"))
    index(
        Project("app", requires=("lib", "helper")),
        Project("helper", requires=("deep",)),
        Project("deep"),
        Project("other", requires=("deep",)),
    )


@pytest.mark.usefixtures("world")
def test_uninstall_takes_out_what_nothing_needs_any_more(linked: Venv, capsys: pytest.CaptureFixture[str]) -> None:
    env = ("--env", linked.prefix)

    def uninstall(*words: str) -> Result:
        return call(capsys, "uninstall", *env, *words)

    linked.install("app", "other", "tool")
    before = {"app", "lib", "helper", "deep", "other", "tool"}
    assert names(linked) == before

    refused = uninstall("helper", "nothing", "lbi")
    assert (refused.code, refused.out) == (1, "")
    assert "`app -> helper` needs it" in refused.err
    assert f"nothing is not installed in {linked.prefix}" in refused.err
    assert f"lbi is not installed in {linked.prefix}: did you mean `lib`?" in refused.err
    assert uninstall("app<2").err.startswith("error: `app<2` is not the name of a distribution")
    assert uninstall().code == 2
    planned = json.loads(uninstall("--dry-run", "--json", "app").out)
    assert {step["name"]: step["action"] for step in planned["steps"]} == {
        "app": "remove",
        "helper": "remove",
        "lib": "remove",
        "tool": "reuse",
    }
    assert names(linked) == before

    assert uninstall("App").code == 0
    assert names(linked) == {"deep", "other", "tool"}
    assert call(capsys, "check", *env).code == 0
    assert linked.install().changes == ()
    assert names(linked) == {"deep", "other", "tool"}
    assert uninstall("-q", "--keep-needed", "other", "tool") == Result(0, "", "")
    assert names(linked) == {"deep"}
    assert [step.name for step in thinvenv.uninstall("deep", env=linked.prefix).removed] == ["deep"]
    assert names(linked) == set()


@pytest.mark.usefixtures("world")
def test_uninstall_keeps_to_the_environment_where_it_shows_the_whole_base(
    venv: Venv, index: Indexer, base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    index(Project("lib", "2.0"))
    venv.install("app", "lib>=2")

    refused = call(capsys, "uninstall", "--env", venv.prefix, "tool")
    assert refused.code == 1
    assert f"tool 1.0 is in the base {base.site}, which this environment shows as a whole" in refused.err
    assert "thinvenv set --reuse link" in refused.err

    assert call(capsys, "uninstall", "--env", venv.prefix, "lib").code == 0
    assert venv.version("lib") == "1.0"
    assert venv.plan().changes == ()
    with pytest.raises(thinvenv.UninstallError, match="cannot uninstall lib"):
        thinvenv.uninstall("lib", env=venv.prefix)
    with pytest.raises(thinvenv.UsageError, match="nothing to uninstall"):
        thinvenv.uninstall(env=venv.prefix)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_sync_makes_an_environment_exactly_what_files_say(
    reuse: str, venv: Venv, linked: Venv, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = linked if reuse == "link" else venv
    env.install("app", "tool")
    wanted, empty = tmp_path / "wanted.txt", tmp_path / "empty.txt"
    wanted.write_text("other\nlib\n")
    empty.write_text("# nothing\n")

    def sync(*words: str | Path) -> Result:
        return call(capsys, "sync", "--env", env.prefix, *words)

    assert sync().code == 2
    assert sync(tmp_path / "absent.txt").code == 1
    refused = sync(empty)
    assert (refused.code, refused.err.splitlines()[0]) == (2, "error: the files require nothing")
    planned = sync("--json", "--dry-run", wanted).json["steps"]
    assert {step["name"]: step["action"] for step in planned} == {
        "app": "remove",
        "helper": "remove",
        "other": "install",
        "lib": "reuse",
    }
    assert "app" in names(env)

    assert sync(wanted).code == 0
    assert names(env) == {"other", "deep", *(["lib"] if reuse == "link" else [])}
    assert sync(wanted).err == "nothing to install: 1 reused from the base\n"
    assert thinvenv.sync(wanted, env=env.prefix).changes == ()
    assert call(capsys, "check", "--env", env.prefix).code == 0
    env.install("helper")
    assert [step.name for step in thinvenv.sync(str(wanted), env=env.prefix).removed] == ["helper"]
    assert sync("--allow-empty-requirements", empty).code == 0
    assert names(env) == set()
    with pytest.raises(thinvenv.UsageError, match="the files require nothing"):
        thinvenv.sync(empty, env=env.prefix)


def test_an_existing_environment_is_kept_and_the_output_follows_the_options(
    venv: Venv, base: Base, index: Indexer, capsys: pytest.CaptureFixture[str]
) -> None:
    base.install(Project("lib"))
    index(Project("app", requires=("lib",)))
    venv.install("lib")

    kept = call(capsys, "create", "--allow-existing", venv.prefix, "app", "--python", "no-such-python")
    verbose = call(capsys, "install", "--env", venv.prefix, "-v", "app")
    quiet = call(capsys, "install", "--env", venv.prefix, "-q", "--only-reuse", "lbi", "app")
    strict = call(capsys, "install", "--env", venv.prefix, "--strict", "--never-reuse", "lbi", "app")

    assert (kept.code, kept.err.startswith(f"kept {venv.prefix} for Python 3.")) == (0, True)
    assert [step.name for step in venv.plan().reused] == ["lib"]
    assert [line.split()[:2] for line in verbose.out.splitlines()[1:]] == [["reuse", "lib"], ["done:", "reuse"]]
    unmatched = "`only-reuse` has `lbi`, which matches no distribution of the base: did you mean `lib`?"
    assert (quiet.code, quiet.out, quiet.err) == (1, "", quiet.err)
    assert (strict.code, unmatched.replace("only", "never") in strict.err) == (2, True)

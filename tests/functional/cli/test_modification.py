"""The commands that change an environment: uninstall, sync and set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import thinvenv
from support.command_line import thinvenv as call
from support.projects import Project, unpack_into
from support.result import Result
from support.venv import Venv

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer


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
def test_uninstall_takes_out_what_nothing_needs_any_more(linked: Venv) -> None:
    env = ("--env", linked.prefix)

    def uninstall(*words: str) -> Result:
        return call("uninstall", *env, *words)

    linked.install("app", "other", "tool")
    before = {"app", "lib", "helper", "deep", "other", "tool"}
    assert names(linked) == before

    refused = uninstall("helper", "nothing", "lbi", "LBI")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("error: cannot uninstall helper, nothing, lbi [")
    assert "`app -> helper` needs it" in refused.err
    assert f"nothing is not installed in {linked.prefix}" in refused.err
    assert f"lbi is not installed in {linked.prefix}: did you mean `lib`?" in refused.err
    not_a_name = uninstall("app<2")
    assert (not_a_name.code, not_a_name.out) == (2, "")
    assert not_a_name.err.startswith("error: `app<2` is not the name of a distribution")
    assert "hint: write `app`\n" in not_a_name.err
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
    assert call("check", *env).code == 0
    assert linked.install().changes == ()
    assert names(linked) == {"deep", "other", "tool"}
    assert uninstall("-q", "--keep-needed", "other", "tool") == Result(0, "", "")
    assert names(linked) == {"deep"}
    assert [step.name for step in thinvenv.uninstall("deep", env=linked.prefix).removed] == ["deep"]
    assert names(linked) == set()


@pytest.mark.usefixtures("world")
def test_uninstall_keeps_to_the_environment_where_it_shows_the_whole_base(
    venv: Venv, index: Indexer, base: Base
) -> None:
    index(Project("lib", "2.0"))
    venv.install("app", "lib>=2")

    refused = call("uninstall", "--env", venv.prefix, "tool")
    assert refused.code == 1
    assert f"tool 1.0 is in the base {base.site}, which this environment shows as a whole" in refused.err
    assert f"hint: thinvenv set --env {venv.prefix} --reuse link\n" in refused.err

    assert call("uninstall", "--env", venv.prefix, "lib").code == 0
    assert venv.version("lib") == "1.0"
    assert venv.plan().changes == ()
    with pytest.raises(thinvenv.UninstallError, match="cannot uninstall lib"):
        thinvenv.uninstall("lib", env=venv.prefix)
    with pytest.raises(thinvenv.UsageError, match="nothing to uninstall"):
        thinvenv.uninstall(env=venv.prefix)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_sync_makes_an_environment_exactly_what_files_say(reuse: str, venv: Venv, linked: Venv, tmp_path: Path) -> None:
    env = linked if reuse == "link" else venv
    env.install("app", "tool")
    wanted, empty = tmp_path / "wanted.txt", tmp_path / "empty.txt"
    wanted.write_text("other\nlib\n")
    empty.write_text("# nothing\n")

    def sync(*words: str | Path) -> Result:
        return call("sync", "--env", env.prefix, *words)

    assert sync().code == 2
    assert sync(tmp_path / "absent.txt").code == 1
    refused = sync(empty)
    assert (refused.code, refused.err.splitlines()[0]) == (2, "error: the files require nothing [usage-error]")
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
    assert call("check", "--env", env.prefix).code == 0
    env.install("helper")
    assert [step.name for step in thinvenv.sync(str(wanted), env=env.prefix).removed] == ["helper"]
    assert sync("--allow-empty-requirements", empty).code == 0
    assert names(env) == set()
    with pytest.raises(thinvenv.UsageError, match="the files require nothing"):
        thinvenv.sync(empty, env=env.prefix)


def test_an_existing_environment_is_kept_and_the_output_follows_the_options(
    venv: Venv, base: Base, index: Indexer
) -> None:
    base.install(Project("lib"))
    index(Project("app", requires=("lib",)))
    venv.install("lib")

    kept = call("create", "--allow-existing", venv.prefix, "app", "--python", "no-such-python")
    verbose = call("install", "--env", venv.prefix, "-v", "app")
    quiet = call("install", "--env", venv.prefix, "-q", "--only-reuse", "lbi", "app")
    strict = call("install", "--env", venv.prefix, "--strict", "--never-reuse", "lbi", "app")

    assert (kept.code, kept.err.startswith(f"kept {venv.prefix} for Python 3.")) == (0, True)
    other = call("create", "--allow-existing", venv.prefix, "--reuse", "link")
    assert f"keeps reuse mode inherit: `thinvenv set --env {venv.prefix} --reuse link` changes it" in other.err
    assert [step.name for step in venv.plan().reused] == ["lib"]
    rows = [line.split() for line in verbose.out.splitlines()[1:]]
    assert [row[:2] for row in rows] == [["reuse", "lib"], ["base:", str(base.site)], ["reused", "1"]]
    unmatched = "`only-reuse` has `lbi`, which matches no distribution of the base: did you mean `lib`?"
    assert (quiet.code, quiet.out, quiet.err) == (1, "", quiet.err)
    assert (strict.code, unmatched.replace("only", "never") in strict.err) == (2, True)


def test_set_changes_how_an_environment_reuses_its_bases(
    base: Base, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("lib"), Project("unused"))
    unpack_into(tmp_path / "stack", Project("layer"))
    index(Project("lib", "2.0"), Project("layer", "2.0"), Project("app", requires=("lib", "layer")))
    env = Venv(tmp_path / "env", [])
    monkeypatch.chdir(tmp_path)
    words = ("create", "env", "--python", base.python, "--base", "stack", "app")
    assert call(*words).code == 0

    def configure(*words: str) -> Result:
        return call("set", "--env", env.prefix, *words)

    def state() -> tuple[str, set[str]]:
        config = (env.prefix / "pyvenv.cfg").read_text()
        return config, names(env)

    before = state()
    assert names(env) == {"app"}
    for refused in (
        (),
        ("--reuse", "lnik"),
        ("--base", "absent"),
        ("--base", "stack", "--no-base"),
        ("--reuse", "off", "--base", "stack"),
    ):
        assert configure(*refused).code in {1, 2}
        assert state() == before
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "nowhere").as_uri())
    assert configure("--reuse", "off", "--offline").code == 1
    assert state() == before
    assert call("check", "--env", env.prefix).code == 0

    assert configure("--reuse", "link").code == 0
    assert names(env) == {"app", "layer", "lib"}
    assert [env.version(name) for name in ("lib", "layer")] == ["1.0", "1.0"]
    monkeypatch.setenv("UV_DEFAULT_INDEX", index())
    plan = thinvenv.configure(env.prefix, bases=())
    assert [f"{step.action} {step.name} {step.version}" for step in plan.steps] == [
        "install layer 2.0",
        "reuse lib 1.0",
    ]
    assert configure("--reuse", "off").code == 0
    assert [env.version(name) for name in ("lib", "layer")] == ["2.0", "2.0"]
    assert configure("--reuse", "inherit", "--base", "stack").err.startswith(
        f"changed {env.prefix}: reuse = inherit, base = stack\n"
    )
    assert env.run("import unused, sys; print(sys.prefix)") == str(env.prefix)
    assert thinvenv.install(env=env.prefix, prune=True).names == ("layer", "lib")
    assert [env.version(name) for name in ("lib", "layer")] == ["1.0", "1.0"]
    assert call("check", "--env", env.prefix).code == 0


def test_set_keeps_the_parent_of_an_environment(venv: Venv, index: Indexer, tmp_path: Path) -> None:
    index(Project("lib"))
    venv.install("lib")
    child = Venv(tmp_path / "child", [])
    assert call("create", child.prefix, "--python", venv.python, "--reuse", "link", "lib").code == 0
    assert names(child) == {"lib"}

    for reuse in ("inherit", "link", "inherit"):
        assert call("set", "--env", child.prefix, "--reuse", reuse, "--offline").code == 0
        assert child.version("lib") == "1.0"
        assert names(child) == ({"lib"} if reuse == "link" else set())

"""The commands that show an environment: tree, why and freeze."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.command_line import call
from support.projects import Project, make_source

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.bases import Base
    from support.venv import Indexer, Venv


def test_tree_why_and_freeze_show_who_requires_what_and_where_it_is(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base.install(Project("lib", "1.5", requires=("deep",)), Project("deep"), Project("unused"))
    index(Project("app", "2.0", requires=("lib>=1", "deep")), Project("stray"))
    mine = make_source(tmp_path / "mine", Project("mine", requires=("deep",)))
    venv.install("app>1", "-e", str(mine))
    venv.call("uv", "pip", "install", "--quiet", "--python", venv.python, "stray")
    env = ("--env", venv.prefix)

    tree = call(capsys, "tree", *env)
    graph = call(capsys, "tree", *env, "--json").json
    reasons = call(capsys, "why", *env, "Deep")
    chains = call(capsys, "why", *env, "--json", "lib").json
    frozen = call(capsys, "freeze", *env)

    assert tree.out.splitlines() == [
        "app 2.0 [here]",
        "├── lib 1.5 [base]  lib>=1",
        "│   └── deep 1.0 [base]",
        "└── deep 1.0 [base]",
        "mine 1.0 [here]",
        "└── deep 1.0 [base]",
        "",
        "not asked for:",
        "stray 1.0 [here]",
    ]
    assert (graph["schema"], graph["environment"], graph["unrequested"]) == (1, str(venv.prefix), ["stray"])
    assert graph["requested"][0] == {"requirement": "app>1", "name": "app"}
    assert [entry["kind"] for entry in graph["distributions"]] == ["venv", "base", "base", "venv", "venv"]
    assert graph["distributions"][0]["requires"][0] == {"requirement": "lib>=1", "name": "lib"}
    assert reasons.out.splitlines() == [
        f"deep 1.0 [base] {base.site}",
        f"  {mine} -> deep",
        "  app>1 -> deep",
        "  app>1 -> lib>=1 -> deep",
    ]
    assert chains["chains"] == [["app>1", "lib>=1"]]
    assert "nothing that was asked for requires it" in call(capsys, "why", *env, "unused").out
    assert frozen.out.splitlines() == [
        "app==2.0",
        f"deep==1.0  # {base.site}",
        f"lib==1.5  # {base.site}",
        f"-e {mine}",
        "stray==1.0",
    ]
    assert call(capsys, "freeze", *env, "--exclude-editable", "--exclude", "Stray").out.count("\n") == 3


def test_wrong_input_of_inspections_is_a_clear_error(venv: Venv, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = call(capsys, "why", "--env", venv.prefix, "absent")

    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err == f"error: absent is not installed in {venv.prefix}\n"
    assert call(capsys, "why", "--env", venv.prefix).code == 2
    assert call(capsys, "tree", "--env", "nowhere").code == 1

"""The commands that show an environment: tree, why and freeze."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.command_line import thinvenv as call
from support.projects import Project, make_source

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.bases import Base
    from support.venv import Indexer, Venv


def test_tree_why_and_freeze_show_who_requires_what_and_where_it_is(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path
) -> None:
    base.install(Project("lib", "1.5", requires=("deep",)), Project("deep"), Project("unused"))
    index(Project("app", "2.0", requires=("lib>=1", "deep")), Project("stray"))
    mine = make_source(tmp_path / "mine", Project("mine", requires=("deep",)))
    venv.install("app>1", "-e", str(mine))
    venv.call("uv", "pip", "install", "--quiet", "--python", venv.python, "stray")
    env = ("--env", venv.prefix)

    tree = call("tree", *env)
    graph = call("tree", *env, "--json").json
    reasons = call("why", *env, "Deep")
    chains = call("why", *env, "--json", "lib").json
    frozen = call("freeze", *env)

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
    assert "nothing that was asked for requires it" in call("why", *env, "unused").out
    assert frozen.out.splitlines() == [
        "app==2.0",
        f"deep==1.0  # {base.site}",
        f"lib==1.5  # {base.site}",
        f"-e {mine}",
        "stray==1.0",
    ]
    assert call("freeze", *env, "--exclude-editable", "--exclude", "Stray").out.count("\n") == 3


def test_wrong_input_of_inspections_is_a_clear_error(venv: Venv) -> None:
    unknown = call("why", "--env", venv.prefix, "absent")

    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err == f"error: absent is not installed in {venv.prefix} [requirement-error]\n"
    assert call("why", "--env", venv.prefix).code == 2
    assert call("tree", "--env", "nowhere").code == 1


def test_list_shows_what_has_a_newer_version_and_in_several_formats(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("lib", "1.5"), Project("lone"))
    index(Project("app"), Project("app", "2.0"), Project("lib", "1.6"), Project("current"))
    venv.install("app<2", "lib", "current")
    env = ("--env", venv.prefix)

    outdated = call("list", *env, "--outdated")
    by_pip = call("list", *env, "--outdated", "--format", "json", "--backend", "pip").json

    assert [line.split()[:4] for line in outdated.out.splitlines()[1:]] == [
        ["app", "1.0", "2.0", "here"],
        ["lib", "1.5", "1.6", "base"],
        ["here:", str(venv.site)],
        ["base:", str(base.site)],
    ]
    assert {entry["name"]: entry["latest"] for entry in by_pip["distributions"]} == {"app": "2.0", "lib": "1.6"}
    assert call("list", *env, "--format", "freeze").out == call("freeze", *env).out
    assert call("list", *env, "--format", "json").out == call("list", *env, "--json").out
    assert call("list", *env, "--format", "xml").code == 2
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "empty").as_uri())
    newest = call("list", *env, "--outdated")
    assert (newest.out, newest.err) == ("", "nothing is outdated: no index has newer versions\n")


def test_doctor_tells_where_settings_come_from_and_leaves_secrets_out(
    venv: Venv, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("lib"))
    venv.install("lib")
    monkeypatch.setenv("THINVENV_ONLY_REUSE", "lib")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://me:s3cret@host.test/simple")
    monkeypatch.setenv("UV_INDEX_PRIVATE_PASSWORD", "s3cret")
    (tmp_path / "pyproject.toml").write_text('[tool.thinvenv]\nreuse = "link"\nonly-reuse = "x"\n')

    shown = call("doctor", "--env", venv.prefix, cwd=tmp_path)
    document = call("doctor", "--env", venv.prefix, "--json", cwd=tmp_path).json
    broken = call("doctor", "--env", tmp_path / "absent", cwd=tmp_path)

    assert (shown.code, shown.err, broken.code) == (0, "", 0)
    assert "  only-reuse: lib [THINVENV_ONLY_REUSE]\n" in shown.out
    assert f"  reuse: link [{tmp_path / 'pyproject.toml'}]\n" in shown.out
    assert "  backend: - [default]\n" in shown.out
    assert (document["schema"], document["environment"]["reuse"]) == (1, "inherit")
    assert {"path": str(base.site), "kind": "base", "distributions": 1} in document["environment"]["layers"]
    assert "s3cret" not in str(document) + shown.out
    assert "https://host.test/simple" in shown.out
    assert "there is no environment at" in broken.out
    (tmp_path / "pyproject.toml").write_text('[tool.thinvenv]\nresue = "link"\n')
    assert "unknown key `resue`" in call("doctor", cwd=tmp_path).out

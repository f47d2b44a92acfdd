"""An environment that is made and filled by one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.command import thinvenv
from support.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.bases import Base
    from support.venvs import Indexer, Venv


def test_it_has_what_is_asked_for(tmp_path: Path, base: Base, index: Indexer) -> None:
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


def test_it_is_a_further_install_of_the_same(tmp_path: Path, base: Base) -> None:
    base.install(Project("alpha", "1.0"))

    done = thinvenv("create", tmp_path / "env", "--python", base.python, "alpha", "--reuse", "link")

    assert (done.code, done.out) == (0, "")
    assert done.err.endswith("nothing to install: 1 reused from the base\n")
    assert (next((tmp_path / "env" / "lib").glob("*")) / "site-packages" / "alpha").exists()


def test_as_json(tmp_path: Path, base: Base) -> None:
    base.install(Project("alpha", "1.0"))

    filled = thinvenv("create", tmp_path / "one", "--python", base.python, "--json", "alpha")
    empty = thinvenv("create", tmp_path / "two", "--python", base.python, "--json")

    assert [one["action"] for one in filled.json["steps"]] == ["reuse"]
    assert (empty.code, empty.json["steps"]) == (0, [])


def test_what_cannot_be_had_leaves_nothing(tmp_path: Path, base: Base, index: Indexer) -> None:
    index()
    env = tmp_path / "env"

    done = thinvenv("create", env, "--python", base.python, "absent")

    assert done.code == 1
    assert "absent" in done.err
    assert "created" not in done.err
    assert not env.exists()
    assert [one.name for one in tmp_path.glob(".env*")] == []


def test_what_cannot_be_had_brings_back_what_was_there(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index()
    venv.install("alpha")

    done = thinvenv("create", "--clear", venv.prefix, "--python", base.python, "absent")

    assert done.code == 1
    assert venv.version("alpha") == "1.0"
    assert thinvenv("check", "--env", venv.prefix).code == 0


def test_what_cannot_be_read_is_told_before_anything_is_made(tmp_path: Path, base: Base) -> None:
    done = thinvenv("create", tmp_path / "env", "--python", base.python, "-r", tmp_path / "absent.txt")

    assert done.code != 0
    assert "absent.txt" in done.err
    assert "created" not in done.err


def test_settings_alone_fill_nothing(tmp_path: Path, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_UPGRADE", "1")

    done = thinvenv("create", tmp_path / "env", "--python", base.python)

    assert (done.code, done.out, done.err.count("\n")) == (0, "", 1)


def test_requirements_stand_where_they_like(venv: Venv, base: Base) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))

    done = thinvenv("install", "alpha", "--env", venv.prefix, "beta")
    wrong = thinvenv("install", "alpha", "--env", venv.prefix, "--no-such-option", "beta")
    nowhere = thinvenv("check", "--env", venv.prefix, "beta")

    assert (done.code, done.err) == (0, "nothing to install: 2 reused from the base\n")
    assert (wrong.code, nowhere.code) == (2, 2)
    assert "unrecognized arguments: --no-such-option\n" in wrong.err
    assert "unrecognized arguments: beta" in nowhere.err

"""The public functions, called in the process of the tests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import thinvenv
from support.projects import Project
from support.venv import actions

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv
    from thinvenv._api import Options


def test_create_plan_install_and_check(
    tmp_path: Path, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("alpha"), Project("excluded"))
    index(Project("beta"), Project("excluded"))
    (tmp_path / "requirements.txt").write_text("alpha\n")
    monkeypatch.chdir(tmp_path)

    environment = thinvenv.create("env", python=str(base.python))
    assert environment.prefix == str(tmp_path / "env")
    assert not thinvenv.check("env").ok  # nothing was installed there
    expected = {"alpha": "reuse", "beta": "install", "excluded": "shadow"}
    options: Options = {"requirement_files": [tmp_path / "requirements.txt"], "never_reuse": ["excl*"]}
    assert actions(thinvenv.plan("beta", "excluded", env="env", **options)) == expected
    assert actions(thinvenv.install("beta", "excluded", env="env", **options)) == expected
    assert not thinvenv.install("beta", "excluded", env="env", **options).changes
    assert thinvenv.check("env").ok


def test_an_unknown_option_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(thinvenv.UsageError, match="unknown option `colour`"):
        thinvenv.install("alpha", env=tmp_path, colour=2)  # type: ignore[call-arg]


def test_the_environment_of_this_process_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "missing"))

    with pytest.raises(thinvenv.NotAnEnvironmentError, match="missing"):
        thinvenv.plan("alpha")


def test_functions_look_at_an_environment(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha"))
    index(Project("beta", requires=("alpha",)), Project("beta", "0.5"), Project("alpha", "2.0"))
    plan = thinvenv.install("beta", env=venv.prefix)

    assert plan.saved > 0
    assert [str(dist) for dist in plan.placed] == ["beta 1.0"]
    assert thinvenv.tree(venv.prefix).requirements["beta"][0].name == "alpha"
    assert thinvenv.why("Alpha", venv.prefix) == [("beta", "alpha")]
    assert thinvenv.freeze(venv.prefix) == [f"alpha==1.0  # {base.site}", "beta==1.0"]
    assert thinvenv.freeze(venv.prefix, exclude="alpha") == ["beta==1.0"]
    assert thinvenv.outdated(venv.prefix) == {"alpha": "2.0"}
    assert thinvenv.doctor(venv.prefix)["environment"]["path"] == str(venv.prefix)
    assert "error" in thinvenv.doctor(venv.prefix / "absent")["environment"]
    with pytest.raises(thinvenv.RequirementError, match="not installed"):
        thinvenv.why("nothing", venv.prefix)

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
    from support.venv import Indexer
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

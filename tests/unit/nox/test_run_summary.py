from __future__ import annotations

import atexit
import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from nox.sessions import Result

from support.measured_fleets import SITE, add_distribution, make_environment
from thinvenv.environments import receipt
from thinvenv.fleet import comparison
from thinvenv.model import Distribution, Reuse
from thinvenv.nox import run_summary

if TYPE_CHECKING:
    from nox.sessions import SessionRunner


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(run_summary, "_PREFIXES", {})
    monkeypatch.setattr(atexit, "register", lambda _function: None)
    monkeypatch.setattr(logging.getLogger("nox"), "propagate", True)
    caplog.set_level(logging.DEBUG)
    return caplog


def test_a_run_ends_with_what_its_environments_take_and_save(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    base = add_distribution(tmp_path / "base" / SITE, "numpy", "2.0", {"numpy/__init__.py": 70_000})
    step = Reuse(Distribution("numpy", "2.0", str(base), str(base.parent)), ("numpy",))
    for name in "ab":
        env = make_environment(tmp_path / name)
        add_distribution(env / SITE, "own", "1.0", {"own.py": 1000})
        receipt.save(env, receipt.Receipt(reused=(step,)))
        run_summary.show()
        run_summary.note(env)
    run_summary.note(Path(sys.prefix))
    run_summary.show()
    (line,) = log.messages
    assert line.startswith("thin: 2 environments reuse 2, hold 2 of their own (")
    assert " on disk, saved 1" in line


def test_environments_that_cannot_be_measured_do_not_matter(
    tmp_path: Path, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_prefixes: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(comparison, "measure_all", fail)
    for name in "ab":
        receipt.save(make_environment(tmp_path / name), receipt.Receipt())
        run_summary.note(tmp_path / name)
    run_summary.show()
    assert log.messages[-1].startswith("the environments cannot be measured")


def test_sessions_in_processes_of_their_own_are_noted(
    tmp_path: Path, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Result, "from_dict", Result.__dict__["from_dict"])
    run_summary.patch_results()
    for name, no_install in (("a", False), ("b", False), ("plain", False), ("reused", True)):
        env = make_environment(tmp_path / name)
        if name != "plain":
            receipt.save(env, receipt.Receipt())
        config = SimpleNamespace(no_install=no_install)
        session = cast("SessionRunner", SimpleNamespace(global_config=config, envdir=str(env)))
        assert Result.from_dict(session, {"result": "success", "duration": 2.0}).duration == 2.0
    run_summary.show()
    assert log.messages[0].startswith("thin: 2 environments reuse 0")


def test_one_environment_is_singular(tmp_path: Path) -> None:
    env = make_environment(tmp_path / "a")

    assert comparison.line_about(comparison.measure_all([str(env)])).startswith("thin: 1 environment reuses 0, ")

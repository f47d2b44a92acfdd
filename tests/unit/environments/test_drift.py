"""Environments that warn when they start over a base that has changed."""

from __future__ import annotations

import os
import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from thinvenv.environments import drift

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def main(load: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("_THINVENV_DRIFT", raising=False)
    module = load("_thinvenv")
    load("_thinvenv_late")
    return module


def test_the_start_warns_once_of_what_is_gone(
    main: Any, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, other = tmp_path / "a base", tmp_path / "other"
    info = base / "alpha-1.0.dist-info"
    info.mkdir(parents=True)
    other.mkdir()
    times = [f"# {folder.stat().st_mtime_ns} {folder}" for folder in (base, other)]
    (site / drift.TIMES).write_text("".join(f"{line}\n" for line in times))
    (site / drift.PATHS).write_text(f"alpha 1.0 {info}\n")
    monkeypatch.setattr(sys, "stderr", stderr := StringIO())

    def start() -> str:
        main.last_snapshot = None
        stderr.truncate(stderr.seek(0))
        main.start()
        return stderr.getvalue()

    assert start() == ""
    (base / "unrelated").mkdir()
    os.utime(base, ns=(1, 1))
    assert start() == ""
    info.rename(base / "alpha-2.0.dist-info")
    warning = start()
    assert warning.startswith(f"thinvenv: the base of this environment has changed: alpha 1.0 is no longer in {base}; ")
    assert warning.count("\n") == 1
    assert start() == ""  # a child process inherits the variable
    monkeypatch.delenv("_THINVENV_DRIFT")
    (site / drift.PATHS).unlink()
    assert start() == ""

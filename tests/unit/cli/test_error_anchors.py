"""Errors name their section in the documentation, and the documentation has a section for each of them."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from support import ROOT
from thinvenv import errors
from thinvenv.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_each_kind_of_error_has_a_section_and_each_section_a_kind() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    sections = [line[3:].lower().replace(" ", "-") for line in page.splitlines() if re.match("## .* error$", line)]
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]

    assert sorted(kind("x").anchor for kind in kinds) == sorted(sections)
    assert errors.NotAnEnvironmentError("x").anchor == "not-an-environment-error"
    assert type("PrivateError", (errors.BackendError,), {})("x").anchor == "backend-error"


def test_on_a_terminal_the_kind_of_an_error_is_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    shown = []
    for is_terminal in (False, True):
        monkeypatch.setattr(sys.stderr, "isatty", lambda is_terminal=is_terminal: is_terminal)
        assert main(["list", "--env", str(tmp_path / "missing")]) == 1
        shown.append(capsys.readouterr().err.splitlines()[0])

    what = f"error: there is no environment at {tmp_path / 'missing'} "
    link = "https://thinvenv.readthedocs.io/en/stable/troubleshooting.html#not-an-environment-error"
    name = "[not-an-environment-error]"
    assert shown == [what + name, f"{what}\x1b]8;;{link}\x1b\\{name}\x1b]8;;\x1b\\"]

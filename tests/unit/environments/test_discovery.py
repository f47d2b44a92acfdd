"""Which paths are those of launchers, which may start one interpreter today and another one tomorrow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from thinvenv.cache import Cache
from thinvenv.context.context import Context
from thinvenv.environments import discovery

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context({"PATH": str(tmp_path / "bin")}, str(tmp_path), Cache(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("target", "content", "expected"),
    [
        ("python3.13t", b"\x7fELF", False),
        ("pypy3.10", b"\x7fELF", False),
        ("python3", b"#!/bin/sh\n", True),
        ("python.bat", b"@echo off\n", True),
        ("mise", b"\x7fELF", True),
    ],
)
def test_a_script_or_a_program_with_another_name_is_a_launcher(
    target: str, content: bytes, *, expected: bool, tmp_path: Path, context: Context
) -> None:
    (tmp_path / target).write_bytes(content)
    program = tmp_path / "bin" / "python3.12"
    program.parent.mkdir()
    program.symlink_to(tmp_path / target)

    assert discovery.has_launcher("3.12", context) == expected
    assert discovery.has_launcher(str(program), context) == expected


def test_the_interpreter_that_a_launcher_chooses_is_that_which_it_starts(tmp_path: Path, context: Context) -> None:
    launcher = tmp_path / "launcher"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    launcher.chmod(0o755)

    assert discovery.chosen_by_launcher(sys.executable, context) == ""
    # Not the interpreter that this one was created from: a launcher may choose among several environments over it.
    assert discovery.chosen_by_launcher(str(launcher), context) == sys.executable

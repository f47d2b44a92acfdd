"""Errors and notes: what others have named reaches no terminal as it is."""

from __future__ import annotations

import errno
import io
import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thinvenv.cli.commands import print_lines
from thinvenv.cli.terminal import cell
from thinvenv.errors import RequirementError, UnwritableError, printable, way_out

NAME = "a\x1b]0;title\x07\x9b31m\r\x00\u202e\udcffz"
SHOWN = r"a\x1b]0;title\x07\x9b31m\r\x00\u202e\udcffz"


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    shown = printable(text, "\n")

    assert {unicodedata.category(char) for char in shown.replace("\n", "")}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert printable(shown, "\n") == shown
    shown.encode()


def test_a_name_cannot_begin_a_line_of_its_own() -> None:
    stream = io.StringIO()

    print_lines([f"passed over {NAME}\nerror: forged"], stream)

    assert stream.getvalue() == f"passed over {SHOWN}\\nerror: forged\n"
    assert str(RequirementError(f"cannot read {NAME}\nx", hint=NAME)) == f"cannot read {SHOWN}\\nx\nhint: {SHOWN}"
    assert str(cell(f"{NAME}[bold]")) == f"{SHOWN}[bold]"


def test_the_output_of_a_program_loses_its_colours() -> None:
    error = RequirementError("uv failed", why=("\x1b[1;31merror\x1b[0m: no\n\tsolution",))

    assert str(error) == "uv failed\n  error: no\n  \tsolution"


def test_an_error_of_the_system_has_no_number() -> None:
    error = RequirementError("cannot read x", why=(str(OSError(errno.EISDIR, "Is a directory", "/x")),))

    assert str(error) == "cannot read x\n  Is a directory: '/x'"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "owner of that folder"),
        (errno.EPERM, "owner of that folder"),
        (errno.EROFS, "file system that can be written"),
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
    ],
)
def test_a_failure_to_write_says_what_to_do(number: int, words: str) -> None:
    error = UnwritableError.of_writing("venv", OSError(number, os.strerror(number)))

    assert error.what == "cannot write to venv"
    assert os.strerror(number) in str(error)
    assert words in str(error.hint)


def test_other_failures_of_the_system_have_no_way_out() -> None:
    assert way_out(OSError(errno.EIO, "bad disk")) is None
    assert way_out(OSError("without a number")) is None

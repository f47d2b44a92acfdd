"""The command lines that are read without argparse mean the same as with it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from thinvenv.cli.parser import parse
from thinvenv.cli.quick_options import parse_create, parse_install

WORDS = [
    *("numpy", "scipy>=1,<2", ".", "./wheel.whl", "a b", " ", ""),
    *("--env", "-r", "--requirement", "-c", "--constraint", "-e", "--editable"),
    *("--python", "--clear", "--allow-existing", "--relocatable"),
    *("-q", "--quiet", "-v", "--verbose", "--json", "--no-progress", "--dry-run"),
    *("--env=x", "-rx", "-qv", "--", "-", "-1", "--upgrade", "--store", "--help"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=7))
@example(["-q", "numpy", "-r", "a.txt", "scipy", "-r", "b.txt", "--env", "x"])
@example(["--clear", "env", "--python", "3", "-r", "a.txt", "scipy", "-r", "b.txt", "numpy"])
def test_what_is_read_equals_what_argparse_reads(words: list[str]) -> None:
    for command, options in (("install", parse_install(words)), ("create", parse_create(words))):
        if options is not None:
            parsed = vars(parse([command, *words]))
            assert vars(options) == {name: parsed[name] for name in vars(options)}
            assert not any(parsed[name] for name in parsed.keys() - vars(options).keys() - {"arguments"})


@pytest.mark.parametrize(
    "words",
    [["--upgrade"], ["--env"], ["--env", " "], ["--env", "-q"], ["-r"], ["--", "numpy"], ["--env=x"], ["--help"]],
    ids=" ".join,
)
def test_other_command_lines_are_left_to_argparse(words: list[str]) -> None:
    assert parse_install(words) is None
    assert parse_create(words) is None
    assert parse_create(["env", "--clear", "--allow-existing"]) is None

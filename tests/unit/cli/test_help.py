"""The help of the commands, and the errors of the command line."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from support import ROOT
from support.command_line import thinvenv as call
from thinvenv.cli import help_texts
from thinvenv.cli.parser import COMMANDS, parse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_fits_a_screen_and_its_examples_are_valid(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("thinvenv.cli.parser._columns", lambda: 80)

    shown = call(name, "--help")

    assert shown.code == 0
    assert shown.out.startswith(f"usage: thinvenv {name} ")
    assert help_texts.description_of(name) in shown.out
    assert "\nexamples:\n" in shown.out
    assert "\nvariables:\n" in shown.out
    assert [line for line in shown.out.splitlines() if len(line) > 80] == []
    for line in shown.out.partition("\nexamples:\n")[2].partition("\n\n")[0].splitlines():
        program, *words = shlex.split(line.partition(" > ")[0])
        assert (program, parse(words).command) == ("thinvenv", name)


def test_the_reference_has_a_section_for_each_command() -> None:
    text = (ROOT / "docs" / "reference.md").read_text()

    assert [name for name in COMMANDS if f"\n### `thinvenv {name}" not in text] == []


@pytest.mark.parametrize("words", [(), ("--help",)])
def test_a_command_line_without_a_command_prints_the_help(words: tuple[str, ...]) -> None:
    shown = call(*words)

    assert (shown.code, shown.err) == (0, "")
    assert {line.split()[0] for line in shown.out.splitlines() if line.startswith("    ")} >= {*COMMANDS}
    assert call("-V").out == call("--version").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("instal", "numpy"), "invalid choice: 'instal'\nhint: did you mean `install`?"),
        (("install", "--prnue"), "unrecognized arguments: --prnue\nhint: did you mean `--prune`?"),
        (
            ("install", "--reuse", "link"),
            "hint: `--reuse` is an option of `create`, `run`, `set`\n",
        ),
        (
            ("install", "--user", "alpha"),
            "arguments: --user\nhint: thinvenv installs into one virtual environment: name it with `--env`\n",
        ),
        (("run", "--json", "x.py"), "arguments: --json\nhint: `--json` is an option of other commands\n"),
        (("run", "--resolution", "lowest"), "arguments: --resolution\n"),
        (("run", "-m", "pytest"), "arguments: -m\nhint: `thinvenv run -- python -m MODULE` runs a module\n"),
        (
            ("install", "--refresh", "x"),
            "hint: a requirements file can have the line `--refresh`: name the file with `-r`\n",
        ),
        (("create",), "create: error: the following arguments are required: ENV\n"),
        (("fleet", "run"), "usage: thinvenv fleet run [OPTION]... [-- ARGUMENT...]\n"),
        (("list", "--sort"), "unrecognized arguments: --sort\n"),
        (("install", "--xyzzy=3"), "unrecognized arguments: --xyzzy=3\n"),
        (("list", "numpy"), "unrecognized arguments: numpy\n"),
        (("create", "env", "--clear", "--allow-existing"), "not allowed with argument --clear"),
    ],
)
def test_a_wrong_command_line_is_a_short_error(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    refused = call(*words)

    assert (refused.code, refused.out) == (2, "")
    assert message in refused.err
    assert len(refused.err.splitlines()) <= 3
    assert list(tmp_path.iterdir()) == []

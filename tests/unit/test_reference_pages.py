"""The generated parts of the documentation have every command, option and setting."""

from __future__ import annotations

import re

from reference_pages import MARKS, filled
from support import ROOT
from thinvenv.cli.parser import COMMANDS, command_parser
from thinvenv.config.settings import SETTINGS


def test_the_reference_of_commands_has_every_option_that_the_help_shows() -> None:
    page = filled((ROOT / "docs" / "commands.md").read_text(encoding="utf-8"))
    sections = dict(re.findall(r"^## `thinvenv ([\w-]+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))

    assert list(sections) == list(COMMANDS)
    for name, section in sections.items():
        shown = set(re.findall(r"^  .*?(--[a-z][a-z-]+)", command_parser(name).format_help(), re.MULTILINE))
        assert sorted(shown - {"--help"} - set(re.findall(r"--[a-z-]+", section))) == []


def test_the_reference_of_settings_has_every_spelling() -> None:
    page = filled((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))

    for setting in SETTINGS:
        section = page.partition(f"## `{setting.file_key}`\n")[2].partition("\n## ")[0]
        for spelling in (setting.own_option, setting.variable, setting.field, setting.key, setting.option):
            assert f"`{spelling}`" in section


def test_each_generated_part_stands_on_a_page() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))

    assert [mark for mark in MARKS if mark not in pages] == []

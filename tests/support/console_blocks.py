"""The console blocks of the documentation: their commands, and what the pages say that these print."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = tuple(sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]))
"""All pages that may have console blocks."""

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBER = r"\d(?:[\d.,]*\d)?(?: (?:B|kB|MB|GB|ms|s)\b)?"


@dataclass(frozen=True)
class Command:
    """A command of a console block.

    Attributes:
        place: The page and the line.
        text: The command, as a shell reads it.
        output: The lines that it prints, according to the page; empty if the page does not show them.

    """

    place: str
    text: str
    output: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """The words of the command, without comments and redirections."""
        return shlex.split(re.split(r" (?:[|>]|2>) ?", self.text)[0], comments=True)

    @property
    def program(self) -> str:
        """The name of the program, after variables that are set for it alone."""
        return next(word for word in self.words if not re.match(r"[A-Z_]+=", word))


def commands_of(page: Path) -> Iterator[list[Command]]:
    """Yield the commands of each console block of a page."""
    text = page.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start()) + 2
        commands: list[tuple[int, str, list[str]]] = []
        for number, line in enumerate(block[1].splitlines(), first):
            if line.startswith("$ "):
                commands.append((number, line[2:], []))
            else:
                commands[-1][2].append(line)
        yield [Command(f"{page.name}:{number}", line, tuple(output)) for number, line, output in commands]


def matches(documented: tuple[str, ...], printed: str) -> bool:
    """Return whether a program printed what a page says.

    Numbers, sizes and the widths of columns may differ, ``/home/me`` and ``/opt/conda`` stand for any directory, and a
    line ``…`` for any lines.
    """
    pattern = "".join(".*?" if line == "…" else rf"\s*{_as_pattern(line)}\s*\n" for line in documented)
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def _as_pattern(line: str) -> str:
    parts = re.split(rf"(/home/me|/opt/conda|{_NUMBER}|…|\s+)", line.strip())
    return "".join(map(_part_pattern, parts))


def _part_pattern(part: str) -> str:
    if part in {"/home/me", "/opt/conda"}:
        return r"/\S*"
    if part == "…":
        return ".*"
    if re.fullmatch(_NUMBER, part):
        return _NUMBER
    return r"\s+" if part.isspace() else re.escape(part)

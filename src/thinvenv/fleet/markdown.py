"""A fleet in Markdown, as a CI job shows it in its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.fleet.summary import all_remarks, by_size, environment_cells, repetition_cells, summary_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thinvenv.fleet.values import Fleet

_ENVIRONMENTS = 200
_DISTRIBUTIONS = 20
"""The rows of both tables at most: a summary on GitHub may take a megabyte."""


def markdown_lines(fleet: Fleet, cwd: str) -> list[str]:
    """Return a fleet as lines of Markdown.

    Args:
        fleet: The fleet.
        cwd: The directory that paths are relative to, if they lie below.

    """
    environments = _table(
        ("environment", "Python", "tool", "mode", "distributions", "files", "on disk", "saved"),
        (environment_cells(environment, cwd) for environment in by_size(fleet.environments)[:_ENVIRONMENTS]),
        words=4,
    )
    distributions = _table(
        ("distribution", "copies", "versions", "files", "on disk", "repeated"),
        map(repetition_cells, fleet.repetitions[:_DISTRIBUTIONS]),
        words=1,
    )
    remarks = [f"- {_cell(path)}: {_cell(remark)}" for path, remark in all_remarks(fleet, cwd)]
    title = ["### Virtual environments", "", *(f"{line}  " for line in summary_lines(fleet)), ""]
    if not fleet.environments:
        return title
    hidden = ["", "<details><summary>Distributions</summary>", "", *distributions, "", "</details>"]
    return [*title, *environments, *(hidden if fleet.repetitions else []), *(["", *remarks] if remarks else [])]


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]], words: int) -> list[str]:
    """Return a table; the first columns contain words, and the others numbers."""
    rules = ["---"] * words + ["--:"] * (len(titles) - words)
    return [f"| {' | '.join(map(_cell, cells))} |" for cells in (titles, rules, *rows)]


def _cell(text: str) -> str:
    """Return a text so that Markdown shows it as it is."""
    return "".join(f"\\{mark}" if mark in r"\`*_[]<>|" else mark for mark in text)

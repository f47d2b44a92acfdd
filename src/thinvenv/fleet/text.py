"""A fleet as text: a table for a terminal of 80 columns, or Markdown for a CI job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.errors import printable
from thinvenv.fleet import summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thinvenv.fleet.values import Fleet, FleetEnvironment

WIDTH = 80
_SHOWN = 40
"""The environments that are shown without ``--all``. Of the distributions and the remarks, it is a quarter."""
_COLUMNS = (("python", 7), ("tool", 10), ("mode", 7), ("dists", -5), ("files", -7), ("on disk", -7), ("saved", -7))
"""The columns after the path: title and width. Numbers are on the right, with a negative width."""
_REPETITION_COLUMNS = (("copies", -7), ("versions", -8), ("files", -7), ("on disk", -7), ("repeated", -8))
_MARKDOWN_ENVIRONMENTS = 200
_MARKDOWN_DISTRIBUTIONS = 20
"""The rows of both tables at most: a summary on GitHub may take a megabyte."""


def table_lines(fleet: Fleet, cwd: str, *, complete: bool = False, width: int = WIDTH) -> list[str]:
    """Return a fleet as lines: its environments, the distributions that take most, and the sums.

    Args:
        fleet: The fleet.
        cwd: The directory that paths are relative to, if they lie below.
        complete: Whether all environments and distributions are shown, and not only those that take most.
        width: The columns that a line may take.

    """
    if not fleet.environments:
        return summary.summary_lines(fleet)
    shown = _largest(fleet.environments, complete=complete)
    rows = [summary.environment_cells(environment, cwd) for environment in shown]
    lines = _table("environment", _COLUMNS, rows, width)
    if rest := len(fleet.environments) - len(shown):
        lines.append(f"and {rest} smaller ones: --all shows them")
    repetitions = fleet.repetitions if complete else fleet.repetitions[: _SHOWN // 4]
    if repetitions:
        lines += ["", *_table("distribution", _REPETITION_COLUMNS, map(summary.repetition_cells, repetitions), width)]
    remarks = [f"{path}: {remark}" for path, remark in summary.all_remarks(fleet, cwd)]
    if not complete and len(remarks) > _SHOWN // 4:
        remarks = [*remarks[: _SHOWN // 4], f"and {len(remarks) - _SHOWN // 4} more: --all shows them"]
    return [*lines, "", *remarks, *summary.summary_lines(fleet)]


def _largest(environments: Sequence[FleetEnvironment], *, complete: bool) -> list[FleetEnvironment]:
    """Return the environments to show, in the order of their paths."""
    if complete or len(environments) <= _SHOWN:
        return list(environments)
    return sorted(summary.by_size(environments)[:_SHOWN], key=lambda environment: environment.description.path)


def _table(title: str, columns: Sequence[tuple[str, int]], rows: Iterable[tuple[str, ...]], width: int) -> list[str]:
    first = width - sum(abs(size) + 1 for _, size in columns)
    titles = (title, *(name for name, _ in columns))
    return [_line(cells, first, columns) for cells in (titles, *rows)]


def _line(cells: Sequence[str], first: int, columns: Sequence[tuple[str, int]]) -> str:
    """Return a line of a table. A path that is too long loses its beginning, another cell its end."""
    path = printable(cells[0])
    path = path if len(path) <= first else f"…{path[-first + 1 :]}"
    parts = [path.ljust(first)]
    for cell, (_, size) in zip(cells[1:], columns, strict=True):
        text = cell[: abs(size)]
        parts.append(text.rjust(-size) if size < 0 else text.ljust(size))
    return " ".join(parts).rstrip()


def markdown_lines(fleet: Fleet, cwd: str) -> list[str]:
    """Return a fleet as lines of Markdown.

    Args:
        fleet: The fleet.
        cwd: The directory that paths are relative to, if they lie below.

    """
    titles = ("environment", "Python", "tool", "mode", "distributions", "files", "on disk", "saved")
    largest = summary.by_size(fleet.environments)[:_MARKDOWN_ENVIRONMENTS]
    environments = _markdown_table(titles, (summary.environment_cells(env, cwd) for env in largest), words=4)
    cells = map(summary.repetition_cells, fleet.repetitions[:_MARKDOWN_DISTRIBUTIONS])
    distributions = _markdown_table(summary.REPETITION_TITLES, cells, words=1)
    escaped = (map(_markdown_cell, pair) for pair in summary.all_remarks(fleet, cwd))
    remarks = [f"- {path}: {remark}" for path, remark in escaped]
    title = ["### Virtual environments", "", *(f"{line}  " for line in summary.summary_lines(fleet)), ""]
    if not fleet.environments:
        return title
    hidden = ["", "<details><summary>Distributions</summary>", "", *distributions, "", "</details>"]
    return [*title, *environments, *(hidden if fleet.repetitions else []), *(["", *remarks] if remarks else [])]


def _markdown_table(titles: Sequence[str], rows: Iterable[Sequence[str]], words: int) -> list[str]:
    """Return a table; the first columns contain words, and the others numbers."""
    rules = ["---"] * words + ["--:"] * (len(titles) - words)
    return [f"| {' | '.join(map(_markdown_cell, cells))} |" for cells in (titles, rules, *rows)]


def _markdown_cell(text: str) -> str:
    """Return a text so that Markdown shows it as it is."""
    return "".join(f"\\{mark}" if mark in r"\`*_[]<>|" else mark for mark in text)

"""A fleet as a table for a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.errors import printable
from thinvenv.fleet.summary import all_remarks, by_size, environment_cells, repetition_cells, summary_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thinvenv.fleet.values import Fleet, FleetEnvironment

WIDTH = 80
_SHOWN = 40
"""The environments that are shown without ``--all``. Of the distributions and the remarks, it is a quarter."""
_COLUMNS = (("python", 7), ("tool", 10), ("mode", 7), ("dists", -5), ("files", -7), ("on disk", -7), ("saved", -7))
"""The columns after the path: title and width. Numbers are on the right, with a negative width."""
_REPETITION_COLUMNS = (("copies", -7), ("versions", -8), ("files", -7), ("on disk", -7), ("repeated", -8))


def table_lines(fleet: Fleet, cwd: str, *, complete: bool = False, width: int = WIDTH) -> list[str]:
    """Return a fleet as lines: its environments, the distributions that take most, and the sums.

    Args:
        fleet: The fleet.
        cwd: The directory that paths are relative to, if they lie below.
        complete: Whether all environments and distributions are shown, and not only those that take most.
        width: The columns that a line may take.

    """
    if not fleet.environments:
        return summary_lines(fleet)
    shown = _largest(fleet.environments, complete=complete)
    rows = [environment_cells(environment, cwd) for environment in shown]
    lines = _table("environment", _COLUMNS, rows, width)
    if rest := len(fleet.environments) - len(shown):
        lines.append(f"and {rest} smaller ones: --all shows them")
    repetitions = fleet.repetitions if complete else fleet.repetitions[: _SHOWN // 4]
    if repetitions:
        lines += ["", *_table("distribution", _REPETITION_COLUMNS, map(repetition_cells, repetitions), width)]
    remarks = [f"{path}: {remark}" for path, remark in all_remarks(fleet, cwd)]
    if not complete and len(remarks) > _SHOWN // 4:
        remarks = [*remarks[: _SHOWN // 4], f"and {len(remarks) - _SHOWN // 4} more: --all shows them"]
    return [*lines, "", *remarks, *summary_lines(fleet)]


def _largest(environments: Sequence[FleetEnvironment], *, complete: bool) -> list[FleetEnvironment]:
    """Return the environments to show, in the order of their paths."""
    if complete or len(environments) <= _SHOWN:
        return list(environments)
    return sorted(by_size(environments)[:_SHOWN], key=lambda environment: environment.description.path)


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

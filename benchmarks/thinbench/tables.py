"""Markdown tables with aligned columns, durations and sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNITS = ("B", "kB", "MB", "GB")


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table: the first column is left-aligned, the others right-aligned."""
    table = [list(header), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(row, widths) for row in [table[0], rule, *table[1:]])


def seconds(value: float) -> str:
    """Return a duration with three digits: ``12.3 s``, ``0.12 s``, ``4.1 ms``."""
    if value < 0.1:  # noqa: PLR2004 - milliseconds are easier to read
        return f"{value * 1000:.{1 if value < 0.01 else 0}f} ms"  # noqa: PLR2004 - ten milliseconds
    return f"{value:.{1 if value >= 10 else 2}f} s"  # noqa: PLR2004 - two digits are enough


def size(count: float) -> str:
    """Return a number of bytes with a unit: ``4 B``, ``1.4 MB``, ``212 MB``."""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - the factor between two units
        count, unit = count / 1000, unit + 1
    return f"{count:.{1 if unit and count < 10 else 0}f} {_UNITS[unit]}"  # noqa: PLR2004 - two digits are enough


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]) + " |"

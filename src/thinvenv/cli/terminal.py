"""Tables on a terminal, as wide as it is and with colours. The only module that knows rich."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from thinvenv.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal

_LONG_TITLES = ("from", "why")
"""The columns that a narrow terminal breaks into lines."""
_STYLES = {"reuse": "green", "install": "cyan", "shadow": "yellow", "remove": "red"}
"""The colours of actions."""


def print_table(rows: Iterable[Mapping[str, str]], numbers: Iterable[str], lines: Iterable[str]) -> None:
    """Print a table to standard output, and lines below it.

    Args:
        rows: The cells of each row by the titles of their columns, which all rows have.
        numbers: The titles of the columns that are aligned to the right.
        lines: The lines.

    """
    # Lines are not wrapped if a file or another program receives them.
    console = Console(width=None if sys.stdout.isatty() else 500, soft_wrap=not sys.stdout.isatty())
    table = Table(box=None, pad_edge=False, header_style="bold")
    rows = list(rows)
    for title in rows[0] if rows else ():
        justify: Literal["right", "left"] = "right" if title in numbers else "left"
        # Names and versions are never broken into lines.
        table.add_column(title, justify=justify, overflow="fold", no_wrap=title not in _LONG_TITLES)
    for row in rows:
        table.add_row(*(cell(text, _STYLES.get(text, "") if title == "action" else "") for title, text in row.items()))
    if rows:
        console.print(table)
    for line in lines:
        console.print(cell(line), soft_wrap=True)


def cell(text: str, style: str = "") -> Text:
    """Return the content of a cell. rich would read ``[extra]`` as markup, and print control characters."""
    return Text(printable(text), style=style)

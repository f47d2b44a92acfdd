"""The sortable tables of the page about a fleet."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from thinvenv.errors import printable
from thinvenv.fleet.summary import REPETITION_TITLES, by_size, remarks_of, short_path
from thinvenv.report import human_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thinvenv.fleet.values import FleetEnvironment, Repetition


def html_text(text: str) -> str:
    """Return a text for a page, also for an attribute in it."""
    return escape(printable(text))


class _Text(NamedTuple):
    """A cell with a text, and a remark below it."""

    value: str
    remark: str = ""

    def html(self, tag: str) -> str:
        """Return the cell as an element."""
        shown = html_text(self.value)
        remark = f"<small>{html_text(self.remark)}</small>" if self.remark else ""
        scope = ' scope="row"' if tag == "th" else ""
        return f'<{tag}{scope} data-value="{shown}">{shown}{remark}</{tag}>'


class _Number(NamedTuple):
    """A cell with a number, or a number of bytes."""

    value: int
    shown: str

    def html(self, tag: str) -> str:
        """Return the cell as an element."""
        return f'<{tag} class="number" data-value="{self.value}">{self.shown}</{tag}>'


def environment_table(environments: Iterable[FleetEnvironment], cwd: str) -> str:
    """Return a table of environments; what takes most comes first.

    Args:
        environments: The environments.
        cwd: The directory that paths are relative to, if they lie below.

    """
    titles = ("environment", "Python", "tool", "mode", "last use", "distributions", "files", "on disk", "saved")
    return _table(
        "Environments", titles, 5, (_environment_row(environment, cwd) for environment in by_size(environments))
    )


def distribution_table(repetitions: Iterable[Repetition]) -> str:
    """Return a table of distributions; what takes most comes first."""
    return _table("Distributions", REPETITION_TITLES, 1, map(_repetition_row, repetitions))


def _environment_row(environment: FleetEnvironment, cwd: str) -> list[_Text | _Number]:
    description, sizes = environment.description, environment.sizes
    return [
        _Text(short_path(description.path, cwd), "; ".join(remarks_of(environment))),
        _Text(description.python),
        _Text(description.tool),
        _Text(description.mode),
        _Text(f"{datetime.fromtimestamp(description.last_use):%Y-%m-%d}" if description.last_use else ""),  # noqa: DTZ006 - the day here
        _count(len(environment.distributions)),
        _count(sizes.files),
        _bytes(sizes.disk_bytes),
        _bytes(environment.saved_bytes),
    ]


def _repetition_row(repetition: Repetition) -> list[_Text | _Number]:
    return [
        _Text(repetition.name),
        _count(repetition.copy_count),
        _count(repetition.version_count),
        _count(repetition.sizes.files),
        _bytes(repetition.sizes.disk_bytes),
        _bytes(repetition.repeated_bytes),
    ]


def _count(number: int) -> _Number:
    return _Number(number, f"{number:,}")


def _bytes(number: int) -> _Number:
    return _Number(number, human_size(number) if number else "")


def _table(name: str, titles: Sequence[str], words: int, rows: Iterable[Sequence[_Text | _Number]]) -> str:
    """Return a table whose first columns contain words, sorted by the column ``on disk``."""
    heads = "".join(_head(title, is_number=index >= words) for index, title in enumerate(titles))
    body = "\n".join(
        f"<tr>{''.join(cell.html('td' if index else 'th') for index, cell in enumerate(row))}</tr>" for row in rows
    )
    return (
        f'<div class="scroll tall" tabindex="0" role="region" aria-label="{name}">\n'
        f"<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _head(title: str, *, is_number: bool) -> str:
    kind = ' class="number"' if is_number else ""
    order = ' aria-sort="descending"' if title == "on disk" else ""
    return f'<th scope="col"{kind}{order}><button type="button">{title}</button></th>'

"""The results as pictures in SVG: a bar chart of all cases, and an overview for the first screen of the README."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING, Any

from thinbench.results import OURS
from thinbench.tables import seconds, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

WIDTH, LABELS, BAR, GAP, LINE = 800, 190, 16, 6, 18
_ROOM = WIDTH - LABELS - 80
_CHARACTERS = 110  # of a title in one line
_OUTLIER = 4
"""A bar that is more than this multiple of the next one is cut, so that the others can be compared."""
_COLOURS = ("#b8c0cc", "#2f7d4f")
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}.v{font-size:12px}"
    ".s{font-size:12px;opacity:.75}.c{stroke:#fff;stroke-width:3}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.c{stroke:#0d1117}}"
)

OVERVIEW = {
    "everyday-recreate": ("an everyday project", "a package, pytest, 2 plugins;", "the base has nothing of it"),
    "tox-recreate": ("a scientific project", "numpy, scipy, pandas and", "4 more; the base has them"),
    "fleet": ("a fleet", "50 environments of", "the scientific project"),
}
"""The cases of the overview, each with its title and two lines of explanation."""
_PEERS = {"tox + tox-uv": "tox-uv", "tox + thinvenv": "thinvenv"}
_COLUMNS: dict[str, tuple[Callable[[Mapping[str, Any]], float], Callable[[float], str]]] = {
    "files": (lambda row: row["footprint"]["files"], "{:,.0f}".format),
    "size": (lambda row: row["footprint"]["apparent"], size),
    "processor time": (lambda row: row["cpu"], seconds),
}
_COLUMN = 200


def svg(cases: Iterable[Mapping[str, Any]]) -> str:
    """Return a chart of some cases, one below the other, each with its own scale."""
    parts: list[str] = []
    top = 10
    for case in cases:
        for line in textwrap.wrap(case["title"], _CHARACTERS):
            parts.append(f'<text class="t" x="0" y="{top + 14}">{escape(line)}</text>')
            top += LINE
        top += GAP
        medians = {name: row["median"] for name, row in case["rows"].items()}
        for name, median in medians.items():
            parts.append(_bar(name, median, longest(medians.values()), top))
            top += BAR + GAP
        top += GAP * 2
    return _document(parts, top, "Time of each tool in each case; shorter is better")


def longest(values: Iterable[float]) -> float:
    """Return the value that fills the width. An outlier among several is cut, and does not count."""
    *others, last = sorted(values)
    return others[-1] if len(others) > 1 and last > _OUTLIER * others[-1] else last


def overview(cases: Mapping[str, Any]) -> str:
    """Return a picture of the cases in :data:`OVERVIEW` that were measured: files, size and processor time."""
    top = 40
    parts = [f'<text class="t" x="{_left(number)}" y="16">{name}</text>' for number, name in enumerate(_COLUMNS)]
    for name, (title, *lines) in OVERVIEW.items():
        rows = cases.get(name, {}).get("rows", {})
        if not all("footprint" in rows.get(peer, ()) for peer in _PEERS):
            continue
        parts.append(f'<text class="t" x="0" y="{top + 12}">{title}</text>')
        parts += [f'<text class="s" x="0" y="{top + 12 + LINE * n}">{line}</text>' for n, line in enumerate(lines, 1)]
        for number, (value_of, text_of) in enumerate(_COLUMNS.values()):
            values = {peer: value_of(rows[peer]) for peer in _PEERS}
            for place, (peer, value) in enumerate(values.items()):
                parts.append(_small_bar(peer, value / max(values.values()), text_of(value), number, top + 26 * place))
        top += 76
    return _document(parts, top, "Files, size and processor time of environments by tox-uv and by thinvenv")


def _left(column: int) -> int:
    return 195 + column * (_COLUMN + 5)


def _small_bar(peer: str, share: float, text: str, column: int, top: int) -> str:
    left, width = _left(column), max(2.0, 60 * share)
    return (
        f'<rect x="{left}" y="{top}" width="{width:.1f}" height="{BAR}" rx="2" fill="{_COLOURS[OURS in peer]}"/>'
        f'<text class="v" x="{left + width + 6:.1f}" y="{top + 12}">{text}'
        f' <tspan class="s">{_PEERS[peer]}</tspan></text>'
    )


def _bar(peer: str, median: float, full: float, top: int) -> str:
    is_cut = median > full
    width = _ROOM if is_cut else max(1.0, _ROOM * median / full)
    middle = top + BAR - 4
    end = LABELS + width
    cut = f'<path class="c" d="M{end - 26:.0f} {top + BAR + 2}l8 -{BAR + 4}"/>' if is_cut else ""
    return (
        f'<text x="{LABELS - 10}" y="{middle}" text-anchor="end">{escape(peer)}</text>'
        f'<rect x="{LABELS}" y="{top}" width="{width:.1f}" height="{BAR}" rx="2" fill="{_COLOURS[OURS in peer]}"/>{cut}'
        f'<text class="v" x="{end + 6:.1f}" y="{middle}">{seconds(median)}</text>'
    )


def _document(parts: Iterable[str], height: int, label: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return f'{head} role="img" aria-label="{label}">\n<style>{_STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n"

"""The results as a picture: bars, in SVG, which needs no library and stays sharp."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from thinbench.results import OURS
from thinbench.tables import seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thinbench.results import Case, Row

WIDTH, LABELS, BAR, GAP, TITLE = 800, 190, 16, 6, 34
_COLOURS = ("#b8c0cc", "#2f7d4f")
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}.v{font-size:12px}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}}"
)


def svg(cases: Sequence[Case]) -> str:
    """Return a picture of some cases, one below the other, each with a scale of its own."""
    parts: list[str] = []
    top = 10
    for case in cases:
        parts.append(f'<text class="t" x="0" y="{top + 16}">{escape(case.title)}</text>')
        top += TITLE
        longest = max(row.timing.median for row in case.rows)
        for row in case.rows:
            parts.append(_bar(row, longest, top))
            top += BAR + GAP
        top += GAP * 2
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}"'
    label = "Time of each tool in each case; shorter is better"
    return f'{head} role="img" aria-label="{label}">\n<style>{_STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n"


def _bar(row: Row, longest: float, top: int) -> str:
    room = WIDTH - LABELS - 80
    width = max(1.0, room * row.timing.median / longest)
    colour = _COLOURS[OURS in row.peer]
    middle = top + BAR - 4
    return (
        f'<text x="{LABELS - 10}" y="{middle}" text-anchor="end">{escape(row.peer)}</text>'
        f'<rect x="{LABELS}" y="{top}" width="{width:.1f}" height="{BAR}" rx="2" fill="{colour}"/>'
        f'<text class="v" x="{LABELS + width + 6:.1f}" y="{middle}">{seconds(row.timing.median)}</text>'
    )

"""The results as a bar chart in SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from thinbench.results import OURS
from thinbench.tables import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WIDTH, LABELS, BAR, GAP, TITLE = 800, 190, 16, 6, 34
_COLOURS = ("#b8c0cc", "#2f7d4f")
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}.v{font-size:12px}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}}"
)


def svg(cases: Iterable[Mapping[str, Any]]) -> str:
    """Return a chart of some cases, one below the other, each with its own scale."""
    parts: list[str] = []
    top = 10
    for case in cases:
        parts.append(f'<text class="t" x="0" y="{top + 16}">{escape(case["title"])}</text>')
        top += TITLE
        medians = {name: row["median"] for name, row in case["rows"].items()}
        for name, median in medians.items():
            parts.append(_bar(name, median, max(medians.values()), top))
            top += BAR + GAP
        top += GAP * 2
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}"'
    label = "Time of each tool in each case; shorter is better"
    return f'{head} role="img" aria-label="{label}">\n<style>{_STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n"


def _bar(peer: str, median: float, longest: float, top: int) -> str:
    room = WIDTH - LABELS - 80
    width = max(1.0, room * median / longest)
    colour = _COLOURS[OURS in peer]
    middle = top + BAR - 4
    return (
        f'<text x="{LABELS - 10}" y="{middle}" text-anchor="end">{escape(peer)}</text>'
        f'<rect x="{LABELS}" y="{top}" width="{width:.1f}" height="{BAR}" rx="2" fill="{colour}"/>'
        f'<text class="v" x="{LABELS + width + 6:.1f}" y="{middle}">{seconds(median)}</text>'
    )

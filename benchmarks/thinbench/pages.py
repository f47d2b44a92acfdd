"""The figures in the documentation: written from the results, between two marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from thinbench.report import summary, table, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGES = ("README.md", "docs/performance.md")
_MARKED = re.compile(r"(?P<begin><!-- figures: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end of figures -->)", re.DOTALL)


def filled(text: str, results: Mapping[str, Any]) -> str:
    """Return a page with the figures of the results.

    ``<!-- figures: NAME -->`` begins the figures of a case (``summary``: of the machine), and
    ``<!-- end of figures -->`` ends them. Figures of cases without results stay as they are.
    """

    def figures(match: re.Match[str]) -> str:
        name = match["name"]
        if name == "summary":
            return f"{match['begin']}{summary(results)}\n{match['end']}"
        case = results["cases"].get(name)
        if case is None:
            return match[0]
        parts = [part for part in (table(case), verdicts(case)) if part]
        return match["begin"] + "\n\n".join(parts) + "\n" + match["end"]

    return _MARKED.sub(figures, text)

"""The figures in the documentation: between two marks, written from the results and never by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from thinbench.report import summary, table, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGES = ("README.md", "docs/performance.md")
_MARKED = re.compile(r"(?P<begin><!-- figures: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end of figures -->)", re.DOTALL)


def filled(text: str, found: Mapping[str, Any]) -> str:
    """Return a page with its figures as they stand in the results.

    ``<!-- figures: NAME -->`` begins those of a case, or with the name ``summary`` where they
    were measured; ``<!-- end of figures -->`` ends them. What was not measured stays as it is.
    """

    def figures(match: re.Match[str]) -> str:
        name = match["name"]
        if name == "summary":
            return f"{match['begin']}{summary(found)}\n{match['end']}"
        case = found["cases"].get(name)
        if case is None:
            return match[0]
        parts = [part for part in (table(case), verdicts(case)) if part]
        return match["begin"] + "\n\n".join(parts) + "\n" + match["end"]

    return _MARKED.sub(figures, text)

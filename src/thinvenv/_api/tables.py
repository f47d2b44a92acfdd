"""Plans and the results of checks as HTML tables, which notebooks show."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from thinvenv import report
from thinvenv.errors import printable
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thinvenv.model import Health, Plan


def plan_table(plan: Plan) -> str:
    """Return a plan as a table: its summary and its warnings, and a row for each step."""
    rows = [
        (step.action, step.name, step.version or "", report.step_place(step), redacted(" -> ".join(step.because)))
        for step in plan.steps
    ]
    caption = [report.summary(plan, report.installed_size(plan)), *(f"warning: {text}" for text in plan.warnings)]
    return _table(caption, ("action", "distribution", "version", "from", "why"), rows)


def health_table(health: Health) -> str:
    """Return the result of a check as a table: the environment, and a row for each finding."""
    rows = [(finding.level, finding.kind, finding.text) for finding in health.findings]
    return _table([f"{health.environment}: {health.summary()}"], ("level", "kind", "finding"), rows)


def _table(caption: Iterable[str], header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table. Nothing in its texts is read as HTML, and control characters are escaped."""
    lines = "<br>".join(escape(printable(redacted(text))) for text in caption)
    head = _row("th", header) if rows else ""
    return f"<table><caption>{lines}</caption>{head}{''.join(_row('td', row) for row in rows)}</table>"


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(printable(cell))}</{tag}>' for cell in cells)}</tr>"

"""Plans and inventories as tables. The only module that knows rich."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from thinvenv import report
from thinvenv.cli.commands import print_warnings
from thinvenv.distributions.installed_files import size_of
from thinvenv.errors import printable
from thinvenv.model import Reuse, Shadow
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thinvenv.model import Inventory, Plan, Step

_SAVED = "size saved"
_PLAN_TITLES = ("action", "distribution", "version", "from", _SAVED, "why")
_STYLES = {"reuse": "green", "install": "cyan", "shadow": "yellow", "remove": "red"}


def show_plan(plan: Plan, *, done: bool, complete: bool = False) -> None:
    """Print a plan to standard output, and its warnings to standard error.

    Args:
        plan: The plan.
        done: Whether it has been applied. Then only the changes are shown, and not what is reused.
        complete: Whether what is reused is shown all the same.

    """
    steps = plan.changes if done and not complete else plan.steps
    table = Table(box=None, pad_edge=False, header_style="bold")
    titles = [title for title in _PLAN_TITLES if title != _SAVED or not done]
    for title in titles:
        table.add_column(title, justify="right" if title == _SAVED else "left", overflow="fold")
    for step in steps:
        cells = dict(zip(_PLAN_TITLES, _plan_row(step), strict=True))
        table.add_row(*(_cell(cells[title]) for title in titles))
    console = _console()
    if steps:
        console.print(table)
    console.print(("done: " if done else "plan: ") + report.summary(plan), highlight=False)
    print_warnings(plan)


def show_inventory(inventory: Inventory, latest: Mapping[str, str] | None = None) -> None:
    """Print the distributions that an environment imports, by name, with their layer.

    Args:
        inventory: The distributions of all layers.
        latest: The newer versions of the outdated ones by name, if only these are shown.

    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("distribution", "version", *(["latest"] if latest is not None else []), "kind", "layer"):
        table.add_column(title, overflow="fold")
    for dist in report.listed(inventory, latest):
        kind = "venv" if inventory.in_venv(dist) else "base"
        newer = [] if latest is None else [latest[dist.name]]
        table.add_row(*map(_cell, (dist.name, dist.version, *newer, kind, dist.layer)))
    _console().print(table)


def _cell(content: Text | str) -> Text:
    """Return the content of a cell. rich would read ``[extra]`` as markup, and print control characters."""
    return content if isinstance(content, Text) else Text(printable(content))


def _console() -> Console:
    # Lines are not wrapped if a file or another program receives them.
    return Console(width=None if sys.stdout.isatty() else 500, soft_wrap=not sys.stdout.isatty())


def _plan_row(step: Step) -> tuple[Text | str, ...]:
    why = redacted(" -> ".join(step.because))
    action = Text(step.action, style=_STYLES[step.action])
    hidden = f" (hides {step.replaces.version})" if isinstance(step, Shadow) else ""
    saved = report.human_size(size_of(step.distribution)) if isinstance(step, Reuse) else ""
    return action, step.name, f"{step.version or ''}{hidden}", report.step_place(step), saved, why

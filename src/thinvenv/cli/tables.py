"""Plans and inventories as tables. The only module that knows rich."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from thinvenv import report
from thinvenv.cli.commands import print_warnings
from thinvenv.cli.outcome import layer_names
from thinvenv.cli.outcome import show as show_outcome
from thinvenv.distributions.disk_usage import size_of
from thinvenv.errors import printable
from thinvenv.model import Remove, Reuse, Shadow
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Literal

    from thinvenv.model import Inventory, Plan, Step

__all__ = ["show_inventory", "show_outcome", "show_plan"]

_SAVED = "saved"
_PLAN_TITLES = ("action", "distribution", "version", "from", _SAVED, "why")
_LONG_TITLES = ("from", "why")
"""The columns that a narrow terminal breaks into lines."""
_STYLES = {"reuse": "green", "install": "cyan", "shadow": "yellow", "remove": "red"}


def show_plan(plan: Plan, *, done: bool, complete: bool = False) -> None:
    """Print a plan to standard output, and its warnings to standard error.

    Args:
        plan: The plan.
        done: Whether it has been applied. Then only the changes are shown, and not what is reused.
        complete: Whether what is reused is shown all the same.

    """
    steps = plan.changes if done and not complete else plan.steps
    titles = [title for title in _PLAN_TITLES if title != _SAVED or not done]
    table = _table(titles)
    names = layer_names(step.distribution.layer for step in steps if isinstance(step, Reuse))
    for step in steps:
        cells = dict(zip(_PLAN_TITLES, _plan_row(step, names, plan.stored), strict=True))
        table.add_row(*(_cell(cells[title]) for title in titles))
    console = _console()
    if steps:
        console.print(table)
    _print_legend(names, console)
    if not done:
        console.print(f"plan: {report.summary(plan)}", highlight=False)
    print_warnings(plan)


def show_inventory(inventory: Inventory, latest: Mapping[str, str] | None = None) -> None:
    """Print the distributions that an environment imports, by name, with their layer.

    Args:
        inventory: The distributions of all layers.
        latest: The newer versions of the outdated ones by name, if only these are shown.

    """
    table = _table(("distribution", "version", *(["latest"] if latest is not None else []), "layer"))
    listed = report.listed(inventory, latest)
    used = {dist.layer for dist in listed}
    names = layer_names(layer.path for layer in inventory.layers if layer.kind != "venv" and layer.path in used)
    venv = {layer.path: "here" for layer in inventory.layers if layer.kind == "venv" and layer.path in used}
    for dist in listed:
        newer = [] if latest is None else [latest[dist.name]]
        layer = "here" if inventory.in_venv(dist) else names.get(dist.layer, dist.layer)
        table.add_row(*map(_cell, (dist.name, dist.version, *newer, layer)))
    console = _console()
    console.print(table)
    _print_legend({**venv, **names}, console)


def _table(titles: Iterable[str]) -> Table:
    """Return an empty table whose names and versions are never broken into lines."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        is_long = title in _LONG_TITLES
        justify: Literal["right", "left"] = "right" if title == _SAVED else "left"
        table.add_column(title, justify=justify, overflow="fold", no_wrap=not is_long)
    return table


def _print_legend(names: Mapping[str, str], console: Console) -> None:
    """Print what the short names of layers mean, by the paths of the layers."""
    for layer, name in names.items():
        console.print(_cell(f"{name}: {layer}"), soft_wrap=True)


def _cell(content: Text | str) -> Text:
    """Return the content of a cell. rich would read ``[extra]`` as markup, and print control characters."""
    return content if isinstance(content, Text) else Text(printable(content))


def _console() -> Console:
    # Lines are not wrapped if a file or another program receives them.
    return Console(width=None if sys.stdout.isatty() else 500, soft_wrap=not sys.stdout.isatty())


def _plan_row(step: Step, names: Mapping[str, str], stored: Collection[str]) -> tuple[Text | str, ...]:
    """Return the cells of a step. ``names`` are those of the base layers, ``stored`` is what a store has."""
    if isinstance(step, Reuse):
        place = names[step.distribution.layer]
    elif isinstance(step, Remove):
        place = "here"
    else:
        place = "store" if step.name in stored else report.step_place(step)
    why = redacted(" -> ".join(step.because))
    action = Text(step.action, style=_STYLES[step.action])
    hidden = f" (hides {step.replaces.version})" if isinstance(step, Shadow) else ""
    saved = report.human_size(size_of(step.distribution)) if isinstance(step, Reuse) else ""
    return action, step.name, f"{step.version or ''}{hidden}", place, saved, why

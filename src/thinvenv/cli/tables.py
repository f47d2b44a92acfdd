"""Plans and inventories as tables."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from thinvenv import report
from thinvenv.cli.commands import print_lines, print_warnings
from thinvenv.cli.outcome import layer_names
from thinvenv.cli.outcome import show as show_outcome
from thinvenv.distributions.disk_usage import size_of
from thinvenv.errors import printable
from thinvenv.model import Install, Remove, Reuse, Shadow
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from thinvenv.model import Inventory, Plan, Step

__all__ = ["show_inventory", "show_outcome", "show_plan"]

_SAVED = "saved"
_PLAN_TITLES = ("action", "distribution", "version", "from", _SAVED, "why")


def show_plan(plan: Plan, *, done: bool, complete: bool = False, listed: bool = False) -> None:
    """Print a plan to standard output, and its warnings to standard error.

    Args:
        plan: The plan.
        done: Whether it has been applied. Then only the changes are shown, and not what is reused.
        complete: Whether what is reused is shown all the same.
        listed: Whether the installer has listed what it installed. Then it is not listed again, unless it hides
            something of the base or comes from a store.

    """
    steps = plan.changes if done and not complete else plan.steps
    if listed and not complete:
        steps = tuple(step for step in steps if not isinstance(step, Install) or step.name in plan.stored)
    names = layer_names(step.distribution.layer for step in steps if isinstance(step, Reuse))
    titles = [title for title in _PLAN_TITLES if title != _SAVED or not done]
    rows = [_plan_row(step, names, plan.stored, titles) for step in steps]
    summary = () if done else (f"plan: {report.summary(plan)}",)
    _print_table(rows, (*_legend(names), *summary))
    print_warnings(plan)


def show_inventory(inventory: Inventory, latest: Mapping[str, str] | None = None) -> None:
    """Print the distributions that an environment imports, by name, with their layer.

    Args:
        inventory: The distributions of all layers.
        latest: The newer versions of the outdated ones by name, if only these are shown.

    """
    listed = report.listed(inventory, latest)
    used = {dist.layer for dist in listed}
    names = layer_names(layer.path for layer in inventory.layers if layer.kind != "venv" and layer.path in used)
    venv = {layer.path: "here" for layer in inventory.layers if layer.kind == "venv" and layer.path in used}
    rows = []
    for dist in listed:
        newer = {} if latest is None else {"latest": latest[dist.name]}
        layer = "here" if inventory.in_venv(dist) else names.get(dist.layer, dist.layer)
        rows.append({"distribution": dist.name, "version": dist.version, **newer, "layer": layer})
    _print_table(rows, _legend({**venv, **names}))


def load() -> None:
    """Load what prints on a terminal, if standard output is one."""
    if _is_terminal():
        _terminal_printer()


def _terminal_printer() -> Callable[[Iterable[Mapping[str, str]], Iterable[str], Iterable[str]], None]:
    """Return what prints a table on a terminal, and lines below it."""
    from thinvenv.cli.terminal import print_table  # noqa: PLC0415 - loads rich, which takes longer than most commands

    return print_table


def _print_table(rows: Iterable[Mapping[str, str]], lines: Iterable[str]) -> None:
    """Print a table, with colours on a terminal, and lines below it."""
    if _is_terminal():
        _terminal_printer()(rows, (_SAVED,), lines)
    else:
        print_lines((*_plain_lines(rows), *lines))


def _is_terminal() -> bool:
    """Return whether standard output is a terminal, or whoever reads it wants to have colours like one."""
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def _plain_lines(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Yield the lines of a table without colours, which no line break interrupts."""
    cells = [{title: printable(text) for title, text in row.items()} for row in rows]
    table = [dict(zip(cells[0], cells[0], strict=True)), *cells] if cells else []
    widths = {title: max(len(row[title]) for row in table) for title in (table[0] if table else ())}
    for row in table:
        padded = (
            text.rjust(widths[title]) if title == _SAVED else text.ljust(widths[title]) for title, text in row.items()
        )
        yield "  ".join(padded).rstrip()


def _legend(names: Mapping[str, str]) -> list[str]:
    """Return lines with what the short names of layers mean, by the paths of the layers."""
    return [f"{name}: {layer}" for layer, name in names.items()]


def _plan_row(step: Step, names: Mapping[str, str], stored: Collection[str], titles: Collection[str]) -> dict[str, str]:
    """Return the cells of a step by their titles.

    Args:
        step: The step.
        names: The short names of the base layers.
        stored: The names of what a store has.
        titles: The titles of the cells to return.

    """
    if isinstance(step, Reuse):
        place = names[step.distribution.layer]
    elif isinstance(step, Remove):
        place = "here"
    else:
        place = "store" if step.name in stored else report.step_place(step)
    hidden = f" (hides {step.replaces.version})" if isinstance(step, Shadow) else ""
    saved = report.human_size(size_of(step.distribution)) if isinstance(step, Reuse) and _SAVED in titles else ""
    cells = (
        step.action, step.name, f"{step.version or ''}{hidden}", place, saved, redacted(" -> ".join(step.because))
    )  # fmt: skip
    return {title: text for title, text in zip(_PLAN_TITLES, cells, strict=True) if title in titles}

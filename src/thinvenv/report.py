"""How plans, inventories and findings read: as JSON objects and as short texts.

The doors show the same things, so they say them in the same words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thinvenv.distributions.direct_url import redacted
from thinvenv.distributions.installed_files import size_of
from thinvenv.model import Install, Reuse, Shadow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Distribution, Health, Inventory, Plan, Step

SCHEMA = 1
_UNITS = ("B", "kB", "MB", "GB")
_STEP = 1000


def plan_json(plan: Plan, prefix: str) -> dict[str, Any]:
    """Return a plan as the object that ``--json`` prints."""
    return {
        "schema": SCHEMA,
        "environment": prefix,
        "steps": [_step_json(step) for step in plan.steps],
        "warnings": [redacted(one) for one in plan.warnings],
    }


def list_json(inventory: Inventory, prefix: str) -> dict[str, Any]:
    """Return what an environment imports as the object that ``--json`` prints."""
    return {
        "schema": SCHEMA,
        "environment": prefix,
        "layers": [{"path": one.path, "kind": one.kind} for one in inventory.layers],
        "distributions": [
            {**_identity(one), "layer": one.layer, "kind": "venv" if inventory.in_venv(one) else "base"}
            for one in sorted(inventory.importable.values(), key=lambda one: one.name)
        ],
        "ignored": list(inventory.ignored),
    }


def freeze_lines(inventory: Inventory, reused: Iterable[Reuse]) -> list[str]:
    """Return what an environment uses as requirements, those of a base with their layer as a comment."""
    used = {step.name for step in reused}
    return [
        f"{one.name}=={one.version}" + ("" if inventory.in_venv(one) else f"  # {one.layer}")
        for one in sorted(inventory.visible.values(), key=lambda one: one.name)
        if inventory.in_venv(one) or one.name in used
    ]


def health_json(answers: Iterable[Health]) -> dict[str, Any]:
    """Return the answers of ``check`` as the object that ``--json`` prints."""
    return {
        "schema": SCHEMA,
        "environments": [
            {
                "environment": one.environment,
                "ok": one.ok,
                "findings": [{"kind": each.kind, "text": each.text} for each in one.findings],
            }
            for one in answers
        ],
    }


def summary(plan: Plan, installed: int = 0) -> str:
    """Return a plan in one line: what is reused, what comes and goes, what it saves.

    Args:
        plan: The plan.
        installed: The size of what it has brought in, where that is known.

    """
    parts = [f"reuse {len(plan.reused)}"]
    size = f" ({human_size(installed)})" if installed else ""
    parts += [f"install {len(plan.installed)}{size}"] if plan.installed else []
    gone = {step.name for step in plan.removed} - {step.name for step in plan.installed}
    parts += [f"remove {len(gone)}"] if gone else []
    saved = sum(size_of(step.distribution) for step in plan.reused)
    return ", ".join(parts) + (f", saved {human_size(saved)}" if saved else "")


def human_size(count: int) -> str:
    """Return a number of bytes with three digits and a unit: ``4 B``, ``1.4 MB``, ``212 MB``."""
    size, unit = float(count), 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit and size < 10 else f"{size:.0f} {_UNITS[unit]}"  # noqa: PLR2004 - one digit


def step_lines(plan: Plan) -> list[str]:
    """Return a plan as lines: what is done with each distribution, where it is from, and why."""
    return [f"{step.action} {_subject(step)} from {step_place(step)} ({_why(step)})" for step in plan.steps]


def step_place(step: Step) -> str:
    """Return where a step's distribution lies or comes from."""
    if isinstance(step, (Install, Shadow)):
        return redacted(step.candidate.reference) or "index"
    return step.distribution.layer


def _subject(step: Step) -> str:
    if isinstance(step, Shadow):
        return f"{step.candidate} over {step.replaces.version}"
    return str(step.candidate if isinstance(step, Install) else step.distribution)


def _why(step: Step) -> str:
    return redacted(" -> ".join(step.because))


def _step_json(step: Step) -> dict[str, Any]:
    because = [redacted(one) for one in step.because]
    if isinstance(step, (Install, Shadow)):
        told: dict[str, Any] = {"name": step.name, "version": step.version or ""}
        if step.candidate.reference:
            told["location"] = redacted(step.candidate.reference)
    else:
        told = _identity(step.distribution)
    if isinstance(step, Shadow):
        told["replaces"] = _identity(step.replaces)
    if isinstance(step, Reuse):
        told["size"] = size_of(step.distribution)
    return {"action": step.action, **told, "because": because}


def _identity(one: Distribution) -> dict[str, str]:
    return {"name": one.name, "version": one.version, "location": one.location}

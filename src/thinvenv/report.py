"""Plans, inventories and findings as JSON objects and as lines of text.

The command line, tox and nox use the same functions, so their output has the same format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thinvenv.distributions.installed_files import size_of
from thinvenv.model import Install, Reuse, Shadow
from thinvenv.urls import redacted

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
        "warnings": [redacted(warning) for warning in plan.warnings],
    }


def list_json(inventory: Inventory, prefix: str) -> dict[str, Any]:
    """Return the distributions that an environment imports as the object that ``--json`` prints."""
    return {
        "schema": SCHEMA,
        "environment": prefix,
        "layers": [{"path": layer.path, "kind": layer.kind} for layer in inventory.layers],
        "distributions": [
            {**_identity(dist), "layer": dist.layer, "kind": "venv" if inventory.in_venv(dist) else "base"}
            for dist in sorted(inventory.importable.values(), key=lambda dist: dist.name)
        ],
        "ignored": [*inventory.ignored, *map(_foreign_line, inventory.foreign)],
    }


def freeze_lines(inventory: Inventory, reused: Iterable[Reuse]) -> list[str]:
    """Return the distributions that an environment uses as requirements.

    Those of a base have their layer as a comment.
    """
    used = {step.name for step in reused}
    return [
        f"{dist.name}=={dist.version}" + ("" if inventory.in_venv(dist) else f"  # {dist.layer}")
        for dist in sorted(inventory.visible.values(), key=lambda dist: dist.name)
        if inventory.in_venv(dist) or dist.name in used
    ]


def health_json(results: Iterable[Health]) -> dict[str, Any]:
    """Return the results of ``check`` as the object that ``--json`` prints."""
    return {
        "schema": SCHEMA,
        "environments": [
            {
                "environment": health.environment,
                "ok": health.ok,
                "findings": [{"kind": finding.kind, "text": finding.text} for finding in health.findings],
            }
            for health in results
        ],
    }


def summary(plan: Plan, installed: int = 0) -> str:
    """Return a plan in one line: the number of steps of each kind, and the saved space.

    What may fail to import saves nothing.

    Args:
        plan: The plan.
        installed: The size of the installed distributions in bytes, 0 if it is not known.

    """
    parts = [f"reuse {len(plan.reused)}"]
    size = f" ({human_size(installed)})" if installed else ""
    parts += [f"install {len(plan.installed)}{size}"] if plan.installed else []
    removed = {step.name for step in plan.removed} - {step.name for step in plan.installed}
    parts += [f"remove {len(removed)}"] if removed else []
    saved = sum(size_of(step.distribution) for step in plan.reused if step.name not in plan.doubtful)
    return ", ".join(parts) + (f", saved {human_size(saved)}" if saved else "")


def human_size(count: int) -> str:
    """Return a number of bytes with three digits and a unit: ``4 B``, ``1.4 MB``, ``212 MB``."""
    size, unit = float(count), 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit and size < 10 else f"{size:.0f} {_UNITS[unit]}"  # noqa: PLR2004 - one digit


def step_lines(plan: Plan) -> list[str]:
    """Return a line for each step of a plan: the action, the distribution, its origin and the reason."""
    return [f"{step.action} {_subject(step)} from {step_place(step)} ({_why(step)})" for step in plan.steps]


def step_place(step: Step) -> str:
    """Return the layer of a step's distribution, or the origin of a new one."""
    if isinstance(step, (Install, Shadow)):
        return redacted(step.candidate.reference) or "index"
    return step.distribution.layer


def _foreign_line(distribution: Distribution) -> str:
    return f"{distribution.location}: its {distribution.foreign} is for another interpreter"


def _subject(step: Step) -> str:
    if isinstance(step, Shadow):
        return f"{step.candidate} over {step.replaces.version}"
    return str(step.candidate if isinstance(step, Install) else step.distribution)


def _why(step: Step) -> str:
    return redacted(" -> ".join(step.because))


def _step_json(step: Step) -> dict[str, Any]:
    because = [redacted(requirement) for requirement in step.because]
    if isinstance(step, (Install, Shadow)):
        document: dict[str, Any] = {"name": step.name, "version": step.version or ""}
        if step.candidate.reference:
            document["location"] = redacted(step.candidate.reference)
    else:
        document = _identity(step.distribution)
    if isinstance(step, Shadow):
        document["replaces"] = _identity(step.replaces)
    if isinstance(step, Reuse):
        document["size"] = size_of(step.distribution)
    return {"action": step.action, **document, "because": because}


def _identity(dist: Distribution) -> dict[str, str]:
    return {"name": dist.name, "version": dist.version, "location": dist.location}

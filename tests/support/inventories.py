"""Inventories of the tests, written as text: ``alpha 1.0: beta>=1, gamma``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.scenarios import BASE, VENV
from thinvenv.model import Distribution, Inventory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Layer, Plan


def distribution(text: str, layer: Layer = BASE) -> Distribution:
    """Return the distribution that a text describes: ``NAME VERSION`` or ``NAME VERSION: REQUIREMENT, …``."""
    head, _, requirements = text.partition(": ")
    name, version = head.split()
    requires = tuple(filter(None, requirements.split(", ")))
    return Distribution(name, version, f"{layer.path}/{name}-{version}.dist-info", layer.path, requires)


def inventory(
    *, venv: Iterable[str] = (), base: Iterable[str] = (), layers: tuple[Layer, ...] = (VENV, BASE)
) -> Inventory:
    """Return an inventory of a venv and a base, in the order of ``layers``."""
    texts = {VENV: venv, BASE: base}
    return Inventory(layers, tuple(distribution(text, layer) for layer in layers for text in texts.get(layer, ())))


def names_and_versions(distributions: Iterable[Distribution]) -> list[str]:
    """Return distributions as ``NAME VERSION``, in their order."""
    return [str(dist) for dist in distributions]


def step_lines(plan: Plan) -> list[str]:
    """Return the steps of a plan as ``ACTION NAME VERSION because REASON``."""
    return [f"{step.action} {step.name} {step.version} because {' -> '.join(step.because)}" for step in plan.steps]

"""The frozen values that the engine passes around. Nothing here touches a file.

The words are those of ``docs/design.md``: a *distribution* is an installed project, a
*layer* one site directory, the *venv* the layer that is written to, the *base* all layers
that are only read.

A process starts the faster the less it makes. So a class is made when its name is first
asked for, and those that an install with nothing to do needs are named tuples. All others are
frozen dataclasses, which take four times as long to make and bring :mod:`inspect` along: the
two together would be a quarter of such an install.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thinvenv.model.environment import Chain, Distribution, Environment, Layer, MadeScript
    from thinvenv.model.health import Finding, Health
    from thinvenv.model.inventory import Inventory
    from thinvenv.model.json import from_json, to_json
    from thinvenv.model.plan import Install, Plan, Remove, Reuse, Shadow, Step
    from thinvenv.model.request import Policy, Request, Root
    from thinvenv.model.resolution import Candidate, Closure, Problem, Resolution, Use

_HOMES = {
    "request": ("Policy", "Request", "Root"),
    "json": ("from_json", "to_json"),
    "resolution": ("Candidate", "Closure", "Problem", "Resolution", "Use"),
    "health": ("Finding", "Health"),
    "inventory": ("Inventory",),
    "plan": ("Install", "Plan", "Remove", "Reuse", "Shadow", "Step"),
    "environment": ("Chain", "Distribution", "Environment", "Layer", "MadeScript"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Candidate",
    "Chain",
    "Closure",
    "Distribution",
    "Environment",
    "Finding",
    "Health",
    "Install",
    "Inventory",
    "Layer",
    "MadeScript",
    "Plan",
    "Policy",
    "Problem",
    "Remove",
    "Request",
    "Resolution",
    "Reuse",
    "Root",
    "Shadow",
    "Step",
    "Use",
    "from_json",
    "to_json",
]


def __getattr__(name: str) -> Any:
    """Return a name of one of the modules below, and keep it."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return found

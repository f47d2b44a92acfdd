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
    from thinvenv.model.asked import Request, Root
    from thinvenv.model.changes import Install, Remove, Shadow
    from thinvenv.model.flat import from_json, to_json
    from thinvenv.model.found import Candidate, Closure, Problem, Resolution, Use
    from thinvenv.model.health import Finding, Health
    from thinvenv.model.inventory import Inventory
    from thinvenv.model.plan import Plan, Reuse, Step
    from thinvenv.model.standing import Chain, Distribution, Environment, Layer, MadeScript

_HOMES = {
    "asked": ("Request", "Root"),
    "changes": ("Install", "Remove", "Shadow"),
    "flat": ("from_json", "to_json"),
    "found": ("Candidate", "Closure", "Problem", "Resolution", "Use"),
    "health": ("Finding", "Health"),
    "inventory": ("Inventory",),
    "plan": ("Plan", "Reuse", "Step"),
    "standing": ("Chain", "Distribution", "Environment", "Layer", "MadeScript"),
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

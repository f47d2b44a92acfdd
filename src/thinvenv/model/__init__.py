"""The frozen values that the engine passes around.

The words are those of ``docs/design.md``: a *distribution* is an installed project, a
*layer* is one site directory, the *venv* is the layer that is written to, and the *base*
consists of all layers that are only read.

An install that has nothing to do must start quickly. Therefore the modules below are imported
when one of their names is first used, and the classes that such an install needs are named
tuples. The others are frozen dataclasses, which take four times as long to create and import
:mod:`inspect`: that would be a quarter of the time of such an install.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from typing import Any

    from thinvenv.model.environment import Chain, DataFiles, Distribution, Environment, Layer, WrittenScript
    from thinvenv.model.health import Finding, Health
    from thinvenv.model.inventory import Inventory
    from thinvenv.model.json import from_json, to_json
    from thinvenv.model.plan import Install, Plan, Remove, Reuse, Shadow, Step
    from thinvenv.model.request import MetadataRule, Policy, Request, Root
    from thinvenv.model.resolution import Candidate, Closure, Problem, Resolution, Use

_EXPORTS = {
    "request": ("MetadataRule", "Policy", "Request", "Root"),
    "json": ("from_json", "to_json"),
    "resolution": ("Candidate", "Closure", "Problem", "Resolution", "Use"),
    "health": ("Finding", "Health"),
    "inventory": ("Inventory",),
    "plan": ("Install", "Plan", "Remove", "Reuse", "Shadow", "Step"),
    "environment": ("Chain", "DataFiles", "Distribution", "Environment", "Layer", "WrittenScript"),
}
_MODULE_OF = {name: module for module, names in _EXPORTS.items() for name in names}

__all__ = [
    "Candidate",
    "Chain",
    "Closure",
    "DataFiles",
    "Distribution",
    "Environment",
    "Finding",
    "Health",
    "Install",
    "Inventory",
    "Layer",
    "MetadataRule",
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
    "WrittenScript",
    "from_json",
    "to_json",
]


def __getattr__(name: str) -> Any:
    """Import a name from its module when it is first used."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
    return value

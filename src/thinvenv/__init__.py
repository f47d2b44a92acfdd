"""Thin virtual environments: reuse what the base provides, install only the difference.

>>> import thinvenv
>>> plan = thinvenv.install("numpy", "requests>=2", env="path/to/env")  # doctest: +SKIP
>>> [str(step.distribution) for step in plan.reused]  # doctest: +SKIP
['numpy 2.5.1', 'requests 2.34.2']
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from typing import Any

    from thinvenv._api import install, plan, sync
    from thinvenv._api.environments import check, configure, create, lock, uninstall
    from thinvenv._api.fleets import measure
    from thinvenv._api.inspection import doctor, freeze, outdated, tree, why
    from thinvenv._api.locked_projects import sync_locked
    from thinvenv.errors import (
        BackendError,
        BaseError,
        BrokenInstallError,
        ClusterError,
        EnvironmentExistsError,
        InterpreterError,
        NotAnEnvironmentError,
        PluginError,
        ReceiptError,
        RequirementError,
        ResolutionError,
        StoreError,
        ThinvenvError,
        UninstallError,
        UnshadowableError,
        UnwritableError,
        UsageError,
    )
    from thinvenv.fleet.values import Fleet
    from thinvenv.model import (
        Candidate,
        Distribution,
        Environment,
        Finding,
        Health,
        Install,
        Plan,
        Remove,
        Reuse,
        Shadow,
    )
    from thinvenv.plugins.hookspecs import hookimpl

_HOMES = (
    "thinvenv._api",
    "thinvenv.errors",
    "thinvenv.model",
    "thinvenv._api.environments",
    "thinvenv._api.locked_projects",
    "thinvenv._api.inspection",
    "thinvenv._api.fleets",
    "thinvenv.fleet.values",
    "thinvenv.plugins.hookspecs",
)
"""The modules of the public names. The first one that has a name is its home."""

__all__ = [
    "BackendError",
    "BaseError",
    "BrokenInstallError",
    "Candidate",
    "ClusterError",
    "Distribution",
    "Environment",
    "EnvironmentExistsError",
    "Finding",
    "Fleet",
    "Health",
    "Install",
    "InterpreterError",
    "NotAnEnvironmentError",
    "Plan",
    "PluginError",
    "ReceiptError",
    "Remove",
    "RequirementError",
    "ResolutionError",
    "Reuse",
    "Shadow",
    "StoreError",
    "ThinvenvError",
    "UninstallError",
    "UnshadowableError",
    "UnwritableError",
    "UsageError",
    "check",
    "configure",
    "create",
    "doctor",
    "freeze",
    "hookimpl",
    "install",
    "lock",
    "measure",
    "outdated",
    "plan",
    "sync",
    "sync_locked",
    "tree",
    "uninstall",
    "why",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: tox and nox load their plugins on every start."""
    if name in __all__:
        for home in map(import_module, _HOMES):
            if hasattr(home, name):
                return getattr(home, name)
    if name == "load_ipython_extension":  # `%load_ext thinvenv` looks for it here
        from thinvenv.cli.notebook import load_ipython_extension  # noqa: PLC0415 - only notebooks load it

        return load_ipython_extension
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

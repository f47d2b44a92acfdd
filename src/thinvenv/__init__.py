"""Thin virtual environments: reuse what the base provides, install only the difference.

>>> import thinvenv
>>> plan = thinvenv.install("numpy", "requests>=2", env="path/to/env")  # doctest: +SKIP
>>> [str(step.distribution) for step in plan.reused]  # doctest: +SKIP
['numpy 2.5.1', 'requests 2.34.2']
"""

from __future__ import annotations

from thinvenv._api import check, create, install, plan
from thinvenv.errors import (
    BackendError,
    BaseError,
    BrokenInstallError,
    EnvironmentExistsError,
    InterpreterError,
    NotAnEnvironmentError,
    ReceiptError,
    RequirementError,
    ResolutionError,
    ThinvenvError,
    UnshadowableError,
    UsageError,
)
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

__all__ = [
    "BackendError",
    "BaseError",
    "BrokenInstallError",
    "Candidate",
    "Distribution",
    "Environment",
    "EnvironmentExistsError",
    "Finding",
    "Health",
    "Install",
    "InterpreterError",
    "NotAnEnvironmentError",
    "Plan",
    "ReceiptError",
    "Remove",
    "RequirementError",
    "ResolutionError",
    "Reuse",
    "Shadow",
    "ThinvenvError",
    "UnshadowableError",
    "UsageError",
    "check",
    "create",
    "install",
    "plan",
]

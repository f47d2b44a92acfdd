"""The policy of one site: no old cryptography, the libraries of its modules, and a log."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from thinvenv import hookimpl

if TYPE_CHECKING:
    from thinvenv import Distribution, Environment, Plan


@hookimpl
def thinvenv_may_reuse(distribution: Distribution) -> bool | None:
    """Exclude the base's cryptography if it is older than the last audited version."""
    if distribution.name == "cryptography" and Version(distribution.version) < Version("42"):
        return False
    return None


@hookimpl
def thinvenv_base_layers() -> list[str]:
    """Add the Python libraries of the loaded cluster modules, each of which sets EBROOT<NAME>."""
    roots = [Path(value) for name, value in sorted(os.environ.items()) if name.startswith("EBROOT")]
    return [str(root) for root in roots if any(root.glob("lib/python*/site-packages"))]


@hookimpl
def thinvenv_installed(environment: Environment, plan: Plan) -> None:
    """Record the base distributions that an environment reuses."""
    with Path(environment.prefix, "reused.txt").open("w", encoding="utf-8") as file:
        file.writelines(f"{step.distribution}\n" for step in plan.reused)

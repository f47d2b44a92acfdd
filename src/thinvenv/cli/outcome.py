"""What an install has done, in one line, and the short names of layers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import report
from thinvenv.cli.commands import print_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from thinvenv.cache import Cache
    from thinvenv.model import Plan

_MOST_NAMES = 3
"""The number of bases that the line about an install names."""
_SYSTEM_ROOTS = ("/usr", "/usr/local")
"""The roots whose names mean less than the paths in them."""


def show(plan: Plan, started: float, cache: Cache, stream: TextIO | None = None) -> None:
    """Print in one line what was done, how much it saved, and how long it took.

    Args:
        plan: The plan that was carried out.
        started: When the command started, as :func:`time.monotonic` counts.
        cache: The cache, which has the sizes of bases.
        stream: Where it is printed; ``None`` for standard output.

    """
    installed, saved = report.installed_size(plan), report.saved_size(plan, cache)
    print_lines([outcome(plan, installed, time.monotonic() - started, saved)], stream)


def outcome(plan: Plan, installed: int, seconds: float, saved: int = 0) -> str:
    """Return what an install has done, in one line.

    ``reused 6 from conda (62 MB saved), installed 2 (1.4 MB) in 0.1 s``

    Args:
        plan: The plan that was carried out.
        installed: The size of the installed distributions in bytes, 0 if it is not known.
        seconds: How long it took.
        saved: The size of the reused distributions in bytes.

    """
    parts = []
    reused, stored, new, removed = plan.counts
    if reused:
        bases = dict.fromkeys(base_name(step.distribution.layer) for step in plan.reused)
        names = ", ".join(bases) if len(bases) <= _MOST_NAMES else f"{len(bases)} directories"
        size = f" ({report.human_size(saved)} saved)" if saved else ""
        parts.append(f"reused {reused} from {names}{size}")
    parts += [f"linked {stored} from the store"] if stored else []
    size = f" ({report.human_size(installed)})" if installed else ""
    parts += [f"installed {new}{size}"] if new else []
    parts += [f"removed {removed}"] if removed else []
    return f"{', '.join(parts) or 'changed nothing'} in {seconds:.1f} s"


def base_name(layer: str) -> str:
    """Return how people call the base of a layer: the name of its root, or the path of a system's own directory.

    A name such as ``.venv`` or ``3.12.1`` says too little, so the name of the folder above comes before it.
    """
    path = Path(layer)
    roots = [parent.parent for parent in (path, *path.parents) if parent.name.lower() in {"lib", "lib64"}]
    if not roots or str(roots[0]) in _SYSTEM_ROOTS:
        return layer
    root = roots[0]
    return (root.name if root.name[:1].isalpha() else "/".join(root.parts[1:][-2:])) or layer


def layer_names(layers: Iterable[str]) -> dict[str, str]:
    """Return a short name for each base layer, for the columns of a table: ``base``, ``base2``."""
    unique = dict.fromkeys(layers)
    return {layer: "base" if number == 1 else f"base{number}" for number, layer in enumerate(unique, start=1)}

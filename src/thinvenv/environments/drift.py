"""What the start of an environment compares, to warn of a base that has changed.

``_thinvenv_drift.pth`` has the time of each layer that something is reused of, as comments: the start of an
interpreter reads all such files anyway. Where a time differs, it looks for the metadata that
``_thinvenv_drift.txt`` lists.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.environments import config_file
from thinvenv.environments.bootstrap import NAME, write_if_changed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Environment, Reuse

TIMES, PATHS = FILES = (f"{NAME}_drift.pth", f"{NAME}_drift.txt")


def is_enabled(prefix: Path) -> bool:
    """Return whether an environment warns of a changed base."""
    return config_file.load(prefix).get(config_file.DRIFT_KEY) == "true"


def update(environment: Environment, reused: Iterable[Reuse]) -> None:
    """Write what the start of an environment compares, or remove it if the environment does not warn.

    Args:
        environment: A virtual environment.
        reused: What it uses of its bases.

    Raises:
        OSError: The environment cannot be written.

    """
    site = Path(environment.purelib)
    if not is_enabled(Path(environment.prefix)):
        for name in FILES:
            (site / name).unlink(missing_ok=True)
        return
    distributions = [step.distribution for step in reused]
    layers = dict.fromkeys(dist.layer for dist in distributions)
    _write(site / PATHS, [f"{dist.name} {dist.version} {dist.location}" for dist in distributions])
    _write(site / TIMES, [f"# {os.stat(layer).st_mtime_ns} {layer}" for layer in layers if os.path.exists(layer)])


def _write(path: Path, lines: Iterable[str]) -> None:
    """Write a file if it differs. A path with a line break is left out."""
    write_if_changed(path, "".join(f"{line}\n" for line in lines if line.isprintable()))

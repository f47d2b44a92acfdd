"""The digest of what an environment and its bases contain, and of what the interpreter is.

Times of files do not count. Computing it takes long, see :mod:`thinvenv.installation.content_check`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import RECORD, size_of
from thinvenv.environments import probe, probe_cache
from thinvenv.files import content_digest, read_if_any
from thinvenv.files.fingerprint import digest
from thinvenv.inventory.scan import scan
from thinvenv.model import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.context.context import Context
    from thinvenv.environments.receipt import Receipt
    from thinvenv.model import Distribution, Environment, Inventory

_OF_KERNEL = ("platform_release", "platform_version")
"""The markers that differ from host to host while the image is the same."""


def has_content(saved: Receipt, prefix: str, context: Context) -> bool:
    """Return whether an environment and its bases have the content that a receipt records.

    Args:
        saved: The receipt of the environment.
        prefix: The root of the environment.
        context: The surroundings of the call.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        InterpreterError: Its interpreter does not start.

    """
    environment = probe_cache.probe_cached(probe.python_of(Path(prefix)), context)
    reused = [step.distribution for step in saved.reused]
    return digest_of(environment, scan(environment, context.cache), reused) == saved.content


def digest_of(environment: Environment, inventory: Inventory, reused: Iterable[Distribution]) -> str:
    """Return a digest of what decides the plan of an environment, and what it links and writes.

    The root of the environment does not count. The version of the kernel counts only if a requirement names it.

    Args:
        environment: The environment.
        inventory: Its distributions.
        reused: Those that it uses of its bases. Their scripts and the size of their RECORD count.

    """
    # What an environment's own start-up files add to the path is known from their lines: a receipt has an older path.
    own = list(probe_cache.own_start_up_lines(environment.sites, environment.prefix))
    added = {line.partition(": ")[2].replace(probe_cache.ROOT, environment.prefix) for line in own}
    distributions = sorted(inventory.distributions, key=lambda dist: (dist.layer, dist.name))
    requirements = " ".join(text for dist in inventory.distributions for text in dist.requires)
    path = [entry for entry in environment.path if entry not in added]
    values = {**to_json(environment), "path": path, "reads": own}
    markers = {name: value for name, value in environment.markers.items() if name not in _OF_KERNEL}
    values["markers"] = dict(environment.markers) if any(name in requirements for name in _OF_KERNEL) else markers
    files = sorted(_files_of(dist.location) for dist in reused)
    text = json.dumps([values, distributions, sorted(inventory.ignored), files], sort_keys=True)
    return digest([text.replace(json.dumps(environment.prefix)[1:-1], probe_cache.ROOT)])


def _files_of(location: str) -> tuple[str, str, int]:
    """Return what decides which files and scripts of a distribution an environment has."""
    entry_points = read_if_any(os.path.join(location, "entry_points.txt"))
    scripts = content_digest(entry_points) if entry_points else ""
    return location, scripts, size_of(os.path.join(location, RECORD)) or 0

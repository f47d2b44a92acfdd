"""What other installers wrote through links: into the base, where they meant the venv."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.distributions import installed_files

if TYPE_CHECKING:
    from thinvenv.model import Distribution, Environment


def written_through(distribution: Distribution, environment: Environment) -> dict[str, list[str]]:
    """Return the files of a distribution in the venv that lie in the base, by the base's directories.

    Whoever installed it has found a linked directory in its place.
    """
    bases = {one: os.path.realpath(one) + os.sep for one in environment.linkable}
    folders: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for path in installed_files.paths_of(distribution):
        folder = os.path.dirname(path)
        if folder not in folders:
            folders[folder] = os.path.realpath(os.path.join(distribution.layer, folder)) + os.sep
        for base, real in bases.items():
            if folders[folder].startswith(real) and not folder.endswith("__pycache__"):
                found.setdefault(base, []).append(path)
    return found

"""The scan of an environment: the distributions of all its layers."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.files import is_link
from thinvenv.inventory.layer_contents import content_of
from thinvenv.inventory.layers import LINK_INSTALLER, layers_of, linked_dist_infos
from thinvenv.inventory.metadata_entries import name_of
from thinvenv.model import Distribution, Inventory, Layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.cache import Cache
    from thinvenv.model import Environment


def scan(environment: Environment, cache: Cache) -> Inventory:
    """Return the inventory of an environment.

    Args:
        environment: The environment.
        cache: The cache with the content of base layers.

    """
    layers = layers_of(environment)
    sites = [layer.path for layer in layers if layer.kind == "venv"]
    linked = [dist_info for site in sites for dist_info in linked_dist_infos(site, LINK_INSTALLER)]
    contents = [content_of(layer, environment, cache, linked) for layer in layers]
    scanned = (distribution for content in contents for distribution in content.distributions)
    distributions, unreachable = _importable(scanned, layers)
    ignored = (*(line for content in contents for line in content.ignored), *unreachable)
    return Inventory(layers, tuple(distributions), ignored, frozenset(map(name_of, linked)))


def _importable(distributions: Iterable[Distribution], layers: Iterable[Layer]) -> tuple[list[Distribution], list[str]]:
    """Return the distributions that can be imported, each once.

    A development install has two entries on the path: the one that its installer wrote into the site directory,
    which counts, and the ``egg-info`` that a build left in the project.

    Returns:
        The distributions, and a line for each that cannot be imported.

    """
    real_folder = lru_cache(os.path.realpath)  # it looks at each folder on the way; nearly all lie in few folders
    on_path = {real_folder(layer.path) for layer in layers}
    kept: dict[tuple[str, str], Distribution] = {}
    projects: dict[str, str] = {}
    unreachable: list[str] = []
    for dist in distributions:
        parent, name = os.path.split(dist.location)
        folder = real_folder(parent)
        location = os.path.join(folder, name)
        is_egg_link = folder != real_folder(dist.layer)
        if is_egg_link and folder not in on_path:
            line = f"{dist.location}: {dist} is linked from {dist.layer}, but its directory is not on the path"
            unreachable.append(line)
        elif not _is_left_by_build(dist, projects.get(dist.name, "")):
            kept.setdefault((dist.name, real_folder(location) if is_link(location) else location), dist)
            if project := folder if is_egg_link else _editable_project(dist):
                projects.setdefault(dist.name, project)
    return list(kept.values()), unreachable


def _is_left_by_build(distribution: Distribution, project: str) -> bool:
    """Return whether a distribution is only the ``egg-info`` that a build left in a project."""
    if not project or not distribution.location.endswith(".egg-info"):
        return False
    return Path(os.path.realpath(distribution.layer)).is_relative_to(os.path.realpath(project))


def _editable_project(distribution: Distribution) -> str:
    """Return the project that a distribution was installed from in development mode, or an empty string."""
    if not distribution.direct_url:
        return ""
    from thinvenv.distributions import direct_url  # noqa: PLC0415 - loads `packaging.direct_url`, for few distributions

    return direct_url.local_path(distribution) if direct_url.is_editable(distribution) else ""

"""Taking the inventory: every distribution of every layer, each layer read once.

What was read of a base layer is kept in the cache folder under the layer's fingerprint, so
that a fleet of environments over one base reads its metadata once.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from thinvenv.distributions import direct_url
from thinvenv.distributions.metadata_files import path_in_archive
from thinvenv.fingerprint import digest, file_state
from thinvenv.inventory import dpkg
from thinvenv.inventory.foreign_abi import foreign_module
from thinvenv.inventory.layers import (
    EGG_METADATA,
    METADATA_SUFFIXES,
    is_foreign,
    layer_fingerprint,
    layers_of,
    linked_dist_infos,
)
from thinvenv.inventory.parse import UnreadableError, name_of, read
from thinvenv.model import Distribution, Inventory, Layer, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from thinvenv.cache import Cache
    from thinvenv.model import Environment

Taken = tuple[tuple[Distribution, ...], tuple[str, ...]]
"""The distributions of one layer, and what was passed over in it, with the reason."""


def take(environment: Environment, cache: Cache) -> Inventory:
    """Return the inventory of all that an environment imports from, first found first.

    Args:
        environment: The environment.
        cache: Where answers about base layers are kept.

    """
    layers = layers_of(environment)
    linked = [entry for layer in layers if layer.kind == "venv" for entry in linked_dist_infos(layer.path)]
    taken = [_of_layer(layer, environment, cache, linked) for layer in layers]
    found = [one for distributions, _ in taken for one in distributions]
    kept, stray = _importable(found, layers)
    ignored = (*(line for _, lines in taken for line in lines), *stray)
    inventory = Inventory(layers, tuple(kept), ignored, frozenset(map(name_of, linked)))
    return replace(inventory, distributions=tuple(_as_reusable(one, inventory) for one in kept))


def _of_layer(layer: Layer, environment: Environment, cache: Cache, linked: Collection[Path]) -> Taken:
    suffix = environment.abi if is_foreign(layer, environment) else ""
    if layer.kind == "venv":
        return _read_layer(layer, suffix, linked)
    key = digest([layer_fingerprint(layer.path), suffix, _database_state(layer.path)])
    return cache.get_or_compute(
        "layers", key, lambda: _from_cache(cache.load("layers", key)), lambda: _read_and_kept(layer, suffix, key, cache)
    )


def _read_and_kept(layer: Layer, suffix: str, key: str, cache: Cache) -> Taken:
    found, ignored = _read_layer(layer, suffix)
    cache.store("layers", key, {"distributions": [to_json(one) for one in found], "ignored": list(ignored)})
    return found, ignored


def _from_cache(known: dict[str, Any] | None) -> Taken | None:
    """Return what was kept of a layer, ``None`` where it is nothing or has another form."""
    if known is None:
        return None
    try:
        return tuple(from_json(Distribution, one) for one in known["distributions"]), tuple(known["ignored"])
    except (AttributeError, KeyError, TypeError):
        return None


def _read_layer(layer: Layer, suffix: str, linked: Collection[Path] = ()) -> Taken:
    """Read all metadata entries of a layer but those that are linked elsewhere.

    With a ``suffix``, what is built for another interpreter is marked.
    """
    found: list[Distribution] = []
    ignored: list[str] = []
    for entry in _entries(layer.path):
        if entry in linked:
            continue
        try:
            one, broken = read(entry, layer.path)
        except UnreadableError as error:
            ignored.append(str(error))
            continue
        module = foreign_module(one, suffix) if suffix else ""
        if module:
            ignored.append(f"{entry}: its {module} is for another interpreter than {suffix.strip('.')}")
        found.append(one._replace(foreign=module))
        ignored += broken
    kept, hidden = _one_of_each_name(found)
    return tuple(_with_requirements(one, kept) for one in kept), (*ignored, *hidden)


def _with_requirements(one: Distribution, found: Iterable[Distribution]) -> Distribution:
    """Return a distribution with the requirements that Debian's packaging took out of its metadata."""
    packages = dpkg.packages_of(one.layer) if dpkg.has_lost_requirements(one) else None
    names = packages.required(one, found) if packages else ()
    return one._replace(requires=(*one.requires, *(names or ())))


def _database_state(layer: str) -> str:
    """Return what changes with dpkg's database, as far as the distributions of a layer depend on it."""
    folder = dpkg.database_of(layer)
    return file_state(folder / "status") if folder else ""


def _entries(path: str) -> Iterator[Path]:
    """Yield the metadata entries of a site directory, an egg or another archive on the path.

    They come in the order of the directory itself, which is the one that
    :mod:`importlib.metadata` takes them in; what an ``.egg-link`` points at lies elsewhere
    and is found after them.
    """
    try:
        root = path_in_archive(path) if os.path.isfile(path) else Path(path)
        names = [one.name for one in root.iterdir()]
    except OSError:
        return
    is_egg = path.lower().endswith(".egg")
    for name in sorted(names, key=lambda one: one.endswith(".egg-link")):
        # What an interrupted pip leaves behind starts with a tilde.
        wanted = name.endswith(METADATA_SUFFIXES) and not name.startswith(("~", "."))
        if wanted or (is_egg and name == EGG_METADATA):
            yield root / name


def _one_of_each_name(found: Iterable[Distribution]) -> tuple[list[Distribution], list[str]]:
    """Return of each name what :mod:`importlib.metadata` finds in one directory, and what it hides.

    Of several entries with one version (Debian's cryptography has an ``egg-info`` beside its
    ``dist-info``) the newest format counts.
    """
    kept: list[Distribution] = []
    hidden: list[str] = []
    for _, group in groupby(sorted(found, key=lambda one: one.name), key=lambda one: one.name):
        first, *others = group  # a stable sort: the directory's order
        same = [first, *(one for one in others if Version(one.version) == Version(first.version))]
        kept.append(min(same, key=_format))
        left = (one for one in others if one not in same)
        hidden += [f"{one.location}: {one} is hidden by {first} in the same directory" for one in left]
    return kept, hidden


def _format(one: Distribution) -> int:
    suffix = os.path.splitext(one.location)[1]
    return METADATA_SUFFIXES.index(suffix) if suffix in METADATA_SUFFIXES else len(METADATA_SUFFIXES)


def _importable(found: Iterable[Distribution], layers: Iterable[Layer]) -> tuple[list[Distribution], list[str]]:
    """Return what an import can reach, each distribution once, and what it cannot.

    A development install is on the path twice: as what its installer wrote into the site
    directory, which counts, and as the ``egg-info`` that a build left in the project.
    """
    on_path = {os.path.realpath(layer.path) for layer in layers}
    kept: dict[tuple[str, str], Distribution] = {}
    projects: dict[str, str] = {}
    stray: list[str] = []
    for one in found:
        folder = os.path.realpath(os.path.dirname(one.location))
        linked = folder != os.path.realpath(one.layer)  # by an `.egg-link`
        if linked and folder not in on_path:
            stray.append(f"{one.location}: {one} is linked from {one.layer}, but its directory is not on the path")
        elif not _is_left_by_a_build(one, projects.get(one.name, "")):
            kept.setdefault((one.name, os.path.realpath(one.location)), one)
            if linked or direct_url.is_editable(one):
                projects.setdefault(one.name, folder if linked else direct_url.local_path(one))
    return list(kept.values()), stray


def _is_left_by_a_build(one: Distribution, project: str) -> bool:
    if not project or not one.location.endswith(".egg-info"):
        return False
    return Path(os.path.realpath(one.layer)).is_relative_to(os.path.realpath(project))


def _as_reusable(one: Distribution, inventory: Inventory) -> Distribution:
    """Return a base distribution without an origin that is not to be had here.

    conda packages carry a ``direct_url.json`` that names a folder of the machine that they
    were built on (conda/conda#11580); they count as any other.
    """
    path = direct_url.local_path(one) if one.direct_url and not inventory.in_venv(one) else ""
    return one._replace(direct_url="") if path and not os.path.exists(path) else one

"""Taking the inventory: every distribution of every layer, each layer read once.

What was read of a base layer is kept in the cache folder under the layer's fingerprint, so
that a fleet of environments over one base reads its metadata once.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinvenv.inventory.layers import METADATA_SUFFIXES, layer_fingerprint
from thinvenv.inventory.metadata import UnreadableError, read
from thinvenv.model import Distribution, Inventory, Layer, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thinvenv.cache import Cache

Taken = tuple[tuple[Distribution, ...], tuple[str, ...]]
"""The distributions of one layer, and what was passed over in it, with the reason."""


def take(layers: Iterable[Layer], cache: Cache) -> Inventory:
    """Return the inventory of some layers, in their order.

    Args:
        layers: The layers, first found first.
        cache: Where answers about base layers are kept.

    """
    layers = tuple(layers)
    taken = [_cached(layer, cache) if layer.kind == "base" else _read_layer(layer) for layer in layers]
    distributions = tuple(one for found, _ in taken for one in found)
    return Inventory(layers, distributions, tuple(line for _, ignored in taken for line in ignored))


def _cached(layer: Layer, cache: Cache) -> Taken:
    key = layer_fingerprint(layer.path)
    known = cache.load("layers", key)
    if known is not None:
        return _from_cache(known)
    taken = _read_layer(layer)
    found, ignored = taken
    cache.store("layers", key, {"distributions": [to_json(one) for one in found], "ignored": list(ignored)})
    return taken


def _from_cache(known: dict[str, Any]) -> Taken:
    return tuple(from_json(Distribution, one) for one in known["distributions"]), tuple(known["ignored"])


def _read_layer(layer: Layer) -> Taken:
    """Read all metadata entries of a layer, the best of each distribution first."""
    found: list[Distribution] = []
    ignored: list[str] = []
    for entry in _entries(layer.path):
        try:
            found.append(read(entry, layer.path))
        except UnreadableError as error:
            ignored.append(str(error))
    return tuple(found), tuple(ignored)


def _entries(path: str) -> Iterator[Path]:
    """Yield the metadata entries of a site directory.

    ``dist-info`` comes first: where a distribution left an older ``egg-info`` beside it, the
    newer format is the one that an installer wrote last.
    """
    try:
        names = [name for name in os.listdir(path) if name.endswith(METADATA_SUFFIXES)]
    except OSError:
        return
    for name in sorted(names, key=lambda one: (METADATA_SUFFIXES.index(os.path.splitext(one)[1]), one)):
        if not name.startswith(("~", ".")):  # what an interrupted pip left behind
            yield Path(path, name)

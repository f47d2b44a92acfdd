"""The content of layers: read from their metadata, and kept in memory and in the cache.

The distributions of a base layer are kept under the fingerprint of the layer, so that all environments over one base
read its metadata once. If a layer has changed, only those of its distributions are read again that have changed.
"""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from thinvenv.distributions.metadata_files import path_in_archive
from thinvenv.distributions.requirement_cache import requirement
from thinvenv.files import has_target, is_regular_file, raise_if_transient
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.inventory import dpkg
from thinvenv.inventory.foreign_abi import foreign_module, foreign_module_among
from thinvenv.inventory.layers import EGG_METADATA, METADATA_SUFFIXES, layer_fingerprint
from thinvenv.inventory.metadata_entries import UnreadableError, dist_info_states, of_error, parse_entry
from thinvenv.model import Distribution, Layer, from_json, to_json
from thinvenv.model.json import text_map, texts
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from thinvenv.cache import Cache
    from thinvenv.model import Environment

_CACHE = "layers"
"""The folder of the cache that has the content of base layers."""
_LATEST = "latest-layers"
"""The folder that has, for each base layer, the key of its latest content."""
_MAX_CONTENTS = 64


class _Content(NamedTuple):
    """The content of a layer.

    Attributes:
        distributions: The distributions in it, one of each name.
        ignored: A line for each metadata entry that is not among them, with the reason.
        lasting: Whether it is the same the next time, unless the layer changes. Otherwise it must not be remembered.
        states: The states of those metadata entries that need not be read again while they are the same, by name.

    """

    distributions: tuple[Distribution, ...]
    ignored: tuple[str, ...]
    lasting: bool = True
    states: Mapping[str, str] = MappingProxyType({})


_contents: dict[str, _Content] = {}
"""The contents of the layers that this process has read, by a digest of the layer."""


def content_of(layer: Layer, environment: Environment, cache: Cache, linked: Collection[Path]) -> _Content:
    """Return the content of a layer of an environment.

    Args:
        layer: The layer.
        environment: The environment.
        cache: The cache with the content of base layers.
        linked: The ``dist-info`` directories of linked distributions, which are left out.

    """
    if layer.kind == "venv":
        return _content_of_venv(layer, linked)
    suffixes = environment.suffixes
    key = digest([layer_fingerprint(layer.path), *suffixes, _dpkg_state(layer.path)])

    kept = f"{cache.root} {key}"
    if kept in _contents:
        return _contents[kept]

    def read_and_store() -> _Content:
        latest = digest([layer.path, *suffixes])
        content = _read_layer(layer, suffixes, earlier=_latest(latest, cache))
        if content.lasting:
            cache.store(_CACHE, key, _encode(content))
            cache.store(_LATEST, latest, {"key": key})
        return content

    return _kept(kept, cache.get_or_compute(_CACHE, key, lambda: _decode(cache.load(_CACHE, key)), read_and_store))


def _latest(name: str, cache: Cache) -> _Content | None:
    """Return the content that a layer had when it was last read, ``None`` if that is not in the cache any more."""
    key = (cache.load(_LATEST, name) or {}).get("key")
    if not isinstance(key, str):
        return None
    return _contents.get(f"{cache.root} {key}") or _decode(cache.load(_CACHE, key))


def _content_of_venv(layer: Layer, linked: Collection[Path]) -> _Content:
    """Return the content of the venv, which one install reads several times."""
    key = digest([layer.path, layer_fingerprint(layer.path), *map(str, linked)])
    return _contents.get(key) or _kept(key, _read_layer(layer, (), linked))


def _kept(key: str, content: _Content) -> _Content:
    """Return the content of a layer, after keeping it for the next environment over the same layer."""
    if len(_contents) >= _MAX_CONTENTS:
        _contents.clear()
    if content.lasting:
        _contents[key] = content
    return content


def _encode(content: _Content) -> dict[str, Any]:
    """Return the content of a layer as a document for the cache."""
    distributions = [to_json(distribution) for distribution in content.distributions]
    return {"distributions": distributions, "ignored": list(content.ignored), "states": dict(content.states)}


def _decode(document: dict[str, Any] | None) -> _Content | None:
    """Return the content of a layer from a document in the cache, or ``None`` if it is missing or has another form."""
    data = document or {}
    try:
        distributions = tuple(from_json(Distribution, fields) for fields in data["distributions"])
        return _Content(distributions, texts(data["ignored"]), states=text_map(data["states"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _read_layer(
    layer: Layer, suffixes: Sequence[str], linked: Collection[Path] = (), earlier: _Content | None = None
) -> _Content:
    """Return the content of a layer.

    Args:
        layer: The layer.
        suffixes: The suffixes of the extension modules that the interpreter imports. Distributions with those of
            another interpreter are marked. Without suffixes, none are.
        linked: The ``dist-info`` directories of linked distributions, which are left out.
        earlier: What the layer had earlier. Entries that are still as they were then are not read again.

    Raises:
        OSError: A distribution in the venv cannot be read now, but may be another time. In a base, it is passed over.

    """
    distributions: list[Distribution] = []
    ignored: list[str] = []
    lasting = True
    same, states = _unchanged_entries(layer, earlier)
    readable = {text for dist in earlier.distributions for text in dist.requires} if earlier else set()
    try:
        entries = [entry for entry in _entries(layer.path) if entry not in linked]
    except OSError as error:
        if layer.kind == "venv":
            raise_if_transient(error)
        unreadable_layer = of_error(layer.path, error)
        return _Content((), (str(unreadable_layer),), lasting=not unreadable_layer.transient)
    for entry in entries:
        if entry.name in same:
            distributions.append(same[entry.name])
            continue
        try:
            distribution, unreadable = _read_entry(entry, layer, suffixes, readable)
        except UnreadableError as error:
            if layer.kind == "venv" and isinstance(error.__cause__, OSError):
                raise_if_transient(error.__cause__)
            ignored.append(str(error))
            lasting = lasting and not error.transient
        else:
            distributions.append(distribution)
            ignored += unreadable
            if unreadable:  # read again by the next call, which reports it too
                states.pop(entry.name, None)
    kept, hidden = _one_of_each_name(distributions)
    if dpkg.database_of(layer.path):  # installing another Debian package may change them
        kept, states = _complete_from_dpkg(kept, suffixes), {}
    return _Content(tuple(kept), (*ignored, *hidden), lasting=lasting, states=states)


def _unchanged_entries(layer: Layer, earlier: _Content | None) -> tuple[dict[str, Distribution], dict[str, str]]:
    """Return the distributions whose entries are as they were earlier, and the current states of all entries.

    The states are read before the entries are, so that a change meanwhile is noticed. A distribution with modules for
    another interpreter is read again: whether it has them depends on files that are not among its metadata.
    """
    if layer.kind == "venv":
        return {}, {}
    states = dist_info_states(layer.path)
    before = {os.path.basename(dist.location): dist for dist in earlier.distributions} if earlier else {}
    old = earlier.states if earlier else {}
    same = {
        name: before[name]
        for name, state in states.items()
        if old.get(name) == state and name in before and not before[name].foreign
    }
    return same, states


def _read_entry(
    entry: Path, layer: Layer, suffixes: Sequence[str], readable: Collection[str]
) -> tuple[Distribution, tuple[str, ...]]:
    """Return what :func:`parse_entry` does, with the module for another interpreter that a distribution may have.

    Raises:
        UnreadableError: See :func:`parse_entry`; or the list of its files cannot be read.

    """
    distribution, unreadable = parse_entry(entry, layer.path, readable)
    try:
        foreign = foreign_module(distribution, suffixes) if suffixes else ""
    except OSError as error:
        raise of_error(entry, error) from error
    return distribution._replace(foreign=foreign), unreadable


def _complete_from_dpkg(distributions: list[Distribution], suffixes: Sequence[str]) -> list[Distribution]:
    """Return the distributions of a layer with the requirements that dpkg has and their metadata lack.

    They are marked if modules without metadata that they depend on are for another interpreter.
    """
    by_entry = {os.path.basename(dist.location): dist for dist in distributions}
    return [_completed(dist, by_entry, suffixes) for dist in distributions]


def _completed(distribution: Distribution, others: Mapping[str, Distribution], suffixes: Sequence[str]) -> Distribution:
    packages = dpkg.packages_of(distribution.layer)
    added = packages.required(distribution, others) if packages else None
    if packages is None or added is None:
        return distribution
    if suffixes and not distribution.foreign:
        module = foreign_module_among(packages.borrowed_files(distribution), suffixes, distribution.layer)
        distribution = distribution._replace(foreign=module)
    parsed = filter(None, map(requirement, distribution.requires))
    own = {canonicalize_name(entry.name) for entry in parsed if entry.marker is None}
    return distribution._replace(requires=(*distribution.requires, *(text for text in added if text not in own)))


def _dpkg_state(layer: str) -> str:
    """Return what changes when the database of dpkg does; an empty string for a layer that is not of dpkg."""
    folder = dpkg.database_of(layer)
    return file_state(folder / "status") if folder else ""


def _entries(path: str) -> Iterator[Path]:
    """Yield the metadata entries of a layer: a site directory, an egg, or another archive.

    They come in the order of the directory, in which :mod:`importlib.metadata` finds them. An ``.egg-link`` comes
    last, because its distribution lies in another directory, which is searched later.

    Raises:
        OSError: There is a directory or an archive, and it cannot be read.

    """
    if not has_target(path):
        return
    root = path_in_archive(path) if is_regular_file(path) else Path(path)
    names = [entry.name for entry in root.iterdir()]
    is_egg = path.lower().endswith(".egg")
    for name in sorted(names, key=lambda name: name.endswith(".egg-link")):
        # What an interrupted pip leaves behind starts with a tilde.
        is_metadata = name.endswith(METADATA_SUFFIXES) and not name.startswith(("~", "."))
        if is_metadata or (is_egg and name == EGG_METADATA):
            yield root / name


def _one_of_each_name(distributions: Iterable[Distribution]) -> tuple[list[Distribution], list[str]]:
    """Return those distributions of one directory that :mod:`importlib.metadata` finds.

    If several entries have the same name and version, the newest format counts: Debian's cryptography has an
    ``egg-info`` beside its ``dist-info``.

    Returns:
        The distributions, and a line for each that is hidden by another one.

    """
    kept: list[Distribution] = []
    hidden: list[str] = []
    for _, group in groupby(sorted(distributions, key=lambda dist: dist.name), key=lambda dist: dist.name):
        first, *others = group  # the sort is stable: this is the first in the directory
        same_version = [dist for dist in others if Version(dist.version) == Version(first.version)]
        kept.append(min((first, *same_version), key=_format))
        rest = (dist for dist in others if dist not in same_version)
        hidden += [f"{dist.location}: {dist} is hidden by {first} in the same directory" for dist in rest]
    return kept, hidden


def _format(distribution: Distribution) -> int:
    suffix = os.path.splitext(distribution.location)[1]
    return METADATA_SUFFIXES.index(suffix) if suffix in METADATA_SUFFIXES else len(METADATA_SUFFIXES)

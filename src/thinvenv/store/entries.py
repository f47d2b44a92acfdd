"""The entries of a store: one read-only directory for each distribution and content.

An entry has the layout of an installation: a site directory, and beside it scripts, data files and headers. Its name
contains a digest of all that its RECORD lists, so two builds of one version never share an entry unless their files
are the same.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinvenv.cache import write_atomically
from thinvenv.files import has_target, is_directory, raise_if_transient, read_bytes
from thinvenv.inventory.layers import ENTRIES, ENTRY_SITE, STORE_INSTALLER, dist_infos, linked_dist_infos, store_of
from thinvenv.named_tuples import NamedTuple
from thinvenv.store import trees
from thinvenv.store.places import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.model import Distribution, Environment
    from thinvenv.store.staged import StagedDistribution


_ORIGIN = ".json"
"""The end of the name of the file that says how to make an entry again."""
DIGEST_LENGTH = 16
"""The number of digits of the digest in the name of an entry."""


class Entry(NamedTuple):
    """An entry of a store.

    Attributes:
        store: The store.
        name: The name of its directory: those of the distribution, its version, and a digest of its content.

    """

    store: Store
    name: str

    @property
    def path(self) -> str:
        """Its directory."""
        return os.path.join(self.store.entries, self.name)

    @property
    def site(self) -> str:
        """Its site directory, which is the layer of its distribution."""
        return os.path.join(self.path, ENTRY_SITE)

    @property
    def origin_file(self) -> str:
        """The file that says how to make it again. Its time is that of the last use."""
        return os.path.join(self.store.origins, f"{self.name}{_ORIGIN}")

    def distribution(self) -> Distribution | None:
        """Return its distribution, or ``None`` if there is no complete entry."""
        locations = dist_infos(self.site)
        return _parsed(Path(locations[0]), self.site) if locations else None

    def origin(self) -> dict[str, Any]:
        """Return how it was made, as :func:`prepare` wrote it; empty if that is not known."""
        try:
            document = json.loads(read_bytes(self.origin_file))
        except (OSError, ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}


def name_of(distribution: StagedDistribution) -> str:
    """Return the name of the entry that a distribution becomes."""
    return f"{distribution.name}-{distribution.version}-{distribution.digest()[:DIGEST_LENGTH]}"


def entry_of(distribution: Distribution) -> Entry | None:
    """Return the entry that a distribution lies in; ``None`` if it lies in no store."""
    store = store_of(distribution.layer)
    name = os.path.relpath(distribution.layer, Store(store).entries).split(os.sep)[0] if store else ""
    return Entry(Store(store), name) if store else None


def names_by_store(distributions: Iterable[Distribution]) -> dict[Store, list[str]]:
    """Return the names of the entries that distributions lie in, by their store."""
    names: dict[Store, list[str]] = {}
    for entry in filter(None, map(entry_of, distributions)):
        names.setdefault(entry.store, []).append(entry.name)
    return names


def linked_distributions(environment: Environment) -> list[Distribution]:
    """Return the distributions in an environment that are linked from stores, as they lie there.

    Those whose entry is gone are left out.
    """
    locations = [Path(target).parent for _, target in _metadata_targets(environment)]
    return [dist for location in locations if (dist := _parsed(location, str(location.parent)))]


def missing(environment: Environment) -> list[tuple[str, str]]:
    """Return the distributions whose entry is gone, as name and version, each with the root of the store."""
    gone = []
    for dist_info, target in _metadata_targets(environment):
        if not has_target(target):
            store = target.rpartition(f"{os.sep}{ENTRIES}{os.sep}")[0]
            gone.append((dist_info.name.removesuffix(".dist-info").replace("-", " ", 1), store))
    return gone


def _metadata_targets(environment: Environment) -> Iterator[tuple[Path, str]]:
    """Yield the metadata directories that are linked from stores, each with the target of the METADATA in it."""
    for dist_info in linked_dist_infos(environment.purelib, STORE_INSTALLER):
        try:
            yield dist_info, os.readlink(dist_info / "METADATA")
        except OSError as error:  # it is no link
            raise_if_transient(error)


def prepare(folder: str, origins: Mapping[str, Mapping[str, Any]]) -> None:
    """Make directories in a folder read-only, write beside each how it was made, and write all of it to the disk.

    Args:
        folder: The folder, which contains nothing else.
        origins: How each entry can be made again, by the name of its directory.

    Raises:
        OSError: The disk is full or broken.

    """
    from thinvenv.store import syncing  # noqa: PLC0415 - linking needs neither threads nor C functions

    for name, origin in origins.items():
        Path(folder, f"{name}{_ORIGIN}").write_text(json.dumps(origin), "utf-8")
    count = sum(trees.make_read_only(os.path.join(folder, name)) for name in origins)
    syncing.sync(folder, count)


def publish(staged: str, entry: Entry) -> None:
    """Make an entry of a directory in the staging folder that :func:`prepare` has prepared, as a whole.

    If another process has made the same entry meanwhile, that one stays.

    Raises:
        OSError: The store cannot be written.

    """
    if not is_directory(entry.path):
        os.replace(f"{staged}{_ORIGIN}", entry.origin_file)
        if os.stat(entry.store.origins).st_mode & stat.S_IWGRP:  # each member of the group records its use
            os.chmod(entry.origin_file, 0o664)
        try:
            os.rename(staged, entry.path)
        except OSError:
            if not is_directory(entry.path):
                raise
        trees.protect(entry.path)


def refer(store: Store, key: str, entry: Entry) -> None:
    """Record that a key means an entry; see :mod:`thinvenv.store.references`.

    Raises:
        OSError: The store cannot be written.

    """
    write_atomically(Path(store.references, key), entry.name, unique=True)


def referred(stores: Iterable[Store], key: str) -> Entry | None:
    """Return the entry that a key means in the first store that has it, or ``None``."""
    for store in stores:
        with suppress(OSError, UnicodeError):
            entry = Entry(store, read_bytes(os.path.join(store.references, key)).decode())
            if os.path.basename(entry.name) == entry.name and is_directory(entry.site):
                return entry
    return None


def touch(entries: Iterable[Entry]) -> None:
    """Record that entries are used now, in those stores that can be written."""
    for entry in entries:
        with suppress(OSError):
            os.utime(entry.origin_file)


def _parsed(location: Path, layer: str) -> Distribution | None:
    """Return the distribution with the metadata at a location, or ``None`` if they cannot be read."""
    from thinvenv.inventory.metadata_entries import UnreadableError, parse_entry  # noqa: PLC0415 - a replay parses none

    try:
        return parse_entry(location, layer)[0]
    except (OSError, UnreadableError):
        return None

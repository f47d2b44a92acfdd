"""What a store contains, who uses it, and the removal of what nobody uses."""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import DAY
from thinvenv.errors import StoreError
from thinvenv.files import names_in, read_bytes
from thinvenv.named_tuples import NamedTuple
from thinvenv.store import locks, places, roots, trees, workspaces
from thinvenv.store.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thinvenv.store.places import Store

_TEMPORARY = re.compile(r"\..+\.[0-9]+\.[0-9a-f]{8}")
"""The name of the temporary file with which :func:`thinvenv.cache.write_atomically` replaces a file."""


class StoredEntry(NamedTuple):
    """An entry with what is known about it.

    Attributes:
        entry: The entry.
        name: The normalized name of its distribution.
        version: The version.
        bytes: The size of its files.
        environments: The environments that use it, with the machine of those that are on another one.
        last_use: When it was used last by an install, in seconds since the epoch.

    """

    entry: Entry
    name: str
    version: str
    bytes: int
    environments: tuple[str, ...]
    last_use: float


def contents(store: Store, *, forget_others: bool = False) -> list[StoredEntry]:
    """Return the entries of a store by name.

    Args:
        store: The store.
        forget_others: Whether the environments of other machines do not count.

    """
    users: dict[str, list[str]] = {}
    for root in roots.read(store).values():
        if root.may_exist() and (root.is_on_this_machine or not forget_others):
            label = root.environment if root.is_on_this_machine else f"{root.environment} on {root.machine}"
            for name in root.entries:
                users.setdefault(name, []).append(label)
    return [_stored(entry, users.get(entry.name, [])) for entry in _entries(store)]


def prune(
    store: Store, *, older_than: float = 0, forget_others: bool = False
) -> tuple[list[StoredEntry], list[StoredEntry]]:
    """Remove the entries of a store that no environment uses.

    In a store of a group, each member can remove its own entries only: those of others are read-only for it.

    Args:
        store: The store.
        older_than: Only those that no install has used for so many seconds.
        forget_others: Whether the environments of other machines do not count.

    Returns:
        The removed entries, and those that only their owner can remove.

    Raises:
        StoreError: The store cannot be written.

    """
    try:
        with locks.unused(store):
            unused = [
                stored
                for stored in contents(store, forget_others=forget_others)
                if not stored.environments and stored.last_use <= time.time() - older_than
            ]
            own = [stored for stored in unused if not owner_besides(stored.entry)]
            for stored in own:
                remove(stored.entry)
            _remove_references(store, {stored.entry.name for stored in own})
            _remove_roots(store, forget_others=forget_others)
            _remove_leftovers(store)
    except OSError as error:
        raise StoreError.of_writing(f"the store {store.path}", error) from error
    return own, [stored for stored in unused if stored not in own]


def owner_besides(entry: Entry) -> str:
    """Return the user who alone can remove an entry; empty if this user can, too."""
    if os.name == "nt" or os.geteuid() in {0, owner := os.stat(entry.path).st_uid}:
        return ""
    return places.owner_of(entry.path, owner)


def remove(entry: Entry) -> None:
    """Remove an entry. Others see it disappear at once, since it is renamed first.

    Raises:
        StoreError: Only another user can remove it.
        OSError: The store cannot be written.

    """
    if owner := owner_besides(entry):
        why = (f"it belongs to {owner}",)
        raise StoreError(f"cannot remove {entry.path}", why=why, hint=f"ask {owner}, or run it as root")
    os.chmod(entry.path, 0o700)
    with workspaces.workspace(entry.store) as folder:
        os.rename(entry.path, os.path.join(folder, entry.name))
        Path(entry.origin_file).unlink(missing_ok=True)


def _entries(store: Store) -> Iterator[Entry]:
    return (Entry(store, name) for name in sorted(names_in(store.entries)))


def _stored(entry: Entry, environments: list[str]) -> StoredEntry:
    name, version, _ = (*entry.name.rsplit("-", 2), "", "")[:3]
    try:
        last_use = os.stat(entry.origin_file).st_mtime
    except OSError:
        last_use = 0.0
    return StoredEntry(entry, name, version, trees.size_of(entry.path), tuple(sorted(environments)), last_use)


def _remove_references(store: Store, names: set[str]) -> None:
    """Remove what leads to entries that are gone."""
    for path in Path(store.references).iterdir() if names else ():
        with suppress(OSError, UnicodeError):
            if read_bytes(path).decode() in names:
                path.unlink()


def _remove_roots(store: Store, *, forget_others: bool) -> None:
    """Remove the files of environments that are gone. Those of other users stay where the folder is sticky."""
    for path, root in roots.read(store).items():
        if not root.may_exist() or (forget_others and not root.is_on_this_machine):
            with suppress(PermissionError, FileNotFoundError):
                path.unlink()


def _remove_leftovers(store: Store) -> None:
    """Remove what killed processes have left: folders with entries that are not complete, and temporary files.

    What may belong to a process that lives is removed after a day.
    """
    workspaces.remove_abandoned(store)
    leftovers = _paths_in(store.staging)
    for folder in (store.path, store.references, store.origins, store.roots):
        leftovers += [path for path in _paths_in(folder) if _TEMPORARY.fullmatch(os.path.basename(path))]
    for path in leftovers:
        with suppress(OSError):  # those of other users stay where the folder is sticky
            status = os.lstat(path)
            if status.st_mtime < time.time() - DAY:
                trees.remove(path) if stat.S_ISDIR(status.st_mode) else os.unlink(path)


def _paths_in(folder: str) -> list[str]:
    """Return the paths of what a folder contains; none if it is missing."""
    return [os.path.join(folder, name) for name in names_in(folder)]

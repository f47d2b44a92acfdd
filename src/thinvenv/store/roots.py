"""Roots: the environments that use entries of a store, so that these are not removed.

Each environment has a file in the store with the entries that it uses, where it lies, and on which machine. A file
counts as long as its environment may exist. It certainly does not if this is the machine, the file system is mounted,
and neither the environment nor a directory that it was renamed to is there.
"""

from __future__ import annotations

import json
import os
import platform
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinvenv.cache import write_atomically
from thinvenv.files import is_path, is_transient, read_bytes, read_if_any
from thinvenv.files.fingerprint import digest
from thinvenv.model.json import text, texts
from thinvenv.named_tuples import NamedTuple
from thinvenv.store.entries import Entry, touch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from thinvenv.store.places import Store

_CONFIG = "pyvenv.cfg"
_ANONYMOUS = "unrecorded"
"""The machine of an environment whose place must not be recorded. No machine has this name, since all have a digest."""


class Root(NamedTuple):
    """An environment that uses entries of a store.

    Attributes:
        environment: The path of its root.
        machine: The machine, or container, that the path is on, see :func:`this_machine`.
        mount: The mount point of the file system that it lies on.
        inode: The number of its directory in that file system.
        entries: The names of the entries.

    """

    environment: str
    machine: str
    mount: str
    inode: int
    entries: tuple[str, ...]

    @property
    def is_on_this_machine(self) -> bool:
        """Whether the environment can be seen from here."""
        return self.machine == this_machine()

    def may_exist(self) -> bool:
        """Return whether the environment exists, was renamed, or cannot be seen from here."""
        if not self.is_on_this_machine or os.path.isfile(os.path.join(self.environment, _CONFIG)):
            return True
        return not os.path.ismount(self.mount) or any(map(self._is_renamed, _neighbours(self.environment)))

    def _is_renamed(self, path: str) -> bool:
        try:
            return os.stat(path).st_ino == self.inode and os.path.isfile(os.path.join(path, _CONFIG))
        except OSError:
            return False


@cache
def this_machine() -> str:
    """Return what tells this machine, or container, from others that may see the same store."""
    identity = read_if_any("/etc/machine-id").decode().strip()
    name = platform.node() or "unknown"
    return f"{name}-{digest([name, identity, str(os.stat(os.sep).st_ino)])[:12]}"


def register(
    store: Store, environment: str, entries: Collection[str], *, adding: bool = False, reproducible: bool = False
) -> bool:
    """Register that an environment uses entries of a store, and no others, and record that they are used now.

    Args:
        store: The store.
        environment: The root of the environment.
        entries: The names of the entries. Without any, the environment is no longer registered.
        adding: Whether the entries that it is registered with stay registered.
        reproducible: Whether the same call writes the same everywhere, as a layer of an image needs it. The
            environment then counts as one of another machine.

    Returns:
        Whether it is registered now; ``False`` if the store cannot be written.

    """
    touch(Entry(store, name) for name in entries)
    machine = _ANONYMOUS if reproducible else this_machine()
    path = Path(store.roots, f"{digest([machine, environment])[:32]}.json")
    try:
        earlier = _root(path) if adding else None
        names = {*entries, *(earlier.entries if earlier else ())}
        if names:
            place = (os.sep, 0) if reproducible else (_mount_of(environment), os.stat(environment).st_ino)
            root = Root(environment, machine, *place, ())
            document = {**root._asdict(), "entries": sorted(names)}
            write_atomically(path, json.dumps(document), unique=True, durable=True)
            os.chmod(path, 0o644)  # whatever the umask is: who prunes the store has to read it
        else:
            path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def read(store: Store) -> dict[Path, Root]:
    """Return the roots of a store by their files. A damaged file is left out.

    Raises:
        OSError: A file may be whole, but cannot be read now, or by this user: what it keeps is not known.

    """
    return {path: root for path in _files(store) if (root := _root(path))}


def _files(store: Store) -> list[Path]:
    try:
        return [Path(store.roots, name) for name in sorted(os.listdir(store.roots)) if name.endswith(".json")]
    except FileNotFoundError:
        return []


def _root(path: Path) -> Root | None:
    """Return the root of a file, ``None`` if it is missing or damaged: all who can read a store can write one."""
    try:
        document: dict[str, Any] = json.loads(read_bytes(path))
        environment, machine, mount = (text(document[key]) for key in ("environment", "machine", "mount"))
        root = Root(environment, machine, mount, int(document["inode"]), texts(document["entries"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        if isinstance(error, OSError) and is_transient(error):
            raise
        return None
    return root if os.path.isabs(environment) and is_path(environment) and is_path(mount) else None


def _mount_of(path: str) -> str:
    while not os.path.ismount(path):
        path = os.path.dirname(path)
    return path


def _neighbours(path: str) -> Iterator[str]:
    """Yield the paths that an environment has after it, or the project that it lies in, was renamed."""
    parent, name = os.path.split(path)
    for folder, below in ((parent, ""), (os.path.dirname(parent), name)):
        with suppress(OSError):
            yield from (os.path.join(folder, entry, below).rstrip(os.sep) for entry in sorted(os.listdir(folder)))

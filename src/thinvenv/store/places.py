"""Stores on disk: their folders, their format, and whose stores are used.

What lies in a store is imported by all environments that link it, so whoever can write to a store can run code
in them.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import write_atomically
from thinvenv.errors import StoreError, UsageError, way_out
from thinvenv.files import read_bytes
from thinvenv.inventory.layers import ENTRIES, STORE_FILE
from thinvenv.named_tuples import NamedTuple
from thinvenv.store import locks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMAT = 1
"""The version of the format. A store of a newer one is refused."""
DEFAULT = "default"
"""The name of the store in the user's own data folder."""
NONE = "none"
"""The name that stands for no store."""
TRUST_VARIABLE = "THINVENV_STORE_TRUST"
"""The variable with the names of users whose stores are used, and ``group`` for stores that a group can write."""
_TRUSTS_GROUP = "group"
_IGNORED = ("lost+found", f".{STORE_FILE}.")
"""The start of the names that a folder may have and still become a store."""


class Store(NamedTuple):
    """A store, whose folder may not exist yet.

    Attributes:
        path: The absolute path of its root.

    """

    path: str

    @property
    def entries(self) -> str:
        """The folder with an entry for each distribution and content."""
        return os.path.join(self.path, ENTRIES)

    @property
    def references(self) -> str:
        """The folder with a file for each key: it names the entry, see :mod:`thinvenv.store.references`."""
        return os.path.join(self.path, "references")

    @property
    def origins(self) -> str:
        """The folder with a file for each entry that says how to make it again."""
        return os.path.join(self.path, "origins")

    @property
    def roots(self) -> str:
        """The folder with a file for each environment that uses entries."""
        return os.path.join(self.path, "roots")

    @property
    def staging(self) -> str:
        """The folder in which entries are made."""
        return os.path.join(self.path, "staging")

    @property
    def is_writable(self) -> bool:
        """Whether this user can add entries, or create the store."""
        folder = self.path
        while not os.path.lexists(folder):
            folder = os.path.dirname(folder)
        return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def absolute_paths(names: Iterable[str], cwd: str) -> tuple[str, ...]:
    """Return the roots of stores.

    Args:
        names: ``default``, or paths that may start with ``~`` and may be relative.
        cwd: The directory that relative paths start from.

    Raises:
        StoreError: There is no home directory for the default store.

    """
    paths = (
        _default_path() if name == DEFAULT else os.path.join(cwd, os.path.expanduser(name))
        for name in names
        if name != NONE
    )
    return tuple(dict.fromkeys(map(os.path.abspath, paths)))


def open_stores(paths: Iterable[str], environ: Mapping[str, str]) -> tuple[Store, ...]:
    """Return stores that may be used.

    Args:
        paths: Their absolute paths. One that does not exist is an empty store.
        environ: The environment variables: ``THINVENV_STORE_TRUST`` says whose stores are used.

    Raises:
        StoreError: One of them is no store, has a newer format, or can be written by others.

    """
    return tuple(_checked(Store(path), environ) for path in paths)


def check_apart(store: str, folder: str, what: str) -> None:
    """Check that a store and a directory do not contain each other.

    Args:
        store: The path of the store.
        folder: The path of the directory.
        what: What the directory is, for the error.

    Raises:
        UsageError: One of them lies in the other.

    """
    paths = Path(os.path.realpath(store)), Path(os.path.realpath(folder))
    if paths[0].is_relative_to(paths[1]) or paths[1].is_relative_to(paths[0]):
        raise UsageError(f"the store {store} and {what} {folder} cannot contain each other")


def create(store: Store) -> None:
    """Create the folders of a store, as far as they are missing.

    Only its owner can write to a new store, whatever the umask is. If the folder exists and a group can write to it,
    so can the group to the store. Whoever can read a store can register environments in it.

    Raises:
        StoreError: The folders cannot be created.

    """
    try:
        os.makedirs(store.path, mode=0o755, exist_ok=True)
        marker = Path(store.path, STORE_FILE)
        if not marker.exists():
            write_atomically(marker, json.dumps({"format": FORMAT}), unique=True, durable=True)
        mode = stat.S_IMODE(os.stat(store.path).st_mode)
        for folder in (store.entries, store.references, store.origins, store.roots, store.staging):
            is_shared = folder == store.roots and mode & stat.S_IXOTH
            _create_folder(folder, 0o1777 if is_shared else mode)
        locks.create(store, shared=bool(mode & stat.S_IWGRP))
    except OSError as error:
        raise StoreError(f"cannot create the store {store.path}", why=(str(error),), hint=way_out(error)) from error


def _create_folder(folder: str, mode: int) -> None:
    """Create a folder with a mode, whatever the umask is. It appears with this mode, even if the process is killed."""
    if os.path.lexists(folder):
        return
    temporary = f"{folder}.new"
    try:
        os.makedirs(temporary, exist_ok=True)
        os.chmod(temporary, mode)
        os.rename(temporary, folder)
    except OSError:
        if not os.path.lexists(folder):  # else another process has renamed or created it
            raise
        with suppress(OSError):
            os.rmdir(temporary)


def _checked(store: Store, environ: Mapping[str, str]) -> Store:
    try:
        status = os.stat(store.path)
        if not stat.S_ISDIR(status.st_mode):
            raise StoreError(f"the store {store.path} is no directory", hint="name a directory instead")
        names = os.listdir(store.path)
    except FileNotFoundError:
        return store
    except OSError as error:
        raise StoreError(f"cannot read the store {store.path}", why=(str(error),)) from error
    _check_format(store, names)
    if os.name != "nt":  # which has access control lists instead of modes
        _check_trust(store, status, environ)
    return store


def _check_format(store: Store, names: Iterable[str]) -> None:
    if STORE_FILE not in names:
        others = [name for name in names if not name.startswith(_IGNORED)]
        if others:
            raise StoreError(
                f"{store.path} is not a store",
                why=(f"it has no {STORE_FILE}, and contains {others[0]}",),
                hint="name an empty directory, or one that does not exist yet",
            )
        return
    path = os.path.join(store.path, STORE_FILE)
    try:
        document = json.loads(read_bytes(path))
    except OSError as error:
        raise StoreError(f"cannot read {path}", why=(str(error),)) from error
    except (ValueError, RecursionError):
        document = None
    number = document.get("format") if isinstance(document, dict) else None
    if number is None:
        hint = f'write {{"format": {FORMAT}}} into it'
        raise StoreError(f"{path} is damaged", why=("it is no JSON object with a format",), hint=hint)
    if number != FORMAT:
        why = f"its format is {number}, and this version knows {FORMAT}"
        raise StoreError(f"the store {store.path} has another format", why=(why,), hint="upgrade thinvenv")


def _check_trust(store: Store, status: os.stat_result, environ: Mapping[str, str]) -> None:
    trusted = set(environ.get(TRUST_VARIABLE, "").replace(",", " ").split())
    if folder := next(filter(_is_open_to_all, (store.path, store.entries, store.references)), None):
        raise StoreError(
            f"the store {store.path} is not used",
            why=(f"every user of this machine can write to {folder}, and so run code in your environments",),
            hint=f"chmod o-w {folder}",
        )
    owner = owner_of(store.path, status.st_uid)
    if status.st_uid not in {0, os.getuid()} and not trusted & {str(status.st_uid), owner}:
        raise StoreError(
            f"the store {store.path} is not used",
            why=(f"it belongs to {owner}, who can run code in the environments that use it",),
            hint=f"if you trust that user, set {TRUST_VARIABLE}={owner}",
        )
    if status.st_mode & stat.S_IWGRP and _TRUSTS_GROUP not in trusted:
        raise StoreError(
            f"the store {store.path} is not used",
            why=("all members of a group can write to it, and so run code in the environments of each other",),
            hint=f"if you trust them, set {TRUST_VARIABLE}={_TRUSTS_GROUP}; else: chmod g-w {store.path}",
        )


def _is_open_to_all(folder: str) -> bool:
    try:
        return bool(os.stat(folder).st_mode & stat.S_IWOTH)
    except FileNotFoundError:
        return False


def owner_of(path: str, number: int) -> str:
    """Return the name of the owner of a store or of an entry, or the number if that has no name on this machine."""
    try:
        return Path(path).owner()
    except KeyError:
        return str(number)


def _default_path() -> str:
    from platformdirs import user_data_path  # noqa: PLC0415 - takes a tenth of the time of creating an environment

    try:
        return str(user_data_path("thinvenv", appauthor=False) / "store")
    except RuntimeError as error:
        raise StoreError("there is no default store", why=(str(error),), hint="name a path instead") from error

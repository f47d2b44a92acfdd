"""The cache folder: JSON documents and views, shared by all environments of a user.

A lost cache costs time and nothing else. Where the folder cannot be written, nothing is stored.

What is read from it decides which code runs, so it is used only if nobody else can have written it: the folder, those
of its format and of each kind of content, and each document belong to the user, and others cannot write them.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import time
from contextlib import suppress
from functools import cache

from thinvenv.files import json_with_checksum, read_bytes, verified_json
from thinvenv.named_tuples import NamedTuple

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike
    from pathlib import Path
    from threading import Lock
    from typing import Any, TypeVar

    Value = TypeVar("Value")

_geteuid: Callable[[], int] | None = getattr(os, "geteuid", None)
"""Returns the user that this process acts for. Windows has none, and there the folder is in the user's profile."""
_LOCKS: dict[tuple[str, str, str], Lock] = {}
"""One lock for each document that several threads of this process (``tox -p``) may compute."""
FORMAT = "v2"
"""The version of the format. It is part of every path."""
VERSION = "0.1.0"
"""The version of thinvenv. It is part of the name of every document: another version may find something else."""
EXPIRY_DAYS = 30
"""The days after which an unused document is removed."""
_SPACE = 256 * 1024
"""The bytes that the files of an install may take: requirements, constraints and pip's report."""
DAY = 24 * 60 * 60
NOWHERE = os.path.join(os.devnull, "thinvenv")
"""A folder that cannot exist: nothing can be created below a file."""


class ForeignCacheError(PermissionError):
    """The cache is not used, because others own a part of it or can write it."""


class Cache(NamedTuple):
    """A folder that only its user can enter.

    Attributes:
        path: The folder; ``None`` stands for the user's own cache folder.

    """

    path: str | PathLike[str] | None = None

    @property
    def root(self) -> Path:
        """The folder, which may not exist yet."""
        from pathlib import Path  # noqa: PLC0415 - a lookup handles paths as strings

        return Path(self.path or _user_folder())

    def folder(self, kind: str) -> Path:
        """Return the folder for one kind of content, and create it if it is missing.

        Raises:
            ForeignCacheError: Others own it or can write it, or a folder between the root of the cache and it.
            OSError: The folder cannot be created.

        """
        root, *_ = folders = self._folders(kind)
        for folder in folders:
            with suppress(FileExistsError):
                (os.makedirs if folder == root else os.mkdir)(folder, 0o700)
            _check_own(folder, follow=folder == root)
        return self.root / FORMAT / kind

    def folder_if_any(self, kind: str) -> str:
        """Return the folder for one kind of content, or an empty string if there is none that can be used."""
        try:
            return str(self.folder(kind))
        except OSError:
            return ""

    def load(self, kind: str, key: str) -> dict[str, Any] | None:
        """Return the document stored under ``key``, or ``None``. One that is damaged counts as none."""
        root, *_, parent = folders = self._folders(kind)
        path = os.path.join(parent, _document_name(key))
        try:
            for folder in folders:
                _check_own(folder, follow=folder == root)
            status = _check_own(path, is_wanted=stat.S_ISREG)
            document = json.loads(verified_json(read_bytes(path), f"{kind}/{key}"))
            keep(path, status)
        except (OSError, ValueError, RecursionError):
            return None
        return document if isinstance(document, dict) else None

    def problem(self) -> str:
        """Return why the cache is not used although it exists, an empty string if it is used."""
        try:
            for folder in (self.root, self.root / FORMAT):
                _check_own(folder, follow=folder == self.root)
        except OSError as error:
            return str(error.strerror) if isinstance(error, ForeignCacheError) else ""
        return ""

    def _folders(self, kind: str) -> tuple[str, str, str]:
        """Return the root of the cache, and the folders below it down to that for one kind of content."""
        root = os.fspath(self.path or _user_folder())
        return root, os.path.join(root, FORMAT), os.path.join(root, FORMAT, kind)

    def get_or_compute(
        self, kind: str, key: str, load: Callable[[], Value | None], compute: Callable[[], Value]
    ) -> Value:
        """Return the value stored under ``key``, or compute it in one thread while others wait for it.

        Args:
            kind: The kind of content.
            key: The key of the value.
            load: Returns the stored value, or ``None`` if there is none or it is out of date.
            compute: Computes the value and stores it.

        """
        if (value := load()) is not None:
            return value
        from threading import Lock  # noqa: PLC0415 - a no-op computes nothing

        with _LOCKS.setdefault((str(self.root), kind, key), Lock()):
            value = load()
            return compute() if value is None else value

    def store(self, kind: str, key: str, document: Mapping[str, Any]) -> None:
        """Store a document under ``key``, unless the folder cannot be written."""
        with suppress(OSError):
            folder = self.folder(kind)
            text = json_with_checksum(json.dumps(document), f"{kind}/{key}").decode()
            write_atomically(folder / _document_name(key), text, unique=True, mode=0o600)
        self.tidy(kind)

    def tidy(self, kind: str, days: int = EXPIRY_DAYS) -> None:
        """Remove the content of one kind that expires after some days, at most once a day, if it can be removed."""
        with suppress(OSError):
            stamp = self.folder(kind) / ".swept"
            if not stamp.exists() or time.time() - stamp.stat().st_mtime > DAY:
                stamp.touch()
                _remove_unused(stamp.parent, days)

    def scratch(self) -> Path:
        """Return the parent of temporary folders, after removing those that a killed process left a day ago.

        Raises:
            OSError: The folder cannot be created, or its disk is full. Folders can be created there even then.

        """
        folder = self.folder("scratch")
        _remove_unused(folder, 1)
        trial = folder / f"{os.getpid()}.{os.urandom(4).hex()}"
        try:
            trial.write_bytes(bytes(_SPACE))
        finally:
            trial.unlink(missing_ok=True)
        return folder


def keep(path: str | Path, status: os.stat_result) -> None:
    """Note that a document or a folder of the cache, which has a status, is in use: it does not expire then.

    Raises:
        OSError: Its time cannot be changed.

    """
    if time.time() - status.st_mtime > DAY:
        os.utime(path)


def _document_name(key: str) -> str:
    return f"{key}-{VERSION}.json"


def _remove_unused(folder: Path, days: int) -> None:
    """Remove the entries that were not used for a number of days."""
    oldest = time.time() - days * DAY
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in [entry for entry in entries if entry.stat(follow_symlinks=False).st_mtime < oldest]:
            if entry.is_dir(follow_symlinks=False):
                import shutil  # noqa: PLC0415 - a no-op removes nothing

                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)


def default_cache(environ: Mapping[str, str]) -> Cache:
    """Return the cache in the folder that ``THINVENV_CACHE_DIR`` names, or the user's."""
    return Cache(environ.get("THINVENV_CACHE_DIR") or None)


@cache
def _user_folder() -> str:
    """Return the user's cache folder. On Linux, loading platformdirs would take longer than the rest of a lookup."""
    if sys.platform == "linux":  # see the XDG Base Directory Specification
        folders = (os.environ.get("XDG_CACHE_HOME", ""), os.path.join(os.environ.get("HOME", ""), ".cache"))
        if folder := next(filter(os.path.isabs, folders), ""):
            return os.path.join(folder, "thinvenv")
    from platformdirs import user_cache_dir  # noqa: PLC0415 - a no-op needs no cache

    with suppress(RuntimeError):
        path = user_cache_dir("thinvenv", appauthor=False)
        if os.path.isabs(path):  # an older platformdirs returns `~/…` instead of raising RuntimeError
            return path
    return NOWHERE  # a user without a home, as in a container: nothing is stored


def _check_own(
    path: str | Path, *, is_wanted: Callable[[int], bool] = stat.S_ISDIR, follow: bool = False
) -> os.stat_result:
    """Return the status of a path in the cache.

    Args:
        path: The path.
        is_wanted: Whether its mode is that of what should be there.
        follow: Whether it may be a link, as the root of the cache. The link must belong to the user or to root.

    Raises:
        ForeignCacheError: It belongs to another user, is a link, or others can write it.
        OSError: It does not exist, or is something else.

    """
    status = os.lstat(path)
    own = status.st_uid if _geteuid is None else _geteuid()
    if follow and stat.S_ISLNK(status.st_mode) and status.st_uid in {own, 0}:
        status = os.stat(path)
    if status.st_uid != own:
        raise ForeignCacheError(errno.EPERM, f"{path} belongs to another user")
    if stat.S_ISLNK(status.st_mode):
        raise ForeignCacheError(errno.EPERM, f"{path} is a link")
    if _geteuid and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ForeignCacheError(errno.EPERM, f"other users can write {path}")
    if not is_wanted(status.st_mode):
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    return status


def write_atomically(
    path: Path, text: str, *, unique: bool = False, mode: int = 0o666, durable: bool = False, synced: bool = False
) -> None:
    """Replace a file so that a reader sees either the old text or the new text.

    Args:
        path: The file.
        text: Its new text.
        unique: Whether the temporary file has a name of its own, since several processes may write the file at once.
            With a lock, one name is enough, and what a killed process has left under it is replaced.
        mode: The permissions, of which the umask is taken away.
        durable: Whether the file is on the disk when this function returns, even if the power fails then.
        synced: Whether the text is on the disk before it replaces the old one, so that the file has one of both
            after a power failure. Without it, the file may be empty then.

    Raises:
        OSError: The folder cannot be written.

    """
    # Not `tempfile`: only their user can read its files, and an environment may serve others.
    suffix = f"{os.getpid()}.{os.urandom(4).hex()}" if unique else "new"
    temporary = path.with_name(f".{path.name}.{suffix}")
    try:
        temporary.unlink(missing_ok=True)
        with open(temporary, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(text)
            if durable or synced:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
        if durable:
            _sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):  # the error of a full disk has no file name
            error.filename = str(path)
        raise


def _sync_folder(path: Path) -> None:
    """Write the names in a folder to the disk. Not every system can."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

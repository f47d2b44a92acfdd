"""The cache folder: JSON documents and views, shared by all environments of a user.

A lost cache costs time and nothing else. Where the folder cannot be written, nothing is stored.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import Lock

Value = TypeVar("Value")

_LOCKS: dict[tuple[str, str, str], Lock] = {}
"""One lock for each document that several threads of this process (``tox -p``) may compute."""

FORMAT = "v1"
"""The version of the format. It is part of every path."""
EXPIRY_DAYS = 30
"""The days after which an unused document is removed."""
DAY = 24 * 60 * 60


class Cache(NamedTuple):
    """A folder that only its user can enter.

    Attributes:
        path: The folder; ``None`` stands for the user's own cache folder.

    """

    path: Path | None = None

    @property
    def root(self) -> Path:
        """The folder, which may not exist yet."""
        return self.path or _user_folder()

    def folder(self, kind: str) -> Path:
        """Return the folder for one kind of content, and create it if it is missing.

        Raises:
            OSError: The folder cannot be created.

        """
        path = self.root / FORMAT / kind
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def folder_if_any(self, kind: str) -> str:
        """Return the folder for one kind of content, or an empty string if it cannot be created."""
        try:
            return str(self.folder(kind))
        except OSError:
            return ""

    def load(self, kind: str, key: str) -> dict[str, Any] | None:
        """Return the document stored under ``key``, or ``None``."""
        path = self.root / FORMAT / kind / f"{key}.json"
        try:
            document = json.loads(path.read_bytes())
            if time.time() - path.stat().st_mtime > DAY:
                os.utime(path)  # a document in use does not expire
        except (OSError, ValueError):
            return None
        return document if isinstance(document, dict) else None

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
        value = load()
        if value is not None:
            return value
        from threading import Lock  # noqa: PLC0415 - a no-op computes nothing

        with _LOCKS.setdefault((str(self.root), kind, key), Lock()):
            value = load()
            return compute() if value is None else value

    def store(self, kind: str, key: str, document: Mapping[str, Any]) -> None:
        """Store a document under ``key``, unless the folder cannot be written."""
        with suppress(OSError):
            folder = self.folder(kind)
            write_atomically(folder / f"{key}.json", json.dumps(document), unique=True)
        self.tidy(kind)

    def tidy(self, kind: str) -> None:
        """Remove the expired content of one kind, at most once a day and only if the folder can be written."""
        with suppress(OSError):
            stamp = self.folder(kind) / ".swept"
            if not stamp.exists() or time.time() - stamp.stat().st_mtime > DAY:
                stamp.touch()
                _remove_unused(stamp.parent, EXPIRY_DAYS)

    def scratch(self) -> Path:
        """Return the parent of temporary folders, after removing those that a killed process left a day ago.

        Raises:
            OSError: The folder cannot be created.

        """
        folder = self.folder("scratch")
        _remove_unused(folder, 1)
        return folder


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
    folder = environ.get("THINVENV_CACHE_DIR")
    return Cache(Path(folder) if folder else None)


@cache
def _user_folder() -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415 - a no-op needs no cache

    with suppress(RuntimeError):
        folder = user_cache_path("thinvenv", appauthor=False)
        if folder.is_absolute():  # an older platformdirs returns `~/…` instead of raising RuntimeError
            return folder
    # A user without a home, as in a container. Nothing can be created below a file, so nothing is stored.
    return Path(os.devnull, "thinvenv")


def write_atomically(path: Path, text: str, *, unique: bool = False) -> None:
    """Replace a file so that a reader sees either the old text or the new text.

    Args:
        path: The file.
        text: Its new text.
        unique: Whether the temporary file has a name of its own, since several processes may
            write the file at once. With a lock, one name is enough, and what a killed process
            has left under it is replaced.

    Raises:
        OSError: The folder cannot be written.

    """
    # Not `tempfile`: only their user can read its files, and an environment may serve others.
    suffix = f"{os.getpid()}.{os.urandom(4).hex()}" if unique else "new"
    temporary = path.with_name(f".{path.name}.{suffix}")
    try:
        temporary.unlink(missing_ok=True)
        with temporary.open("x", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):  # the error of a full disk has no file name
            error.filename = str(path)
        raise

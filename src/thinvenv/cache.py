"""The cache folder: small JSON documents and views, shared by all environments of a user.

Losing it costs time, never correctness; where it cannot be written, nothing is kept.
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

Found = TypeVar("Found")

_TURNS: dict[tuple[str, str, str], Lock] = {}
"""One lock for each document that threads of this process (``tox -p``) may want at once."""

FORMAT = "v1"
"""Part of every path: a format that changes gets another folder."""
KEPT_DAYS = 30
"""How long a document that nobody asks for is kept."""
DAY = 24 * 60 * 60


class Cache(NamedTuple):
    """A folder that only its user can enter.

    Attributes:
        chosen: The folder; that of the user's caches where ``None``.

    """

    chosen: Path | None = None

    @property
    def root(self) -> Path:
        """The folder, made on first use."""
        return self.chosen or _of_user()

    def folder(self, kind: str) -> Path:
        """Return the folder for one kind of content, made where it is not there yet.

        Raises:
            OSError: It cannot be made.

        """
        path = self.root / FORMAT / kind
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def folder_if_any(self, kind: str) -> str:
        """Return the folder for one kind of content, an empty string where it cannot be made."""
        try:
            return str(self.folder(kind))
        except OSError:
            return ""

    def load(self, kind: str, key: str) -> dict[str, Any] | None:
        """Return the document stored under ``key``, or ``None``."""
        path = self.root / FORMAT / kind / f"{key}.json"
        try:
            known = json.loads(path.read_bytes())
            if time.time() - path.stat().st_mtime > DAY:
                os.utime(path)  # so that it is kept: it is in use
        except (OSError, ValueError):
            return None
        return known if isinstance(known, dict) else None

    def once(self, kind: str, key: str, recall: Callable[[], Found | None], find: Callable[[], Found]) -> Found:
        """Return what is recalled of ``key``; what is not is found, by one thread for all that ask meanwhile.

        Args:
            kind: The kind of content.
            key: What it is stored under.
            recall: Returns what is stored, ``None`` where nothing is that counts.
            find: Finds it, and stores it.

        """
        known = recall()
        if known is not None:
            return known
        from threading import Lock  # noqa: PLC0415 - who finds nothing to do recalls nothing

        with _TURNS.setdefault((str(self.root), kind, key), Lock()):
            known = recall()
            return find() if known is None else known

    def store(self, kind: str, key: str, document: Mapping[str, Any]) -> None:
        """Keep a document under ``key``; a folder that cannot be written is no error."""
        with suppress(OSError):
            folder = self.folder(kind)
            write_atomically(folder / f"{key}.json", json.dumps(document))
        self.tidy(kind)

    def tidy(self, kind: str) -> None:
        """Remove what was not used for long, at most once a day; a folder that cannot be written is no error."""
        with suppress(OSError):
            swept = self.folder(kind) / ".swept"
            if not swept.exists() or time.time() - swept.stat().st_mtime > DAY:
                swept.touch()
                _sweep(swept.parent, KEPT_DAYS)

    def scratch(self) -> Path:
        """Return a folder for what lasts as long as a process; what killed ones left there for a day goes.

        Raises:
            OSError: It cannot be made.

        """
        folder = self.folder("scratch")
        _sweep(folder, 1)
        return folder


def _sweep(folder: Path, days: int) -> None:
    """Remove what was not used for some days."""
    with suppress(OSError), os.scandir(folder) as entries:
        old = [one for one in entries if time.time() - one.stat(follow_symlinks=False).st_mtime > days * DAY]
        for one in old:
            if one.is_dir(follow_symlinks=False):
                import shutil  # noqa: PLC0415 - seldom needed

                shutil.rmtree(one.path, ignore_errors=True)
            else:
                os.unlink(one.path)


def default_cache(environ: Mapping[str, str]) -> Cache:
    """Return the user's cache; ``THINVENV_CACHE_DIR`` puts it elsewhere."""
    chosen = environ.get("THINVENV_CACHE_DIR")
    return Cache(Path(chosen) if chosen else None)


@cache
def _of_user() -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415 - who finds nothing to do needs no cache

    with suppress(RuntimeError):
        found = user_cache_path("thinvenv", appauthor=False)
        if found.is_absolute():  # an older platformdirs returns `~/…` where the other raises
            return found
    return Path(os.devnull, "thinvenv")  # a user without a home, as in a container: below a file nothing can be made


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new, never a part.

    Raises:
        OSError: The folder cannot be written.

    """
    # Not `tempfile`: its files are for their user alone, and an environment may serve others.
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with fresh.open("x", encoding="utf-8") as file:
            file.write(text)
        os.replace(fresh, path)
    except BaseException as error:
        with suppress(OSError):
            fresh.unlink()
        if isinstance(error, OSError):  # that of a full disk names no file
            error.filename = str(path)
        raise

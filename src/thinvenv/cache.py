"""The cache folder: small JSON documents and views, shared by all environments of a user.

Losing it costs time, never correctness; where it cannot be written, nothing is kept.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "v1"
"""Part of every path: a format that changes gets another folder."""


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
        try:
            known = json.loads((self.root / FORMAT / kind / f"{key}.json").read_bytes())
        except (OSError, ValueError):
            return None
        return known if isinstance(known, dict) else None

    def store(self, kind: str, key: str, document: Mapping[str, Any]) -> None:
        """Keep a document under ``key``; a folder that cannot be written is no error."""
        with suppress(OSError):
            write_atomically(self.folder(kind) / f"{key}.json", json.dumps(document))


def default_cache(environ: Mapping[str, str]) -> Cache:
    """Return the user's cache; ``THINVENV_CACHE_DIR`` puts it elsewhere."""
    chosen = environ.get("THINVENV_CACHE_DIR")
    return Cache(Path(chosen) if chosen else None)


@cache
def _of_user() -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415 - who finds nothing to do needs no cache

    return user_cache_path("thinvenv", appauthor=False)


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
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise

"""Detects installed files that a power failure has truncated.

No installer syncs the files that it writes, because that would take longer than the install itself. After a power
failure, a file system with a journal has kept the order in which files were created and renamed, but a file may have
lost its content, from some block on or all of it. The receipt records in which run of the system it was written. In a
later run, it counts only if no installed file is truncated. Before an install changes anything, it syncs the receipt
that lists what is going to change, so an interrupted change is known from the receipt.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import RECORD, recorded_files
from thinvenv.environments import receipt
from thinvenv.files.fingerprint import digest, file_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from thinvenv.cache import Cache
    from thinvenv.environments.receipt import Receipt

_BLOCK = 4096
"""The usual block of a file system. A truncated file ends at the end of a block; an edited file rarely does."""
_KIND = "synced"


def is_synced(saved: Receipt, prefix: Path, cache: Cache) -> bool:
    """Return whether all files that a receipt from an earlier run of the system lists are on the disk.

    Args:
        saved: The receipt.
        prefix: The root of its environment.
        cache: The cache, which keeps the answer until the system starts again.

    """
    path = prefix / receipt.FILE_NAME
    key = digest([str(path), file_state(path), receipt.boot_id()])
    if cache.load(_KIND, key) is not None:
        return True
    venv = [layer.path for layer in saved.layers if layer.kind == "venv"]
    scripts = (os.path.join(saved.environment.scripts if saved.environment else "", name) for name in saved.scripts)
    if any(True for _ in truncated_distributions(venv)) or any(map(_is_empty, scripts)):
        return False
    cache.store(_KIND, key, {})
    return True


def truncated_distributions(site_directories: Iterable[str]) -> Iterator[str]:
    """Yield the metadata directories of the distributions that have lost the content of files.

    Args:
        site_directories: The site directories of an environment.

    """
    for site in site_directories:
        try:
            names = [name for name in sorted(os.listdir(site)) if name.endswith(".dist-info")]
        except OSError:
            continue
        yield from (os.path.join(site, name) for name in names if _is_truncated(os.path.join(site, name)))


def _is_truncated(dist_info: str) -> bool:
    if any(_is_empty(os.path.join(dist_info, name)) for name in (RECORD, "METADATA")):
        return True
    site = os.path.dirname(dist_info)
    return any(size and _has_lost_content(os.path.join(site, path), size) for path, size in recorded_files(dist_info))


def _has_lost_content(path: str, size: int) -> bool:
    """Return whether a file is shorter than it should be, and ends with a block. One that is gone was removed."""
    try:
        actual = os.stat(path).st_size
    except OSError:
        return False
    return actual < size and actual % _BLOCK == 0


def _is_empty(path: str) -> bool:
    try:
        return os.stat(path).st_size == 0
    except OSError:
        return False

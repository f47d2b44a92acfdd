"""Detects installed files that a power failure has truncated.

No installer syncs the files that it writes, because that would take longer than the install itself. After a power
failure, a file system with a journal has kept the order in which files were created and renamed, but a file may have
lost its content, from some block on or all of it. The receipt records in which run of the system it was written. In a
later run, it counts only if no installed file is truncated. Systems other than Linux do not identify their runs: there,
the receipt counts without a look at the files if it was written after the start of the system, by its clocks. Before
an install changes anything, it syncs the receipt that lists what is going to change, so an interrupted change is known
from the receipt.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import RECORD, recorded_files, size_of
from thinvenv.environments import receipt
from thinvenv.files import names_in
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.inventory.layers import dist_infos, is_linked_dist_info

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

    from thinvenv.cache import Cache
    from thinvenv.environments.receipt import Receipt
    from thinvenv.model import Environment

_BLOCK = 4096
"""The usual block of a file system. A truncated file ends at the end of a block; an edited file rarely does."""
_DOUBT = 60
"""The seconds by which clocks may differ."""
_KIND = "synced"
_SCRIPTS = ("activate", "deactivate", "pip", "pydoc")
_MODULES = ("_thinvenv", "_virtualenv")
"""The starts of the names of the files that creating an environment writes. None of them is ever empty."""


def is_synced(saved: Receipt, prefix: str | PathLike[str], cache: Cache) -> bool:
    """Return whether all files that a receipt from an earlier run of the system lists are on the disk.

    Args:
        saved: The receipt.
        prefix: The root of its environment.
        cache: The cache, which keeps the answer until the system starts again, if the system identifies its runs.

    """
    path, boot = os.path.join(prefix, receipt.FILE_NAME), receipt.boot_id()
    key = digest([path, file_state(path), boot])
    if cache.load(_KIND, key) is not None if boot else _is_written_since_start(path):
        return True
    venv = [layer.path for layer in saved.layers if layer.kind == "venv"]
    scripts = (os.path.join(saved.environment.scripts if saved.environment else "", name) for name in saved.scripts)
    if any(True for _ in truncated_distributions(venv)) or any(map(_is_empty, scripts)):
        return False
    if boot:
        cache.store(_KIND, key, {})
    return True


def _is_written_since_start(path: str) -> bool:
    """Return whether a file was written since the system started. If the clocks leave a doubt, it was not.

    The monotonic clock counts from the start of the system, or from later, if it stops while the system sleeps.
    """
    written, current = os.stat(path).st_mtime, time.time()
    return current - time.monotonic() + _DOUBT < written <= current


def truncated_distributions(site_directories: Iterable[str]) -> Iterator[str]:
    """Return the metadata directories of the distributions that have lost the content of files.

    Args:
        site_directories: The site directories of an environment.

    """
    return (path for site in site_directories for path in dist_infos(site) if _is_truncated(path))


def emptied_files(environment: Environment) -> list[str]:
    """Return the files which an environment has from the start, and which have lost their content.

    Args:
        environment: The virtual environment.

    """
    folders = ((environment.scripts, _SCRIPTS), (environment.purelib, _MODULES))
    paths = [
        os.path.join(folder, name) for folder, start in folders for name in names_in(folder) if name.startswith(start)
    ]
    return [path for path in sorted(paths) if _is_empty_file(path)]


def _is_truncated(dist_info: str) -> bool:
    if any(_is_empty(os.path.join(dist_info, name)) for name in (RECORD, "METADATA", "INSTALLER")):
        return True
    site = os.path.dirname(dist_info)
    files = [(os.path.join(site, path), size) for path, size in recorded_files(dist_info)]
    # The RECORD of a linked distribution has no sizes. What is written for it, copies apart, is never empty.
    is_linked = is_linked_dist_info(dist_info) and any(os.path.islink(path) for path, _ in files)
    return any(_has_lost_content(path, size) if size else is_linked and _is_empty_file(path) for path, size in files)


def _has_lost_content(path: str, size: int) -> bool:
    """Return whether a file is shorter than it should be, and ends with a block. One that is gone was removed."""
    actual = size_of(path)
    return actual is not None and actual < size and actual % _BLOCK == 0


def _is_empty_file(path: str) -> bool:
    return _is_empty(path) and not os.path.islink(path)


def _is_empty(path: str) -> bool:
    return size_of(path) == 0

"""The view: a directory of metadata only, with all distributions that a resolver may keep.

A resolver that is pointed at it (``uv pip install --target VIEW --dry-run``, or pip with
``PYTHONPATH=VIEW``) takes these distributions for installed. It keeps those that satisfy the
requirements, replaces the others, and explains a conflict in its own words, even for
distributions that it cannot see or that no index has.

The ``METADATA`` files are written from the inventory, whatever the format of the originals. So
the plan and the resolver cannot see different metadata.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from thinvenv.distributions.metadata import format_metadata
from thinvenv.distributions.metadata_files import dist_info_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.cache import Cache
    from thinvenv.model import Distribution

MAX_UNUSED_VIEWS = 16
MAX_AGE = 24 * 60 * 60  # seconds


def create_view(distributions: Iterable[Distribution], cache: Cache) -> Path:
    """Return a view of distributions, and create it if the cache does not have it yet.

    Args:
        distributions: The distributions that the resolver may take for installed, one of each name.
        cache: The cache.

    """
    files = view_files(distributions)
    key = sha256("\0".join(f"{name}\0{text}" for name, text in sorted(files.items())).encode()).hexdigest()[:32]
    try:
        return _get_or_create(cache.folder("views"), key, files)
    except OSError:  # the cache belongs to another user, or its disk is full
        return _get_or_create(_temporary_folder(), key, files)


def _get_or_create(folder: Path, key: str, files: dict[str, str]) -> Path:
    view = folder / key
    if _is_whole(view, files):
        with suppress(OSError):
            os.utime(view)
        return view
    fresh = Path(tempfile.mkdtemp(dir=folder, prefix=".new-"))
    try:
        _write(fresh, files)
        if view.is_dir() and not _is_whole(view, files):
            shutil.rmtree(view, ignore_errors=True)
        fresh.rename(view)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not view.is_dir():  # otherwise another process has created the same view
            raise
    _remove_old_views(folder)
    return view


def _is_whole(view: Path, files: dict[str, str]) -> bool:
    """Return whether a view has its files, and none was truncated by a power failure."""
    try:
        return all(os.stat(view / name).st_size == len(text.encode()) for name, text in files.items())
    except OSError:
        return False


def view_files(distributions: Iterable[Distribution]) -> dict[str, str]:
    """Return the files of a view, their text by relative path."""
    files = {}
    for distribution in distributions:
        # Resolvers read name and version from the name of the directory (PEP 376).
        normalized = distribution._replace(version=str(Version(distribution.version)))
        folder = dist_info_name(normalized)
        files[f"{folder}/METADATA"] = format_metadata(normalized)
        if distribution.direct_url:
            files[f"{folder}/direct_url.json"] = distribution.direct_url
    return files


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _temporary_folder() -> Path:
    """Return a folder that is removed when this process ends."""
    folder = tempfile.mkdtemp(prefix="thinvenv-views-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _remove_old_views(folder: Path) -> None:
    """Remove views that were not used for a day. The newest ones are kept."""
    with suppress(OSError):
        views = sorted(folder.iterdir(), key=lambda view: view.stat().st_mtime, reverse=True)
        limit = time.time() - MAX_AGE
        for view in views[MAX_UNUSED_VIEWS:]:
            if view.stat().st_mtime < limit:
                shutil.rmtree(view, ignore_errors=True)

"""The view: a directory of metadata only, standing for all that an environment may use.

A resolver that is pointed at it (``uv pip install --target VIEW --dry-run``, or pip with
``PYTHONPATH=VIEW``) takes what lies there for installed: it keeps what satisfies, replaces
what does not, and explains a conflict in its own words - for distributions that it could
not see, or that are on no index.

The ``METADATA`` in it are written from what the inventory read, whatever format that came
from: what the plan believes and what the resolver sees cannot differ.
"""

from __future__ import annotations

import os
import shutil
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

KEPT_VIEWS = 16
KEPT_SECONDS = 24 * 60 * 60


def make(distributions: Iterable[Distribution], cache: Cache) -> Path:
    """Return a view of some distributions, made where the cache does not have it yet.

    Args:
        distributions: What the resolver may take for installed, one of each name.
        cache: The cache folder.

    """
    files = contents(distributions)
    key = sha256("\0".join(f"{name}\0{text}" for name, text in sorted(files.items())).encode()).hexdigest()[:32]
    try:
        return _made(cache.folder("views"), key, files)
    except OSError:  # the cache is somebody else's, or its disk is full
        return _made(_passing(), key, files)


def _made(folder: Path, key: str, files: dict[str, str]) -> Path:
    view = folder / key
    if view.is_dir():
        with suppress(OSError):
            os.utime(view)
        return view
    import tempfile  # noqa: PLC0415 - a view is seldom new

    fresh = Path(tempfile.mkdtemp(dir=folder, prefix=".new-"))
    try:
        _write(fresh, files)
        fresh.rename(view)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not view.is_dir():  # else another process made the same view first
            raise
    _prune(folder)
    return view


def contents(distributions: Iterable[Distribution]) -> dict[str, str]:
    """Return the files of a view: relative path to text."""
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


def _passing() -> Path:
    """Return a folder that goes with this process."""
    import atexit  # noqa: PLC0415 - nearly all have a cache
    import tempfile  # noqa: PLC0415

    folder = tempfile.mkdtemp(prefix="thinvenv-views-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _prune(folder: Path) -> None:
    """Remove the views that were not used for a day, beyond the newest few."""
    with suppress(OSError):
        views = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
        limit = time.time() - KEPT_SECONDS
        for view in views[KEPT_VIEWS:]:
            if view.stat().st_mtime < limit:
                shutil.rmtree(view, ignore_errors=True)

"""The data files of reused distributions, linked below the root of the venv.

Programs look for their data below ``sys.prefix``: templates and kernels of Jupyter in ``share/jupyter``, its
configuration in ``etc/jupyter``. A full install puts such files there, next to scripts and headers. An environment
that sees its base gets a link to each of them. In reuse mode ``link`` they are links of their distribution.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.files import exists, has_target, is_link
from thinvenv.installation.script_files import digest_of, link_target
from thinvenv.links import folders, link_or_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from thinvenv.cache import Cache
    from thinvenv.model import DataFiles, Environment


def update(
    targets: Mapping[str, Mapping[str, str]], existing: DataFiles, environment: Environment, cache: Cache
) -> DataFiles:
    """Link the data files that reused distributions need, and remove the links that none needs any more.

    A file that thinvenv did not write is never overwritten and never removed.

    Args:
        targets: See :func:`create`.
        existing: The data files that thinvenv linked before.
        environment: The virtual environment.
        cache: The cache, which makes links faster to create.

    Returns:
        The data files that are linked now.

    Raises:
        OSError: The environment cannot be written.

    """
    intact: dict[str, dict[str, str]] = {}
    stale: dict[str, dict[str, str]] = {}
    for owner, digests in existing.items():
        for path, digest in digests.items():
            is_wanted = path in targets.get(owner, ()) and _is_intact(path, digest, targets[owner][path], environment)
            (intact if is_wanted else stale).setdefault(owner, {})[path] = digest
    remove(stale, environment)
    return create(targets, environment, cache, intact)


def create(
    targets: Mapping[str, Mapping[str, str]], environment: Environment, cache: Cache, existing: DataFiles | None = None
) -> DataFiles:
    """Link data files, except where the environment has another file.

    Args:
        targets: See :func:`thinvenv.links.manifest.data_targets`.
        environment: The virtual environment.
        cache: The cache, which makes links faster to create.
        existing: The data files that are linked already.

    Returns:
        The data files that are linked now.

    Raises:
        OSError: The environment cannot be written.

    """
    link_cache = cache.folder_if_any(link_or_copy.CACHE) if any(targets.values()) else ""
    maker = folders.FolderMaker(environment.prefix)
    linked: dict[str, dict[str, str]] = {}
    for owner, target_of in targets.items():
        digests = (existing or {}).get(owner, {})
        for path, target in target_of.items():
            absolute = _absolute(path, environment)
            if path in digests:
                linked.setdefault(owner, {})[path] = digests[path]
            elif maker.make(os.path.dirname(absolute)) and _link(target, absolute, link_cache):
                linked.setdefault(owner, {})[path] = digest_of(Path(absolute))
    return linked


def restore(files: DataFiles, environment: Environment, cache: Cache) -> bool:
    """Link data files again, as they were linked in another environment.

    Args:
        files: The data files. All of them are links.
        environment: The virtual environment.
        cache: The cache, which makes links faster to create.

    Returns:
        Whether all of them are linked now, and have not lost their targets.

    Raises:
        OSError: The environment cannot be written.

    """
    targets = {
        owner: {path: link_target(digest) for path, digest in digests.items()} for owner, digests in files.items()
    }
    linked = create(targets, environment, cache)
    if linked == files and not missing(files, environment):
        return True
    remove(linked, environment)
    return False


def remove(files: DataFiles, environment: Environment) -> None:
    """Remove those data files that have not changed since they were linked, and directories that become empty."""
    for path, digest in _flattened(files):
        absolute = _absolute(path, environment)
        folder = os.path.dirname(absolute)
        if digest_of(Path(absolute)) == digest and folders.is_inside(folder, environment.prefix):
            os.unlink(absolute)
            folders.remove_empty(folder, environment.prefix, environment.scripts)


def missing(files: DataFiles, environment: Environment) -> list[str]:
    """Return the paths of those data files that do not exist."""
    return [path for path, _ in _flattened(files) if not has_target(_absolute(path, environment))]


def _flattened(files: DataFiles) -> Iterator[tuple[str, str]]:
    return ((path, digest) for digests in files.values() for path, digest in digests.items())


def _absolute(path: str, environment: Environment) -> str:
    return os.path.join(os.path.normpath(environment.prefix), *path.split("/"))


def _is_intact(path: str, digest: str, target: str, environment: Environment) -> bool:
    """Return whether a data file is as it was linked, and still as it lies in the base."""
    absolute = _absolute(path, environment)
    linking = link_or_copy.SYMLINK if is_link(absolute) else link_or_copy.COPY
    return digest_of(Path(absolute)) == digest and link_or_copy.is_intact(target, absolute, linking)


def _link(target: str, path: str, link_cache: str) -> bool:
    """Link to a target, or copy it where there are no links; return whether the path is a link to it now."""
    if exists(path):
        return is_link(path) and os.readlink(path) == target
    try:
        link_or_copy.create_link(target, path, link_or_copy.SYMLINK, link_cache)
    except OSError as error:
        link_or_copy.raise_if_no_room(error)
        link_or_copy.create_link(target, path, link_or_copy.COPY)
    return True

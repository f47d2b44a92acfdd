"""How a distribution is linked: by symbolic links, or by copies where there are none.

Hard links and the junctions of Windows are not used: a change to a hard link in the environment would change the
base, and uninstallers that know symbolic links follow junctions.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from thinvenv.files import content_digest, exists, has_target, is_directory, is_exhaustion, is_link, is_regular_file

COPY = "copy"
SYMLINK = ""
CACHE = "links"
"""The folder of the cache that has a symbolic link for each target, see :func:`create_link`."""
_IS_WINDOWS = os.name == "nt"
"""Only there, a symbolic link has to declare that its target is a directory."""
_COARSEST_TIME = 2
"""By how many seconds the time of a copy may differ. FAT keeps times to two seconds, exFAT to hundredths."""
_BROKEN_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
_TRIAL = ".thinvenv-trial-"
"""The start of the name of a directory in which a link is tried."""
_CAN_HARDLINK_SYMLINKS = os.link in os.supports_follow_symlinks


def choose(folder: Path) -> str:
    """Return how to link below a directory: ``SYMLINK``, or ``COPY`` if a trial link cannot be created there.

    Not every file system has symbolic links, and not every user may create them.

    Raises:
        OSError: The directory cannot be written.

    """
    import tempfile  # noqa: PLC0415 - used only once for an environment

    for leftover in folder.glob(f"{_TRIAL}*"):  # of a process that was killed
        shutil.rmtree(leftover)
    trial = Path(tempfile.mkdtemp(dir=folder, prefix=_TRIAL))
    try:
        os.symlink(trial, trial / "link", target_is_directory=True)
    except OSError as error:
        raise_if_no_room(error)
        return COPY
    else:
        return SYMLINK
    finally:
        shutil.rmtree(trial)


def raise_if_no_room(error: OSError) -> None:
    """Raise an error that says nothing about whether there are symbolic links: a full or broken disk, for example.

    Raises:
        OSError: The error.

    """
    if is_exhaustion(error) or error.errno in _BROKEN_DISK:
        raise error


def create_link(target: str, path: str, strategy: str, link_cache: str = "") -> None:
    """Link to a target, unless the path already exists.

    Args:
        target: The file or directory in the base.
        path: The path of the link.
        strategy: ``SYMLINK`` or ``COPY``.
        link_cache: A directory with one symbolic link for each target, which grows with every call. A hard link to
            such a symbolic link takes a fifth of the time of creating another one. Without it, or on another file
            system, symbolic links are created.

    Raises:
        OSError: The link cannot be created.

    """
    if strategy == COPY:
        if not exists(path):
            shutil.copy2(target, path)
        return
    use_cache = link_cache and _CAN_HARDLINK_SYMLINKS
    cached = f"{link_cache}/{content_digest(os.fsencode(target))[:32]}" if use_cache else ""
    with suppress(FileExistsError):
        if not (cached and _leads_to(cached, target) and _try_hardlink(cached, path)):
            os.symlink(target, path, target_is_directory=_IS_WINDOWS and is_directory(target))
            if cached:
                _try_hardlink(path, cached)


def _leads_to(link: str, target: str) -> bool:
    """Return whether a symbolic link in the cache has the target that it should have."""
    try:
        return os.readlink(link) == target
    except OSError:
        return False


def _try_hardlink(existing: str, path: str) -> bool:
    """Create a hard link to a symbolic link itself, and return whether that is possible.

    Raises:
        FileExistsError: The path already exists.

    """
    try:
        os.link(existing, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True


def is_intact(target: str, path: str, strategy: str) -> bool:
    """Return whether the link at a path is still as it was created, and its target still exists.

    Args:
        target: The file or directory in the base.
        path: The absolute path of the link.
        strategy: ``SYMLINK`` or ``COPY``.

    """
    try:
        if strategy == COPY:
            copy, original = os.lstat(path), os.stat(target)
            return copy.st_size == original.st_size and abs(copy.st_mtime - original.st_mtime) <= _COARSEST_TIME
        return os.readlink(path) == target and has_target(path)
    except OSError:
        return False


def remove_link(path: str, strategy: str) -> None:
    """Remove the link at a path. A file that another program has put in its place is left alone."""
    if is_link(path) or (strategy == COPY and is_regular_file(path)):
        with suppress(FileNotFoundError):
            os.unlink(path)

"""How something of the base comes to stand in the venv: by a symbolic link, else as a copy.

Neither hard links nor Windows' junctions serve: through the one a change in the venv changes
the base, and uninstallers that know of symbolic links walk into the other.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thinvenv.links.layout import Link

COPY = "copy"
SYMLINK = ""
_WINDOWS = os.name == "nt"
"""There alone a link has to say that it leads to a directory."""
_COARSEST_TIME = 2
"""The seconds by which a copy's time may differ: FAT keeps every other one, exFAT hundredths."""
_POOLED = os.link in os.supports_follow_symlinks
"""Whether a symbolic link itself can have several names."""


def choose(folder: Path) -> str:
    """Return the way for a directory, by trying it: not every file system, or user, may link."""
    import tempfile  # noqa: PLC0415 - only once for an environment

    trial = Path(tempfile.mkdtemp(dir=folder, prefix=".thinvenv-"))
    try:
        os.symlink(trial, trial / "link", target_is_directory=True)
    except OSError:
        return COPY
    else:
        return SYMLINK
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def place(target: str, path: str, way: str, pool: str = "") -> None:
    """Put what lies at ``target`` at ``path``, if nothing else is there.

    Args:
        target: What is to be reached.
        path: Where.
        way: By a symbolic link, or as a copy.
        pool: A directory that keeps each symbolic link that was made. To give it one more name
            (a hard link of the link itself) takes a fifth of the time of making another.

    Raises:
        OSError: It cannot be put there.

    """
    if way == COPY:
        if not os.path.lexists(path):
            shutil.copy2(target, path)
        return
    spare = f"{pool}/{blake2b(os.fsencode(target), digest_size=16).hexdigest()}" if pool and _POOLED else ""
    with suppress(FileExistsError):
        if not (spare and _has_one_more_name(spare, path)):
            os.symlink(target, path, target_is_directory=_WINDOWS and os.path.isdir(target))
            if spare:
                _has_one_more_name(path, spare)


def _has_one_more_name(link: str, name: str) -> bool:
    """Give a symbolic link one more name; tell whether it can be had: not on another file system.

    Raises:
        FileExistsError: The name is taken.

    """
    try:
        os.link(link, name, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True


def stands(link: Link, path: str, way: str) -> bool:
    """Tell whether what is at ``path`` still is what was put there."""
    try:
        if way == COPY:
            here, there = os.lstat(path), os.stat(link.target)
            return here.st_size == there.st_size and abs(here.st_mtime - there.st_mtime) <= _COARSEST_TIME
        return os.readlink(path) == link.target and os.path.exists(path)
    except OSError:
        return False


def take_away(path: str, way: str) -> None:
    """Remove what was put at ``path``; what somebody else has put there since stays."""
    if os.path.islink(path) or (way == COPY and os.path.isfile(path)):
        with suppress(FileNotFoundError):
            os.unlink(path)

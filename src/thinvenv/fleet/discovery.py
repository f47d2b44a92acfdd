"""Finds the environments below paths: the directories that have a pyvenv.cfg (PEP 405)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from thinvenv.environments.config_file import FILE_NAME
from thinvenv.files import DEPTH, is_exhaustion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PRUNED_NAMES = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules"})
"""Directories that have thousands of others, and in which no tool creates environments."""
_PRUNED_PATHS = frozenset({"/dev", "/proc", "/sys"})


@dataclass(frozen=True, slots=True)
class Discovery:
    """The environments below some paths.

    Attributes:
        environments: The absolute paths of their roots, sorted. None lies in another.
        skipped: A line for each path that does not exist or cannot be read.

    """

    environments: tuple[str, ...]
    skipped: tuple[str, ...]


def find(paths: Iterable[str], advance: Callable[[int], None] = lambda _count: None) -> Discovery:
    """Return the environments below paths. A path may also be an environment itself.

    Links are followed only if they are among ``paths``. A directory that is reached twice, through a link or a mount,
    is searched once. Nothing below an environment is searched: what lies there belongs to it.

    Args:
        paths: Absolute paths of directories.
        advance: Is called after each environment with the number of those that were found so far.

    Raises:
        OSError: This process or the machine has no resources left.

    """
    environments: dict[str, None] = {}
    skipped: list[str] = []
    visited: set[tuple[int, int]] = set()
    pending = [(os.path.realpath(path), 0) for path in reversed(list(paths))]
    while pending:
        folder, depth = pending.pop()
        try:
            folders = _folders_in(folder, visited)
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and is_exhaustion(error):
                raise
            if depth and isinstance(error, FileNotFoundError):
                continue  # it was removed meanwhile
            skipped.append(f"{folder}: {getattr(error, 'strerror', None) or error}")
            continue
        if folders is None:
            environments[folder] = None
            advance(len(environments))
        elif depth < DEPTH:
            pending += [(path, depth + 1) for path in folders]
        elif folders:
            skipped.append(f"{folder}: it is more than {DEPTH} directories deep")
    return Discovery(tuple(sorted(environments)), tuple(skipped))


def _folders_in(folder: str, visited: set[tuple[int, int]]) -> list[str] | None:
    """Return the directories to search in a directory, or ``None`` if it is an environment.

    Raises:
        OSError: It cannot be read.

    """
    status = os.stat(folder)
    identity = (status.st_dev, status.st_ino)
    if identity in visited or folder in _PRUNED_PATHS:
        return []
    visited.add(identity)
    folders = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name == FILE_NAME and entry.is_file():
                return None
            if entry.is_dir(follow_symlinks=False) and entry.name not in _PRUNED_NAMES:
                folders.append(entry.path)
    return sorted(folders, reverse=True)

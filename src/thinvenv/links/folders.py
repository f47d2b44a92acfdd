"""Directories within an environment: made for links, and removed when they are empty."""

from __future__ import annotations

import errno
import os
import shutil

from thinvenv.files import is_directory, is_link, raise_if_transient

_NOT_EMPTY = frozenset({errno.ENOTEMPTY, errno.EEXIST})


class FolderMaker:
    """Makes directories within an environment. Each is made and checked only once."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._is_inside: dict[str, bool] = {}

    def make(self, folder: str) -> bool:
        """Make a directory, and return whether links can be created in it.

        They cannot if a symbolic link to a directory leads out of the environment there, or if a file has its path.

        Raises:
            OSError: The directory cannot be created.

        """
        if folder not in self._is_inside:
            self._is_inside[folder] = self._make(folder)
        return self._is_inside[folder]

    def _make(self, folder: str) -> bool:
        """Make a directory after the one above it. What is made below a directory inside lies inside, too."""
        if not folder.startswith(self._prefix + os.sep):
            return is_directory(folder) and is_inside(folder, self._prefix)
        if not self.make(os.path.dirname(folder)):
            return False
        try:
            os.mkdir(folder)
        except FileExistsError:
            return is_directory(folder) and (not is_link(folder) or is_inside(folder, self._prefix))
        return True


def is_inside(folder: str, prefix: str) -> bool:
    """Return whether a directory really lies in an environment, wherever symbolic links lead."""
    return (os.path.realpath(folder) + os.sep).startswith(os.path.realpath(prefix) + os.sep)


def remove_empty(folder: str, prefix: str, *kept: str) -> None:
    """Remove a directory that holds at most byte code, and the directories above that become empty.

    Args:
        folder: The directory.
        prefix: The root of the environment, which is kept.
        kept: Other directories that are kept.

    """
    roots = {os.path.normpath(path) for path in (prefix, *kept)}
    while folder not in roots and len(folder) > len(prefix):
        try:
            if os.listdir(folder) == ["__pycache__"]:
                shutil.rmtree(os.path.join(folder, "__pycache__"))
            os.rmdir(folder)
        except OSError as error:
            if error.errno not in _NOT_EMPTY:
                raise_if_transient(error)
            return
        folder = os.path.dirname(folder)

"""Owners of files: whether another user may have put a file where it is."""

from __future__ import annotations

import os
import stat


def may_be_planted(path: str) -> bool:
    """Return whether another user may have put a path into a folder that every user can write, such as ``/tmp``.

    Args:
        path: A file, a folder or a link. Of a link its own owner counts, not that of its target.

    Raises:
        OSError: It does not exist.

    """
    if os.name != "posix":
        return False
    owner, folder = os.lstat(path).st_uid, os.stat(os.path.dirname(path))
    return bool(folder.st_mode & stat.S_IWOTH) and owner not in {0, os.geteuid(), folder.st_uid}

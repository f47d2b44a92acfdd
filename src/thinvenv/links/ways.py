"""How something of the base comes to stand in the venv: by a symbolic link, else as a copy.

Neither hard links nor Windows' junctions serve: through the one a change in the venv changes
the base, and uninstallers that know of symbolic links walk into the other.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thinvenv.links.layout import Link

COPY = "copy"
SYMLINK = ""
_WINDOWS = os.name == "nt"
"""There alone a link has to say that it leads to a directory."""


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


def place(target: str, path: str, way: str) -> None:
    """Put what lies at ``target`` at ``path``, if nothing else is there.

    Raises:
        OSError: It cannot be put there.

    """
    if way == COPY:
        if not os.path.lexists(path):
            shutil.copy2(target, path)
        return
    with suppress(FileExistsError):
        os.symlink(target, path, target_is_directory=_WINDOWS and os.path.isdir(target))


def stands(link: Link, path: str, way: str) -> bool:
    """Tell whether what is at ``path`` still is what was put there."""
    try:
        if way == COPY:
            here, there = os.lstat(path), os.stat(link.target)
            return (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)
        return os.readlink(path) == link.target and os.path.exists(path)
    except OSError:
        return False


def take_away(path: str, way: str) -> None:
    """Remove what was put at ``path``; what somebody else has put there since stays."""
    if os.path.islink(path) or (way == COPY and os.path.isfile(path)):
        with suppress(FileNotFoundError):
            os.unlink(path)

"""What a power failure leaves of the files that a command wrote: what it had not synced has lost its content.

The log of a run has its calls in order. A file system with a journal keeps the order of those that create, rename or
remove files, so the files are there that the run had created before the power failed. What was written into them
is on the disk only if it was synced afterwards.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from support.faults import CALL, SYNCING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

_WRITING = frozenset(
    {"write", "pwrite64", "writev", "copy_file_range", "sendfile", "ftruncate", "truncate", "link", "linkat"}
)
_PATHS = re.compile(r"[<\"](/[^>\"]*)[>\"]")
_TRUNCATES = re.compile(r"O_CREAT|O_TRUNC")


def unsynced_files(log: Iterable[str], folder: Path) -> list[Path]:
    """Return the files below a folder whose content may not be on the disk at the end of a log of strace.

    Args:
        log: The lines of the log, with the paths of descriptors (``-y``).
        folder: The folder.

    """
    unsynced: set[str] = set()
    for line in log:
        match = CALL.match(line)
        if match is None or " = -1 " in line:
            continue
        name = match["name"]
        paths = [path.removesuffix("(deleted)") for path in _PATHS.findall(line)]
        if name in SYNCING:
            unsynced.clear()
        elif not paths:
            continue
        elif name in {"fsync", "fdatasync"}:
            unsynced.difference_update(paths)
        elif name.startswith("rename"):
            old, new = paths[-2:]
            unsynced = {_moved(path, old, new) for path in unsynced if path != new and not path.startswith(f"{new}/")}
        elif name.startswith("unlink"):
            unsynced.discard(paths[-1])
        elif name in _WRITING or (name in {"openat", "creat"} and _TRUNCATES.search(line)):
            unsynced.add(paths[-1])
    files = [Path(path) for path in sorted(unsynced) if path.startswith(f"{folder}/")]
    return [path for path in files if path.is_file() and not path.is_symlink()]


def lose(files: Iterable[Path], random: Random | None = None) -> None:
    """Take the content of files away; with a source of random numbers, of about half of them.

    A file that other names link to keeps its content there.
    """
    for path in files:
        if random is None or random.random() < 0.5:
            state = path.stat()
            path.unlink()
            path.touch()
            path.chmod(state.st_mode)
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def _moved(path: str, old: str, new: str) -> str:
    return new + path[len(old) :] if path == old or path.startswith(f"{old}/") else path

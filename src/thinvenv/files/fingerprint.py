"""Fingerprints by time and size: has a file, or a source tree, changed since it was read?"""

from __future__ import annotations

import os

from thinvenv.files import content_digest

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

_SKIPPED = frozenset({"__pycache__", "build", "dist", "node_modules"})
_BUILD_FILES = ("pyproject.toml", "setup.py", "setup.cfg")


def digest(parts: Iterable[str]) -> str:
    """Return a digest, in hexadecimal, of a sequence of strings, which may hold surrogates."""
    return content_digest("\0".join(parts).encode("utf-8", "surrogatepass"))


def file_state(path: str | PathLike[str]) -> str:
    """Return the modification time and the size of a file or a folder as one string.

    The string is empty where there is no such file or it cannot be examined.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # `ValueError`: it has a character that no path can have
        return ""
    return f"{status.st_mtime_ns}:{status.st_size}"


def source_fingerprint(path: str, *, editable: bool) -> str:
    """Return a digest that changes when an install of a local project would give another result.

    Args:
        path: An archive, or a project directory.
        editable: Whether only the files that decide about metadata count. The modules of an
            editable install are imported from where they are.

    """
    files = build_files(path) if editable else _source_files(path)
    return digest(f"{file}:{file_state(file)}" for file in files)


def latest_change(path: str) -> int:
    """Return when an archive or anything in a source tree was changed last, in nanoseconds.

    The folders count, too: their time changes when a file is added or removed.
    """
    files = _source_files(path)
    folders = {path, *map(os.path.dirname, files)}
    return max((os.stat(file).st_mtime_ns for file in (*files, *folders) if os.path.exists(file)), default=0)


def build_files(path: str) -> list[str]:
    """Return the paths of the files that decide about the metadata of a project, whether they exist or not."""
    return [os.path.join(path, name) for name in _BUILD_FILES]


def _source_files(path: str) -> list[str]:
    return sorted(_walk(path)) if os.path.isdir(path) else [path]


def _walk(path: str) -> Iterator[str]:
    """Yield the files of a source tree, without those that builds and environments put there."""
    for folder, names, files in os.walk(path):
        names[:] = [name for name in names if _is_source(folder, name)]
        yield from (os.path.join(folder, name) for name in files)


def _is_source(folder: str, name: str) -> bool:
    if name in _SKIPPED or name.startswith(".") or name.endswith((".egg-info", ".dist-info")):
        return False
    return not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))

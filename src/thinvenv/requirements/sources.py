"""Local projects and archives: has their source changed since it was installed?"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SKIPPED = frozenset({"__pycache__", "build", "dist", "node_modules"})
_BUILD_FILES = ("pyproject.toml", "setup.py", "setup.cfg")


def source_fingerprint(path: str, *, editable: bool) -> str:
    """Return a digest that changes when an install of ``path`` would give something else.

    Args:
        path: An archive, or a project directory.
        editable: Whether only the files that decide about metadata count, since the
            modules are used where they are.

    """
    files = _build_files(path) if editable else _source_files(path)
    return sha256("\n".join(files).encode("utf-8", "surrogateescape")).hexdigest()


def _build_files(path: str) -> list[str]:
    return [_state(os.path.join(path, name)) for name in _BUILD_FILES]


def _source_files(path: str) -> list[str]:
    if not os.path.isdir(path):
        return [_state(path)]
    return [_state(one) for one in sorted(_walk(path))]


def _walk(path: str) -> Iterator[str]:
    """Yield the files of a source tree, without what builds and environments put there."""
    for folder, names, files in os.walk(path):
        names[:] = [name for name in names if _belongs(folder, name)]
        yield from (os.path.join(folder, name) for name in files)


def _belongs(folder: str, name: str) -> bool:
    if name in _SKIPPED or name.startswith(".") or name.endswith((".egg-info", ".dist-info")):
        return False
    return not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))


def _state(path: str) -> str:
    try:
        state = os.stat(path)
    except OSError:
        return f"{path}:absent"
    return f"{path}:{state.st_mtime_ns}:{state.st_size}"

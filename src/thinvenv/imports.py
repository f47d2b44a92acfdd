"""Importable at once: telling running interpreters that a site directory has changed."""

from __future__ import annotations

import importlib
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Environment


def path_files(folders: Iterable[str]) -> dict[str, str]:
    """Return the ``.pth`` files of some site directories with their text, by path."""
    found = {}
    for folder in folders:
        with suppress(OSError):
            for name in sorted(os.listdir(folder)):
                if name.endswith(".pth"):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8", errors="replace") as file:
                        found[path] = file.read()
    return found


def touch(environment: Environment) -> None:
    """Make sure that the site directories' times are not what a running process has seen.

    An interpreter reads a directory again only when its time changes, and two changes within
    one tick of the clock leave the same time (astral-sh/uv#2530).
    """
    for folder in {environment.purelib, environment.platlib}:
        with suppress(OSError):
            before = os.stat(folder).st_mtime_ns
            now = time.time_ns()
            os.utime(folder, ns=(now, now if now > before else before + 1_000_000))


def refresh(environment: Environment, before: dict[str, str]) -> None:
    """Let the running process import what was just installed, if this is its environment.

    Args:
        environment: Where the install went.
        before: Its ``.pth`` files before, see :func:`path_files`; only new lines are run.

    """
    if os.path.realpath(sys.prefix) != os.path.realpath(environment.prefix):
        return
    importlib.invalidate_caches()
    from importlib.metadata import MetadataPathFinder  # noqa: PLC0415 - only for the running environment

    # On Python 3.10 to 3.12 the call above misses the cache of the metadata finder.
    MetadataPathFinder().invalidate_caches()
    folders = dict.fromkeys((environment.purelib, environment.platlib))
    for path, text in path_files(folders).items():
        old = before.get(path, "").splitlines()
        for line in text.splitlines():
            if line not in old:
                _run_line(line.strip(), os.path.dirname(path))


def _run_line(line: str, folder: str) -> None:
    """Do what :mod:`site` does with one line of a ``.pth`` file."""
    if not line or line.startswith("#"):
        return
    if line.startswith(("import ", "import\t")):
        exec(line, {})  # noqa: S102 - this is what a `.pth` line is for
        return
    path = os.path.abspath(os.path.join(folder, line))
    if os.path.exists(path) and path not in sys.path:
        sys.path.append(path)

"""Lets running interpreters import what was just installed, without a restart."""

from __future__ import annotations

import importlib
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from thinvenv.environments import bootstrap
from thinvenv.files import names_in, read_if_any
from thinvenv.inventory.layers import STARTUP_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.model import Environment

COARSE_TICK = 2_000_000_000
"""The coarsest tick, in nanoseconds, of the file systems in use: the two seconds of FAT."""


def is_running(environment: Environment) -> bool:
    """Return whether an environment is that of this process."""
    return os.path.realpath(sys.prefix) == os.path.realpath(environment.prefix)


def read_path_files(environment: Environment) -> dict[str, bytes]:
    """Return the content of the ``.pth`` and ``.start`` files of an environment, by file name."""
    names = [name for name in names_in(environment.purelib) if name.endswith(STARTUP_SUFFIXES)]
    return {name: read_if_any(os.path.join(environment.purelib, name)) for name in names}


def code_lines(path_files: Mapping[str, bytes]) -> set[bytes]:
    """Return the lines of start-up files that run code when an interpreter starts, except those of thinvenv."""
    others = ((name, text) for name, text in path_files.items() if not name.startswith(bootstrap.NAME))
    lines = ((name, line) for name, text in others for line in text.splitlines())
    return {line for name, line in lines if name.endswith(".start") or line.startswith((b"import ", b"import\t"))}


def touch(folders: Iterable[str]) -> None:
    """Change the modification times of directories, so that running processes read them again.

    An interpreter reads a directory again only if its time has changed, and two changes within one
    tick of the file system's clock leave the same time (astral-sh/uv#2530).
    """
    for folder in folders:
        with suppress(OSError):
            old_time = os.stat(folder).st_mtime
            for new_time in _later_times(os.stat(folder).st_mtime_ns):
                os.utime(folder, ns=(new_time, new_time))
                # Compared as the path finders do: as seconds in a float.
                if os.stat(folder).st_mtime != old_time:
                    break


def _later_times(old_time: int) -> Iterator[int]:
    yield max(time.time_ns(), old_time + 1000)
    yield old_time + 1_000_000
    yield old_time + COARSE_TICK


def refresh(environment: Environment, path_files: Mapping[str, bytes]) -> None:
    """Let this process import what was just installed, if the environment is its own.

    Args:
        environment: The environment that was installed into.
        path_files: What :func:`read_path_files` returned before the install. Only lines that were
            added since are run.

    """
    if not is_running(environment) or environment.purelib not in map(os.path.abspath, sys.path):
        return
    importlib.invalidate_caches()
    if metadata := sys.modules.get("importlib.metadata"):
        # On Python 3.10 to 3.12 the call above does not clear the cache of the metadata finder.
        metadata.MetadataPathFinder().invalidate_caches()
    # The start-up module knows which lines this process has run, so that none runs twice. If this
    # process was started before the module was written, it starts now.
    importlib.import_module(bootstrap.NAME).start(path_files=dict(path_files))
    importlib.import_module(f"{bootstrap.NAME}_late").catch_up()


def loaded_modules(names: Iterable[str]) -> list[str]:
    """Return those of some modules that this process has loaded.

    Namespace packages are left out: they have no content that could be out of date.
    """
    return [name for name in names if getattr(sys.modules.get(name), "__file__", None)]

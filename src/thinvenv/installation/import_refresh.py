"""Importable at once: letting running interpreters see that a site directory has changed."""

from __future__ import annotations

import importlib
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from thinvenv.environments import bootstrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.model import Environment

COARSE_TICK = 2_000_000_000
"""The coarsest tick, in nanoseconds, of the file systems in use: FAT's two seconds."""


def is_running(environment: Environment) -> bool:
    """Tell whether an environment is that of the running interpreter."""
    return os.path.realpath(sys.prefix) == os.path.realpath(environment.prefix)


def path_files(environment: Environment) -> dict[str, bytes]:
    """Return what the ``.pth`` files of an environment say, by name."""
    found = {}
    with suppress(OSError):
        for name in os.listdir(environment.purelib):
            if name.endswith(".pth"):
                with open(os.path.join(environment.purelib, name), "rb") as file:
                    found[name] = file.read()
    return found


def touch(folders: Iterable[str]) -> None:
    """Make sure that the times of directories are not what a running process has seen.

    An interpreter reads a directory again only when its time changes, and two changes within
    one tick of the file system's clock leave the same time (astral-sh/uv#2530).
    """
    for folder in folders:
        with suppress(OSError):
            before = os.stat(folder).st_mtime
            for moment in _later(os.stat(folder).st_mtime_ns):
                os.utime(folder, ns=(moment, moment))
                # Compared as the importers do: as a number of seconds with a fraction.
                if os.stat(folder).st_mtime != before:
                    break


def _later(before: int) -> Iterator[int]:
    yield max(time.time_ns(), before + 1000)
    yield before + 1_000_000
    yield before + COARSE_TICK


def refresh(environment: Environment, before: Mapping[str, bytes]) -> None:
    """Let the running process import what was just installed, if this is its environment.

    Args:
        environment: Where the install went.
        before: Its ``.pth`` files before, see :func:`path_files`; only new lines are run.

    """
    if not is_running(environment) or environment.purelib not in map(os.path.abspath, sys.path):
        return
    importlib.invalidate_caches()
    from importlib.metadata import MetadataPathFinder  # noqa: PLC0415 - only for the running environment

    # On Python 3.10 to 3.12 the call above misses the cache of the metadata finder.
    MetadataPathFinder().invalidate_caches()
    # What the environment starts with knows which lines this process has seen, so that none
    # runs twice; where this process is older than that, it starts now.
    importlib.import_module(bootstrap.NAME).start(path_files=dict(before))
    importlib.import_module(f"{bootstrap.NAME}_late").catch_up()


def loaded(modules: Iterable[str]) -> list[str]:
    """Return those of some modules that the running process has already loaded.

    A namespace package is not among them: it has no content of its own to be out of date.
    """
    return [name for name in modules if getattr(sys.modules.get(name), "__file__", None)]

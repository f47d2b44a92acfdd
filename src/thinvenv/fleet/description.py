"""What the files of an environment say about it, without starting its interpreter."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import UTC, datetime

from thinvenv.environments import config_file
from thinvenv.environments.receipt import FILE_NAME as RECEIPT
from thinvenv.files import read_bytes
from thinvenv.fleet.discovery import MARKER
from thinvenv.fleet.tools import tool_of
from thinvenv.fleet.values import Description, Mode

_LIMIT = 1024 * 1024
"""The bytes of a ``pyvenv.cfg`` that are read. Those of all tools have a few hundred."""
_LIBRARIES = ("lib", "lib64")
_VERSION = re.compile(r"\d+(?:\.\d+)+", re.ASCII)
_LATEST_USE = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""Whoever owns a file may set its times to any number of seconds, and no date is later."""
_PROGRAMS = ("bin/python", "bin/python3", "bin/pypy3", "Scripts/python.exe")


def describe(path: str) -> Description:
    """Return what the files of an environment say about it.

    Nothing is executed: who can write an environment must not run code of other users who look at it.

    Args:
        path: The absolute path of its root.

    """
    try:
        config = config_file.parse(read_bytes(os.path.join(path, MARKER), _LIMIT).decode(errors="replace"))
    except OSError as error:
        problem = f"its {MARKER} cannot be read: {error.strerror or error}"
        return Description(path, "", tool_of(path, {}, ()), "off", problem=problem)
    home = config.get("home", "")
    sites = sites_of(path)
    return Description(
        path=path,
        python=_python_of(config, sites),
        tool=tool_of(path, config, sites),
        mode=_mode_of(config),
        base=_prefix_of(home),
        bases=tuple(config_file.paths_of(config_file.BASES_KEY, config)),
        stores=tuple(config_file.paths_of(config_file.STORES_KEY, config)),
        sites=sites,
        is_thin=os.path.isfile(os.path.join(path, RECEIPT)),
        last_use=_last_use(path),
        problem=_problem_of(path, home),
    )


def sites_of(path: str) -> tuple[str, ...]:
    """Return the site directories of an environment. A directory with several names occurs once."""
    sites: dict[str, str] = {}
    for library in _LIBRARIES:
        folder = os.path.join(path, library)
        with suppress(OSError):
            for name in sorted(os.listdir(folder)):
                site = os.path.join(folder, name, "site-packages")
                if name.startswith(("python", "pypy")) and os.path.isdir(site):
                    sites.setdefault(os.path.realpath(site), site)
    windows = os.path.join(path, "Lib", "site-packages")
    if os.path.isdir(windows):
        sites.setdefault(os.path.realpath(windows), windows)
    return tuple(sites.values())


def _python_of(config: dict[str, str], sites: tuple[str, ...]) -> str:
    """Return the version of Python: venv, virtualenv and uv write it under two keys, old tools write none."""
    for text in (config.get("version_info", ""), config.get("version", ""), *map(os.path.dirname, sites)):
        if match := _VERSION.search(os.path.basename(text)):
            return match.group()
    return ""


def _mode_of(config: dict[str, str]) -> Mode:
    if config_file.paths_of(config_file.LINK_LAYERS_KEY, config):
        return "link"
    return "inherit" if config.get("include-system-site-packages", "").lower() == "true" else "off"


def _prefix_of(home: str) -> str:
    """Return the prefix of the installation whose programs are in a directory. On Windows, it is that directory."""
    return os.path.dirname(home) if os.path.basename(home) in {"bin", "Scripts"} else home


def _last_use(path: str) -> float:
    """Return when the interpreter was started last, or something was installed.

    A link is followed when the interpreter starts, and the file system notes that, if it does, at most once a day.
    Nothing here follows it. ``pyvenv.cfg`` would do as well, if a report did not read it.
    """
    times = [0.0]
    for name in _PROGRAMS:
        with suppress(OSError):
            times.append(os.lstat(os.path.join(path, name)).st_atime)
    return max(time for time in times if time < _LATEST_USE)


def _problem_of(path: str, home: str) -> str:
    """Return why an environment does not work, as far as can be seen without following the link of its interpreter."""
    if not any(os.path.lexists(os.path.join(path, name)) for name in _PROGRAMS):
        return "it has no interpreter"
    if not home:
        return f"its {MARKER} has no home"
    try:
        os.stat(home)
    except (FileNotFoundError, NotADirectoryError):
        return f"its base is missing: {home}"
    except (OSError, ValueError):
        pass  # it belongs to another user, who may see it
    return ""

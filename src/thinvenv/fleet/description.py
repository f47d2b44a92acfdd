"""What the files of an environment say about it, without starting its interpreter."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from thinvenv.environments import config_file
from thinvenv.environments.config_file import FILE_NAME
from thinvenv.environments.receipt import FILE_NAME as RECEIPT
from thinvenv.files import read_bytes
from thinvenv.fleet.values import Description, Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LIMIT = 1024 * 1024
"""The bytes of a ``pyvenv.cfg`` that are read. Those of all tools have a few hundred."""
_LIBRARIES = ("lib", "lib64")
_VERSION = re.compile(r"\d+(?:\.\d+)+", re.ASCII)
_LATEST_USE = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""Whoever owns a file may set its times to any number of seconds, and no date is later."""
_PROGRAMS = ("bin/python", "bin/python3", "bin/pypy3", "Scripts/python.exe")

_FILES = (
    ("tox", (".tox-info.json", ".tox-config1")),
    ("pipx", ("pipx_metadata.json",)),
    ("uv", ("uv-receipt.toml",)),  # of `uv tool`
    ("conda", ("conda-meta",)),
    ("pipenv", (".project",)),
)
"""Files at the root of an environment that one tool alone writes."""
_FOLDERS = (
    ("tox", (".tox",)),
    ("nox", (".nox",)),
    ("poetry", ("pypoetry",)),
    ("pdm", ("pdm", "venvs")),
    ("hatch", ("hatch", "env")),
    ("pre-commit", ("pre-commit",)),
)
"""The directories that tools keep environments in: names that follow each other in the path."""
_LOCKS = (("poetry", "poetry.lock"), ("pdm", "pdm.lock"), ("pdm", ".pdm-python"), ("pipenv", "Pipfile.lock"))
"""Files of a project. Such a tool has created the environment beside them, through virtualenv or venv."""
_KEYS = (("uv", "uv"), ("virtualenv", "virtualenv"))
"""Keys of ``pyvenv.cfg`` with the version of the tool."""


def describe(path: str) -> Description:
    """Return what the files of an environment say about it.

    Nothing is executed: who can write an environment must not run code of other users who look at it.

    Args:
        path: The absolute path of its root.

    """
    try:
        config = config_file.parse(read_bytes(os.path.join(path, FILE_NAME), _LIMIT).decode(errors="replace"))
    except OSError as error:
        problem = f"its {FILE_NAME} cannot be read: {error.strerror or error}"
        return Description(path, "", _tool_of(path, {}, ()), "off", problem=problem)
    home = config.get("home", "")
    sites = sites_of(path)
    return Description(
        path=path,
        python=_python_of(config, sites),
        tool=_tool_of(path, config, sites),
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
        return f"its {FILE_NAME} has no home"
    try:
        os.stat(home)
    except (FileNotFoundError, NotADirectoryError):
        return f"its base is missing: {home}"
    except (OSError, ValueError):
        pass  # it belongs to another user, who may see it
    return ""


def _tool_of(path: str, config: Mapping[str, str], sites: Iterable[str]) -> str:
    """Return the name of the tool that created an environment.

    What a tool writes into its environments comes first, then the directory that it keeps them in, then what lies
    beside: Poetry, PDM and tox call virtualenv, venv or uv, whose names are in ``pyvenv.cfg``.

    Args:
        path: The root of the environment.
        config: Its ``pyvenv.cfg``, see :func:`thinvenv.environments.config_file.parse`.
        sites: Its site directories.

    Returns:
        ``tox``, ``nox``, ``uv``, ``poetry``, ``pdm``, ``hatch``, ``pipx``, ``pipenv``, ``pre-commit``, ``conda``,
        ``thinvenv``, ``virtualenv``, ``venv`` or ``unknown``.

    """
    tool = _first(tool for tool, names in _FILES if any(_exists(path, name) for name in names))
    tool = tool or _first(tool for tool, names in _FOLDERS if _is_below(path, names))
    if not tool and (_exists(path, RECEIPT) or any(_exists(site, "_thinvenv_pip.py") for site in sites)):
        tool = "thinvenv"
    tool = tool or _first(tool for tool, name in _LOCKS if _exists(os.path.dirname(path), name))
    tool = tool or _first(tool for tool, key in _KEYS if key in config)
    return tool or ("venv" if "home" in config else "unknown")


def _first(tools: Iterable[str]) -> str:
    return next(iter(tools), "")


def _exists(folder: str, name: str) -> bool:
    return os.path.lexists(os.path.join(folder, name))


def _is_below(path: str, names: tuple[str, ...]) -> bool:
    """Return whether some names follow each other in the directories above a path."""
    parts = tuple(path.split(os.sep)[:-1])
    return any(parts[start : start + len(names)] == names for start in range(len(parts)))

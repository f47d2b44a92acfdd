"""Which tool created an environment: its files and its place say so."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.environments.receipt import FILE_NAME as RECEIPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNKNOWN = "unknown"

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


def tool_of(path: str, config: Mapping[str, str], sites: Iterable[str]) -> str:
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
    return tool or ("venv" if "home" in config else UNKNOWN)


def _first(tools: Iterable[str]) -> str:
    return next(iter(tools), "")


def _exists(folder: str, name: str) -> bool:
    return os.path.lexists(os.path.join(folder, name))


def _is_below(path: str, names: tuple[str, ...]) -> bool:
    """Return whether some names follow each other in the directories above a path."""
    parts = tuple(path.split(os.sep)[:-1])
    return any(parts[start : start + len(names)] == names for start in range(len(parts)))

"""The layers of an environment: which directories it imports distributions from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.fingerprint import digest, file_state
from thinvenv.model import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Environment

METADATA_SUFFIXES = (".dist-info", ".egg-info", ".egg-link")
"""What metadata entries of a site directory end with, the newest format first."""

EGG_METADATA = "EGG-INFO"
"""The one metadata entry of an ``.egg``, which counts only where it is on the path itself."""

LINK_INSTALLER = "thinvenv"
"""The content of the ``INSTALLER`` file of a linked distribution. Its RECORD lists only links."""

_THAT_MATTER = (*METADATA_SUFFIXES, ".pth")
"""What entries end with that decide what is imported from a site directory."""
_DECIDING = (EGG_METADATA, "sitecustomize.py", "usercustomize.py")
"""What counts in it besides: it can add directories to the path, as ``.pth`` files do."""


def layers_of(environment: Environment) -> tuple[Layer, ...]:
    """Return the layers of an environment, first found first.

    A directory that is on the path under several names is one layer. Only the
    environment's own ``purelib`` and ``platlib`` are its venv; ``PYTHONPATH``, the user
    site and whatever a ``.pth`` file adds are base. What is only linked from comes last.
    """
    own = (
        {os.path.realpath(one) for one in (environment.purelib, environment.platlib)}
        if environment.is_virtual
        else set()
    )
    seen: dict[str, Layer] = {}
    for entry in environment.path:
        real = os.path.realpath(entry)
        if real not in seen:
            seen[real] = Layer(entry, "venv" if real in own else "base")
    for entry in environment.linkable:
        seen.setdefault(os.path.realpath(entry), Layer(entry, "linkable"))
    return tuple(seen.values())


def is_foreign(layer: Layer, environment: Environment) -> bool:
    """Tell whether a layer is not of the interpreter's own installation or environment.

    Such a layer (``PYTHONPATH``, a given base, what a ``.pth`` file adds) may have been made
    for another interpreter.
    """
    return not (_is_below(layer.path, environment.prefix) or _is_below(layer.path, environment.base_prefix))


def sees_installation(environment: Environment) -> bool:
    """Tell whether an interpreter imports from the site directories of its installation."""
    outside = (one for one in environment.path if not _is_below(one, environment.prefix))
    return not environment.is_virtual or any(_is_below(one, environment.base_prefix) for one in outside)


def has_distributions(path: str) -> bool:
    """Tell whether a directory holds any metadata."""
    try:
        return any(name.endswith(METADATA_SUFFIXES) for name in os.listdir(path))
    except OSError:
        return False


def linked_dist_infos(site: str) -> list[Path]:
    """Return those ``dist-info`` directories in a site directory that belong to linked distributions."""
    try:
        names = sorted(name for name in os.listdir(site) if name.endswith(".dist-info"))
    except OSError:
        return []
    return [Path(site, name) for name in names if _is_linked(f"{site}/{name}")]


def fingerprint(layers: Iterable[Layer]) -> str:
    """Return a digest that changes when the distributions of the layers do.

    It is made of the names and times of all metadata entries, ``.pth`` files and customizations:
    one ``scandir`` a layer, no file is opened.
    """
    return digest(layer_fingerprint(layer.path) for layer in layers)


def layer_fingerprint(path: str) -> str:
    """Return the digest of one layer's metadata entries, or of its absence."""
    try:
        with os.scandir(path) as entries:
            states = sorted(_state(entry) for entry in entries if _matters(entry.name))
    except NotADirectoryError:  # a zip archive on the path
        states = [file_state(path)]
    except OSError as error:
        states = [f"absent:{error.errno}"]
    return digest([path, *states])


def _matters(name: str) -> bool:
    return name.endswith(_THAT_MATTER) or name in _DECIDING


def _state(entry: os.DirEntry[str]) -> str:
    """Describe one entry: its own time, and that of the metadata files in it.

    A directory's time tells of files that came and went, not of one that was rewritten.
    """
    name, path = entry.name, entry.path
    own = f"{name}:{file_state(path)}"
    if name.endswith(".dist-info"):  # nearly all are
        return f"{own}:{file_state(path + '/METADATA')}"
    if name.endswith((".egg-info", EGG_METADATA)) and entry.is_dir():
        return f"{own}:{file_state(path + '/PKG-INFO')}:{file_state(path + '/requires.txt')}"
    return own


def _is_linked(dist_info: str) -> bool:
    try:
        with open(f"{dist_info}/INSTALLER", encoding="utf-8") as file:
            return file.read().strip() == LINK_INSTALLER
    except (OSError, UnicodeError):
        return False


def _is_below(path: str, folder: str) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))

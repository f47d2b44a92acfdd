"""The layers of an environment: which directories it imports distributions from."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

from thinvenv.model import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Environment

METADATA_SUFFIXES = (".dist-info", ".egg-info", ".egg", ".egg-link")
_METADATA_FILES = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}


def layers_of(environment: Environment) -> tuple[Layer, ...]:
    """Return the layers of an environment, first found first.

    A directory that is on the path under several names is one layer. Only the
    environment's own ``purelib`` and ``platlib`` are its venv; ``PYTHONPATH``, the user
    site and whatever a ``.pth`` file adds are base.
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
    return tuple(seen.values())


def fingerprint(layers: Iterable[Layer]) -> str:
    """Return a digest that changes when the distributions of the layers do.

    It is made of the names and times of all metadata entries and ``.pth`` files: one
    ``scandir`` a layer, no file is opened.
    """
    digest = sha256()
    for layer in layers:
        digest.update(layer_fingerprint(layer.path).encode())
    return digest.hexdigest()


def layer_fingerprint(path: str) -> str:
    """Return the digest of one layer's metadata entries, or of its absence."""
    try:
        with os.scandir(path) as entries:
            states = sorted(_state(entry) for entry in entries if _matters(entry.name))
    except OSError as error:
        states = [f"absent:{error.errno}"]
    return sha256("\n".join([path, *states]).encode("utf-8", "surrogateescape")).hexdigest()


def _matters(name: str) -> bool:
    return name.endswith((*METADATA_SUFFIXES, ".pth"))


def _state(entry: os.DirEntry[str]) -> str:
    """Describe one entry: its own time, and that of the metadata file in it.

    A directory's time tells of files that came and went, not of one that was rewritten.
    """
    try:
        own = entry.stat()
        inner = _METADATA_FILES.get(os.path.splitext(entry.name)[1]) if entry.is_dir() else None
        held = os.stat(f"{entry.path}/{inner}") if inner else own
    except OSError as error:
        return f"{entry.name}:{error.errno}"
    return f"{entry.name}:{own.st_mtime_ns}:{held.st_mtime_ns}:{held.st_size}"

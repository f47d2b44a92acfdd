"""Writes the start-up files of environments: modules of ``injected/``, ``.pth`` files."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from thinvenv.cache import Cache
    from thinvenv.model import Environment

NAME = "_thinvenv"
MODULES = (f"{NAME}_late", NAME)
PATH_FILE = f"{NAME}.pth"
"""Its name comes before those of the other ``.pth`` files, so it is run before those of a base layer."""

_LINK = "_thinvenv_link"
LINK_FILES = (f"{_LINK}.py", f"{_LINK}.pth")
"""The files that redirect byte code. The module is first, since the ``.pth`` file imports it."""


def write_startup_files(environment: Environment, namespaces: Mapping[str, Sequence[str]] | None = None) -> None:
    """Write the start-up files of an environment, as far as they are missing or differ.

    Args:
        environment: A virtual environment.
        namespaces: The namespace packages that have to begin in the environment although the base
            claims them, each with its directories in the base.

    Raises:
        OSError: The environment cannot be written.

    """
    site = Path(environment.purelib)
    for name in MODULES:
        _write(site / f"{name}.py", _source(name))
    base_parts = {name: list(folders) for name, folders in sorted((namespaces or {}).items())}
    _write(site / PATH_FILE, f"import {NAME}; {NAME}.start({base_parts or ''})\n")


def redirect_bytecode(environment: Environment, cache: Cache) -> None:
    """Write the files that keep byte code of linked modules out of the base; remove them if nothing can be linked.

    Args:
        environment: A virtual environment.
        cache: The cache, which holds the byte code for all environments over the same base.

    Raises:
        OSError: The environment cannot be written.

    """
    module, path_file = (Path(environment.purelib, name) for name in LINK_FILES)
    if not environment.linkable:
        path_file.unlink(missing_ok=True)
        module.unlink(missing_ok=True)
        return
    layers = tuple(os.path.realpath(layer) for layer in environment.linkable)
    folder = cache.folder_if_any("pycache") or str(cache.root / "pycache")
    _write(module, _source(_LINK))
    _write(path_file, f"import {_LINK}; {_LINK}.redirect({layers!a}, {folder!a})\n")


def _source(name: str) -> str:
    return Path(__file__).with_name("injected").joinpath(f"{name}.py").read_text("utf-8")


def _write(path: Path, text: str) -> None:
    with suppress(OSError):
        if path.read_text("utf-8") == text:
            return
    write_atomically(path, text)

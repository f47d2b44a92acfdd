"""Protection of the base from writes through links: bytecode, and other installers."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import write_atomically
from thinvenv.distributions import installed_files

if TYPE_CHECKING:
    from thinvenv.cache import Cache
    from thinvenv.model import Distribution, Environment

_MODULE = "_thinvenv_link"
STARTUP_FILES = (f"{_MODULE}.py", f"{_MODULE}.pth")
"""The module comes first because the ``.pth`` file imports it."""


def redirect_bytecode(environment: Environment, cache: Cache) -> None:
    """Write the start-up files of an environment that links, and remove those of one that does not.

    They let its interpreters keep byte code of linked modules outside the base.

    Args:
        environment: The virtual environment.
        cache: The cache, which holds the byte code for all environments over the same base.

    Raises:
        OSError: The environment cannot be written.

    """
    site = Path(environment.purelib)
    texts = _startup_texts(environment, cache) if environment.linkable else {}
    for name in STARTUP_FILES:
        path = site / name
        if name not in texts:
            path.unlink(missing_ok=True)
        elif _read(path) != texts[name]:
            write_atomically(path, texts[name])
            path.chmod(0o644)


def paths_in_base(distribution: Distribution, environment: Environment) -> dict[str, list[str]]:
    """Return the files of a distribution in the venv that really lie in the base.

    An installer that follows a link to a directory writes into the base.

    Args:
        distribution: A distribution that is installed in the venv.
        environment: The virtual environment.

    Returns:
        The paths of such files, by the site directory of the base.

    """
    bases = {layer: os.path.realpath(layer) + os.sep for layer in environment.linkable}
    real_folders: dict[str, str] = {}
    paths: dict[str, list[str]] = {}
    for path in installed_files.paths_of(distribution):
        folder = os.path.dirname(path)
        if folder not in real_folders:
            real_folders[folder] = os.path.realpath(os.path.join(distribution.layer, folder)) + os.sep
        for layer, real in bases.items():
            if real_folders[folder].startswith(real) and not folder.endswith("__pycache__"):
                paths.setdefault(layer, []).append(path)
    return paths


def _startup_texts(environment: Environment, cache: Cache) -> dict[str, str]:
    layers = tuple(os.path.realpath(layer) for layer in environment.linkable)
    folder = cache.root / "pycache"
    with suppress(OSError):
        folder = cache.folder("pycache")
    module = Path(__file__).parent.parent.joinpath("environments", "injected", f"{_MODULE}.py")
    line = f"import {_MODULE}; {_MODULE}.redirect({layers!a}, {str(folder)!a})\n"
    return {module.name: module.read_text("utf-8"), f"{_MODULE}.pth": line}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""

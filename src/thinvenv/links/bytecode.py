"""The start-up file that keeps byte code out of the base: written into a venv that links."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import write_atomically

if TYPE_CHECKING:
    from thinvenv.cache import Cache
    from thinvenv.model import Environment

MODULE = "_thinvenv_link"
FILES = (f"{MODULE}.py", f"{MODULE}.pth")
"""The module first: the other imports it."""


def keep_out(environment: Environment, cache: Cache) -> None:
    """Write the start-up file of a venv, or remove it where nothing is linkable.

    Args:
        environment: The venv.
        cache: Where the byte code goes instead, shared by all environments over a base.

    """
    site = Path(environment.purelib)
    texts = _texts(environment, cache) if environment.linkable else {}
    for name in FILES:
        path = site / name
        if name not in texts:
            path.unlink(missing_ok=True)
        elif _text(path) != texts[name]:
            write_atomically(path, texts[name])
            path.chmod(0o644)


def _texts(environment: Environment, cache: Cache) -> dict[str, str]:
    bases = tuple(os.path.realpath(one) for one in environment.linkable)
    folder = cache.root / "pycache"
    with suppress(OSError):
        folder = cache.folder("pycache")
    module = Path(__file__).parent.parent.joinpath("environments", "injected", f"{MODULE}.py")
    line = f"import {MODULE}; {MODULE}.redirect({bases!a}, {str(folder)!a})\n"
    return {module.name: module.read_text("utf-8"), f"{MODULE}.pth": line}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""

"""Runs a module without one of thinvenv's shortcuts: ``python -P without.py SHORTCUT MODULE [ARGUMENT]...``.

For measuring only. The shortcut is replaced before the module starts; ``none`` replaces nothing.
"""

from __future__ import annotations

import gc
import runpy
import sys
from importlib import import_module
from typing import Any


def _nothing(*_args: Any) -> None:
    """Do nothing, and return ``None``: the replaced function found no shortcut."""


def _no_pool(*_args: Any) -> str:
    """Return an empty path: there is no pool of links."""
    return ""


def _without_fast_describe() -> None:
    _replace("thinvenv.tox.environments", "describe", _nothing)


def _without_fast_session() -> None:
    _replace("thinvenv.tox.environments", "make_session", _nothing)


def _without_uv_version() -> None:
    import_module("thinvenv.nox")  # it patches nox when it is imported
    virtualenv: Any = import_module("nox.virtualenv")
    virtualenv.uv_version = virtualenv.uv_version.keywords["original"]


def _without_replay() -> None:
    _replace("thinvenv.installation.replay", "try_replay", _nothing)
    _replace("thinvenv.installation.recording", "record", _nothing)


def _without_link_pool() -> None:
    cache: Any = import_module("thinvenv.cache").Cache
    assert cache.folder_if_any
    cache.folder_if_any = _no_pool


def _without_gc_off() -> None:
    gc.disable = gc.freeze = _nothing


SHORTCUTS = {
    "none": _nothing,
    "fast_describe": _without_fast_describe,
    "fast_session": _without_fast_session,
    "uv_version": _without_uv_version,
    "replay": _without_replay,
    "link_pool": _without_link_pool,
    "gc_off": _without_gc_off,
}
"""How to replace each shortcut, by its name."""


def main() -> None:
    """Replace a shortcut, and run the module."""
    _, shortcut, module, *arguments = sys.argv
    SHORTCUTS[shortcut]()
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _replace(module: str, name: str, value: Any) -> None:
    """Replace a function of a module.

    Raises:
        AttributeError: The module has no such function any more, so nothing would be measured.

    """
    home = import_module(module)
    getattr(home, name)
    setattr(home, name, value)


if __name__ == "__main__":
    main()

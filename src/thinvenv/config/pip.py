"""What pip's configuration says: its files, and the ``PIP_*`` variables over them.

https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.fingerprint import file_state

if TYPE_CHECKING:
    from collections.abc import Mapping
    from configparser import RawConfigParser

_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
_FALSE = frozenset({"n", "no", "f", "false", "off", "0"})


def configured(environ: Mapping[str, str]) -> dict[str, str]:
    """Return pip's settings for ``install``, by option name.

    What a file says of ``install`` counts before what any says of all commands.
    """
    general: dict[str, str] = {}
    settings: dict[str, str] = {}
    for path in _files(environ):
        state = file_state(path)
        if not state:
            continue
        of_all, of_install = _read(str(path), state)
        general |= of_all
        settings |= of_install
    settings = general | settings
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            settings[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    return settings


def is_true(value: str) -> bool:
    """Tell whether a value switches on what it is for, as pip reads it."""
    return value.strip().lower() in _TRUE


def is_false(value: str) -> bool:
    """Tell whether a value switches off what it is for, as pip reads it."""
    return value.strip().lower() in _FALSE


@lru_cache(maxsize=32)
def _read(path: str, _state: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return what one file says of all commands, and of ``install``; read again when its time or size has changed."""
    import configparser  # noqa: PLC0415 - most people have no such file

    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return {}, {}  # pip itself says what is wrong with it
    return _section(parser, "global"), _section(parser, "install")


def _section(parser: RawConfigParser, name: str) -> dict[str, str]:
    found = parser.items(name) if parser.has_section(name) else ()
    return {key.replace("_", "-"): value for key, value in found}


def home_of(environ: Mapping[str, str]) -> Path:
    """Return the home of the person; where there is none, as in a container, a folder that is not there."""
    with suppress(RuntimeError):
        return Path(environ.get("HOME") or Path.home())
    return Path(os.devnull, "home")


def _files(environ: Mapping[str, str]) -> list[Path]:
    """Return pip's files, weakest first."""
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return []
    home = home_of(environ)
    if sys.platform == "win32":
        roots = [environ.get("PROGRAMDATA"), environ.get("APPDATA"), home]
        files = [Path(root, "pip", "pip.ini") for root in roots if root]
    else:
        config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        site = [Path(one, "pip", "pip.conf") for one in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":") if one]
        files = [*site, Path("/etc/pip.conf"), home / ".pip" / "pip.conf", config / "pip" / "pip.conf"]
    return [*files, Path(chosen)] if chosen else files

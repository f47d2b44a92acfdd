"""What pip's configuration says: its files, and the ``PIP_*`` variables over them.

https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
_FALSE = frozenset({"n", "no", "f", "false", "off", "0"})


def configured(environ: Mapping[str, str]) -> dict[str, str]:
    """Return pip's settings for ``install``, by option name."""
    settings: dict[str, str] = {}
    for path in _files(environ):
        if path.is_file():
            _read(path, settings)
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


def _read(path: Path, settings: dict[str, str]) -> None:
    """Take the settings of one file over those that are weaker."""
    import configparser  # noqa: PLC0415 - most people have no such file

    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return  # pip itself says what is wrong with it
    for section in ("global", "install"):
        if parser.has_section(section):
            settings.update({name.replace("_", "-"): value for name, value in parser.items(section)})


def _files(environ: Mapping[str, str]) -> list[Path]:
    """Return pip's files, weakest first."""
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return []
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "win32":
        roots = [environ.get("PROGRAMDATA"), environ.get("APPDATA"), home]
        files = [Path(root, "pip", "pip.ini") for root in roots if root]
    else:
        config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        site = [Path(one, "pip", "pip.conf") for one in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":") if one]
        files = [*site, Path("/etc/pip.conf"), home / ".pip" / "pip.conf", config / "pip" / "pip.conf"]
    return [*files, Path(chosen)] if chosen else files

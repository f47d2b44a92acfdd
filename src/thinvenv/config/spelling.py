"""Errors in the words of tox and nox: their keys in place of options of the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from thinvenv.config.settings import SETTINGS

if TYPE_CHECKING:
    from typing import Literal

    from thinvenv.errors import ThinvenvError

_OPTION = re.compile(r"`--(?P<name>[a-z-]+)(?:[ =](?P<value>[^` ]+))?`")
_FORMATS = {"tox": "{} = {}", "nox": '{}="{}"'}
"""How a key and its value are written."""
_PYTHON = {"tox": "base_python", "nox": "python"}


def in_words_of(host: Literal["tox", "nox"], error: ThinvenvError) -> str:
    """Return the message of an error for a person who uses tox or nox.

    Options of thinvenv's command line, such as ```--store none```, become keys of tox (```thin_store = none```) or
    keywords of nox (```thin_store="none"```).

    Args:
        host: The program that the person uses.
        error: The error.

    """
    keys = {setting.file_key: setting.key for setting in SETTINGS} | {"python": _PYTHON[host]}

    def spell(match: re.Match[str]) -> str:
        key, value = keys.get(match["name"]), match["value"]
        if key is None:
            return match[0]
        return f"`{_FORMATS[host].format(key, value) if value else key}`"

    return _OPTION.sub(spell, str(error))

"""Errors in the words of tox and nox: their keys in place of options of the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from thinvenv.config.settings import SETTINGS

if TYPE_CHECKING:
    from typing import Literal

    from thinvenv.errors import ThinvenvError

_QUOTED = r"`(?P<text>[^`]+)`"  # compiled only for a message: tox loads this module on every start
_FORMATS = {"tox": "`{} = {}`", "nox": '`{}="{}"`'}
"""How a key and its value are written."""
_PYTHON = {"tox": "base_python", "nox": "python"}


def in_words_of(host: Literal["tox", "nox"], message: ThinvenvError | str) -> str:
    """Return the message of an error, or a warning, for a person who uses tox or nox.

    Options of thinvenv's command line, such as ```--store none```, become keys of tox (```thin_store = none```) or
    keywords of nox (```thin_store="none"```), and so do keys of a file such as ```only-reuse```.

    Args:
        host: The program that the person uses.
        message: The error, or the text of a warning.

    """
    keys = {setting.file_key: setting.key for setting in SETTINGS} | {"python": _PYTHON[host]}

    def spell(match: re.Match[str]) -> str:
        text = match["text"]
        if "-" in text and text in keys:
            return f"`{keys[text]}`"
        options = [re.split("[ =]", option, maxsplit=1) for option in text.removeprefix("--").split(" --")]
        if not text.startswith("--") or any(option[0] not in keys for option in options):
            return match[0]
        return " and ".join(
            _FORMATS[host].format(keys[name], value[0]) if value else f"`{keys[name]}`" for name, *value in options
        )

    return re.sub(_QUOTED, spell, str(message))

"""The encodings that requirements files come in.

https://pip.pypa.io/en/stable/reference/requirements-file-format/#encoding
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    *((mark, "utf-32") for mark in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)),  # begins as UTF-16 does
    *((mark, "utf-16") for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
)
_CODING = re.compile(rb"(?:[ \t]*(?:#.*)?\r?\n)?[ \t]*#.*?coding[:=][ \t]*(?P<name>[-\w.]+)")


def decoded(data: bytes) -> str:
    """Return the text of a file in the encoding that it tells: by its first bytes or a comment, as pip reads it.

    PowerShell before version 6 writes UTF-16 where ``pip freeze > requirements.txt`` is said.

    Raises:
        ValueError: It is in another.

    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name)
    told = _CODING.match(data)
    name = told["name"].decode() if told else "utf-8"
    try:
        return data.decode(name)
    except LookupError as error:
        raise ValueError(str(error)) from error

"""The lines of a requirements file: fetched, decoded, continuations joined, comments and variables resolved.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from thinvenv.distributions.direct_url import redacted
from thinvenv.errors import RequirementError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Compiled when a line has what they are for: few have.
_COMMENT = r"(^|\s+)#.*$"
_VARIABLE = r"\$\{(?P<name>[A-Z0-9_]+)\}"


class Line(NamedTuple):
    """One logical line.

    Attributes:
        text: What it says.
        origin: Where it stands, for errors.
        folder: What relative paths in it start from.

    """

    text: str
    origin: str
    folder: str


def lines_of(path: str, shown: str, environ: Mapping[str, str]) -> Iterator[Line]:
    """Yield the lines of a file that say something.

    Args:
        path: The file, or its URL on a server.
        shown: What names it in errors.
        environ: The values for ``${NAME}``, and what names proxies and certificates.

    Raises:
        RequirementError: It cannot be read.

    """
    raw = text_of(path, shown, environ).splitlines()
    joined, start = "", 0
    for number, text in enumerate([*raw, ""], 1):
        start = start if joined else number
        if text.endswith("\\") and not text.lstrip().startswith("#"):
            joined += text[:-1].rstrip() + " "
            continue
        line = _without_comment(joined + text.lstrip() if joined else text).strip()
        joined = ""
        if line:
            yield Line(_expanded(line, environ), f"{shown}, line {start}", folder_of(path))


def _without_comment(text: str) -> str:
    return re.sub(_COMMENT, "", text) if "#" in text else text


def _expanded(text: str, environ: Mapping[str, str]) -> str:
    return re.sub(_VARIABLE, lambda match: environ.get(match["name"]) or match[0], text) if "${" in text else text


def text_of(path: str, shown: str, environ: Mapping[str, str]) -> str:
    """Return what a file says, or one on a server.

    Raises:
        RequirementError: It cannot be read.

    """
    try:
        return _text(path, environ)
    except (OSError, ValueError) as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else str(error)
        raise RequirementError(f"cannot read {redacted(path)}", why=(f"asked for by {shown}", reason)) from error


def _text(path: str, environ: Mapping[str, str]) -> str:
    if is_remote(path):
        from thinvenv.requirements.remote import fetch  # noqa: PLC0415 - few files are

        data = fetch(path, environ)
    else:
        with open(path, "rb") as file:
            data = file.read()
    if data.isascii() and b"coding" not in data:
        return data.decode("ascii")
    from thinvenv.requirements.encodings import decoded  # noqa: PLC0415 - few files are anything else

    return decoded(data)


def is_remote(path: str) -> bool:
    """Tell whether a path is the URL of a file on a server."""
    return path[:8].lower().startswith(("http://", "https://"))


def folder_of(path: str) -> str:
    """Return what relative paths in a file start from."""
    return url_beside(path, ".") if is_remote(path) else os.path.dirname(path)


def url_beside(url: str, path: str) -> str:
    """Return the URL of a file that is named in another on a server."""
    from urllib.parse import urljoin  # noqa: PLC0415 - few files are on one

    return urljoin(url, path)


def words(text: str, origin: str) -> list[str]:
    """Split an option line into words, as a shell would.

    Raises:
        RequirementError: A quote is not closed.

    """
    import shlex  # noqa: PLC0415 - only files have option lines

    try:
        return shlex.split(text)
    except ValueError as error:
        raise RequirementError(f"cannot read `{redacted(text)}`", why=(f"asked for by {origin}", str(error))) from error

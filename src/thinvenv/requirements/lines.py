"""The lines of a requirements file: decoded, joined, without comments, variables expanded.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import codecs
import os
import re

from thinvenv.errors import RequirementError
from thinvenv.named_tuples import NamedTuple
from thinvenv.urls import redacted

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from thinvenv.requirements.roots import ReadContext

# These patterns are compiled only for lines that may match: few do.
_VARIABLE = r"\$\{(?P<name>[A-Z0-9_]+)\}"
_FURTHER_FILE = r"^\s*-(?:[rc]|-requirement|-constraint)"
_CODING = rb"(?:[ \t]*(?:#.*)?\r?\n)?[ \t]*#.*?coding[:=][ \t]*(?P<name>[-\w.]+)"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # UTF-32 comes before UTF-16, because one of its marks begins with one of UTF-16.
    *((mark, "utf-32") for mark in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)),
    *((mark, "utf-16") for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
)


class Line(NamedTuple):
    """One logical line.

    Attributes:
        text: Its text.
        origin: Where it is, for errors: ``-r requirements.txt, line 3``.
        folder: The directory, or the URL, of its file.

    """

    text: str
    origin: str
    folder: str


def read_lines(path: str, shown: str, context: ReadContext, origin: str = "") -> Iterator[Line]:
    """Yield the lines of a file that are not empty.

    Args:
        path: The file, or its URL on a server.
        shown: The name of the file in errors.
        context: The values of variables, and how servers are reached.
        origin: The line that names it in another file: ``-r requirements.txt, line 3``; empty if none does.

    Raises:
        RequirementError: The file cannot be read.

    """
    raw = read_text(path, origin or shown, context).splitlines()
    joined, start = "", 0
    for number, text in enumerate([*raw, ""], 1):
        start = start if joined else number
        if text.endswith("\\") and not text.lstrip().startswith("#"):
            joined += text[:-1].rstrip() + " "
            continue
        line = _without_comment(joined + text.lstrip() if joined else text).strip()
        joined = ""
        if line:
            yield Line(_with_variables(line, context.environ), f"{shown}, line {start}", folder_of(path))


def _without_comment(text: str) -> str:
    """Return a line up to its comment, which starts the line or follows a blank."""
    start = text.find("#")
    while start > 0 and not text[start - 1].isspace():
        start = text.find("#", start + 1)
    return text[:start].rstrip() if start >= 0 else text


def _with_variables(text: str, environ: Mapping[str, str]) -> str:
    return re.sub(_VARIABLE, lambda match: environ.get(match["name"]) or match[0], text) if "${" in text else text


def depends_on_others(path: str) -> bool:
    """Return whether what a file says depends on further files or on variables. One that cannot be read may."""
    try:
        with open(path, "rb") as file:
            text = decode(file.read())
    except (OSError, ValueError):
        return True
    return bool(re.search(_VARIABLE, text) or re.search(_FURTHER_FILE, text, re.MULTILINE))


def read_text(path: str, shown: str, context: ReadContext) -> str:
    """Return the text of a file, or of one on a server.

    Args:
        path: The file, or its URL on a server.
        shown: The name of the file in errors.
        context: How servers are reached.

    Raises:
        RequirementError: The file cannot be read.

    """
    try:
        return decode(_read_bytes(path, context))
    except (OSError, ValueError) as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else str(error)
        raise RequirementError(f"cannot read {redacted(path)}", why=(f"requested by {shown}", reason)) from error


def _read_bytes(path: str, context: ReadContext) -> bytes:
    if is_remote(path):
        from thinvenv.requirements.remote import fetch  # noqa: PLC0415 - loads an HTTP client, for few files

        return fetch(path, context)
    with open(path, "rb") as file:
        return file.read()


def decode(data: bytes) -> str:
    """Return the text of a file in the encoding that its first bytes or a comment name, as pip reads it.

    ``pip freeze > requirements.txt`` writes UTF-16 in a PowerShell before version 6.

    https://pip.pypa.io/en/stable/reference/requirements-file-format/#encoding

    Raises:
        ValueError: The encoding is unknown, or the file is in another.

    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding)
    comment = re.match(_CODING, data) if b"coding" in data else None
    try:
        return data.decode(comment["name"].decode() if comment else "utf-8")
    except LookupError as error:
        raise ValueError(str(error)) from error


def is_remote(path: str) -> bool:
    """Return whether a path is the URL of a file on a server."""
    return path[:8].lower().startswith(("http://", "https://"))


def folder_of(path: str) -> str:
    """Return the directory, or the URL, of a file."""
    return join_url(path, ".") if is_remote(path) else os.path.dirname(path)


def join_url(url: str, path: str) -> str:
    """Return the URL of a file that is named in another on a server."""
    from urllib.parse import urljoin  # noqa: PLC0415 - few files are on a server

    return urljoin(url, path)


def split_words(text: str, origin: str) -> list[str]:
    """Split a line with an option into words, as a shell would.

    Raises:
        RequirementError: A quote is not closed.

    """
    import shlex  # noqa: PLC0415 - a file without options does not need it

    try:
        return shlex.split(text)
    except ValueError as error:
        raise RequirementError(f"cannot read `{redacted(text)}`", why=(f"requested by {origin}", str(error))) from error

"""Installed files that another environment can have: links, texts and scripts."""

from __future__ import annotations

import binascii
import os
import stat
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from thinvenv.distributions.installed_files import RECORD, parse_record
from thinvenv.files import names_in, read_bytes
from thinvenv.inventory.layers import is_read_at_start
from thinvenv.model.json import relative_path, text
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thinvenv.model import Distribution, Environment

_MOST_FILES = 1000
"""An install of more files is not recorded: to link them once more would make it noticeably slower."""
_MOST_BYTES = 256 * 1024
"""The size of what uv writes for each environment anew, above which an install is not recorded."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


class LinkedFile(NamedTuple):
    """A file that is a link to uv's cache.

    Attributes:
        path: Its path, relative to the root of the environment.
        mode: Its mode, which all links to it share.
        size: Its size in bytes.
        time_ns: When its content was changed last, in nanoseconds.

    """

    path: str
    mode: int
    size: int
    time_ns: int


class PortableFiles(NamedTuple):
    """The files that uv has written. All paths are relative to the root of the environment.

    Attributes:
        links: The files that are links to uv's cache, metadata first.
        texts: The content of each file that is not: those in metadata directories that an installer writes. In a
            RECORD, the hash and the size of a script are left out, see :func:`_marked`.
        scripts: For each script its path in RECORD, and its content without the first line.

    """

    links: list[LinkedFile]
    texts: dict[str, bytes]
    scripts: dict[str, tuple[str, bytes]]


class UnsuitableFileError(ValueError):
    """An installed file cannot be linked or written again in another environment."""


def read(distributions: Iterable[Distribution], environment: Environment) -> PortableFiles:
    """Return the files of distributions that uv has just installed.

    Raises:
        UnsuitableFileError: One of them cannot be linked or written again elsewhere, or there are too many.
        OSError: One of them cannot be read.

    """
    files = PortableFiles([], {}, {})
    for dist in distributions:
        if dist.direct_url:
            raise UnsuitableFileError(dist.direct_url)
        rows = parse_record(read_bytes(os.path.join(dist.location, RECORD)).decode("utf-8", "surrogateescape"))
        for row in rows:
            _add(files, row[0], os.path.normpath(os.path.join(dist.layer, row[0])), environment)
    _check_start_up_and_byte_code(files, environment)
    if len(files.links) > _MOST_FILES or sum(map(len, files.texts.values())) > _MOST_BYTES:
        raise UnsuitableFileError("too many files")
    for path, content in files.texts.items():
        if path.endswith(f"/{RECORD}"):
            files.texts[path] = _marked(content, files.scripts, environment.prefix)
    files.links.sort(key=lambda link: ".dist-info/" not in link.path)
    return files


def linked_file(path: str, status: os.stat_result) -> LinkedFile:
    """Return the state of a linked file, whose path is relative to the root of the environment."""
    return LinkedFile(path, status.st_mode, status.st_size, status.st_mtime_ns)


def _add(files: PortableFiles, listed: str, absolute: str, environment: Environment) -> None:
    """Add a file that RECORD lists."""
    path, status = relative(absolute, environment.prefix), os.lstat(absolute)
    if not stat.S_ISREG(status.st_mode) or not _is_own(status):
        raise UnsuitableFileError(path)
    if status.st_nlink > 1:
        files.links.append(linked_file(path, status))
        return
    content, first_line = read_bytes(absolute, _MOST_BYTES), b"#!" + os.fsencode(environment.python)
    is_script = os.path.dirname(absolute) == environment.scripts
    rest = content.removeprefix(first_line) if is_script else content
    is_complete = content.startswith(first_line + b"\n") if is_script else not status.st_mode & _EXECUTABLE
    if not is_complete or os.fsencode(environment.prefix) in rest:
        raise UnsuitableFileError(path)
    if is_script:
        files.scripts[path] = (listed, rest)
    else:
        files.texts[path] = rest


def _is_own(status: os.stat_result) -> bool:
    """Return whether a file is this user's. Another user could change it in all environments that link to it."""
    return os.name != "posix" or status.st_uid == os.geteuid()


def _check_start_up_and_byte_code(files: PortableFiles, environment: Environment) -> None:
    """Check that nothing runs at the start of the interpreter, and that there is no byte code, which names paths.

    Raises:
        UnsuitableFileError: There is.

    """
    paths = [*(link.path for link in files.links), *files.texts]
    sites = {relative(site, environment.prefix) for site in environment.sites}
    folders = {os.path.dirname(path) for path in paths}
    for path in paths:
        if is_read_at_start(os.path.basename(path)) and os.path.dirname(path) in sites:
            raise UnsuitableFileError(path)
    for folder in folders - sites:
        if os.path.lexists(os.path.join(environment.prefix, folder, "__pycache__")):
            raise UnsuitableFileError(folder)
    modules = {path.removesuffix(".py") for path in paths if os.path.dirname(path) in sites}
    for site in sites:  # thinvenv's own byte code may be there, too
        for name in names_in(os.path.join(environment.prefix, site, "__pycache__")):
            if f"{site}/{name.partition('.')[0]}" in modules:
                raise UnsuitableFileError(name)


def encode(files: PortableFiles) -> dict[str, Any]:
    """Return files as members of a JSON object."""
    return {
        "links": files.links,
        "texts": {path: content.decode("latin-1") for path, content in files.texts.items()},
        "scripts": {path: [listed, content.decode("latin-1")] for path, (listed, content) in files.scripts.items()},
    }


def decode(document: Any) -> PortableFiles:
    """Return the files in a JSON object.

    Raises:
        ValueError: It has another form, or a path leads out of the environment.

    """
    return PortableFiles(
        [LinkedFile(relative_path(path), mode, size, time_ns) for path, mode, size, time_ns in document["links"]],
        {relative_path(path): text(content).encode("latin-1") for path, content in document["texts"].items()},
        {
            relative_path(path): (text(listed), text(content).encode("latin-1"))
            for path, (listed, content) in document["scripts"].items()
        },
    )


def _marked(record: bytes, scripts: dict[str, tuple[str, bytes]], prefix: str) -> bytes:
    """Return a RECORD without the hashes and sizes of scripts, whose first line differs in each environment.

    Raises:
        UnsuitableFileError: It has others than those of the scripts, or a mark already.

    """
    if b"\0" in record:
        raise UnsuitableFileError("a RECORD has a null byte")
    for path, (listed, _) in scripts.items():
        record = record.replace(_row(listed, read_bytes(os.path.join(prefix, path))), _mark(listed))
    if any(os.fsencode(listed) + b"," in record for listed, _ in scripts.values()):
        raise UnsuitableFileError("a RECORD has another hash of a script")
    return record


def filled(record: bytes, scripts: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a RECORD that :func:`_marked` has returned, with the hashes and sizes of scripts."""
    for listed, content in scripts:
        record = record.replace(_mark(listed), _row(listed, content))
    return record


def _mark(listed: str) -> bytes:
    return b"\0" + os.fsencode(listed) + b"\n"


def _row(listed: str, content: bytes) -> bytes:
    """Return the row of a script in RECORD."""
    value = binascii.b2a_base64(_sha256()(content).digest(), newline=False).translate(_URL_SAFE, b"=")
    return os.fsencode(listed) + b",sha256=" + value + b",%d\n" % len(content)


@cache
def _sha256() -> Callable[[bytes], Any]:
    """Return CPython's own SHA-256 if it is built in: `hashlib` loads OpenSSL, which takes as long as an install."""
    for name in ("_sha2", "_sha256", "hashlib"):
        with suppress(ImportError):
            function: Callable[[bytes], Any] = import_module(name).sha256
            return function
    raise AssertionError


def relative(absolute: str, prefix: str) -> str:
    """Return a path relative to the root of an environment.

    Raises:
        UnsuitableFileError: It leads elsewhere.

    """
    if not absolute.startswith(prefix + os.sep):
        raise UnsuitableFileError(absolute)
    return absolute[len(prefix) + 1 :].replace(os.sep, "/")

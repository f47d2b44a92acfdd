"""The files of an installed distribution: RECORD, ``installed-files.txt`` and ``top_level.txt``.

Installers write RECORD (https://packaging.python.org/en/latest/specifications/recording-installed-packages/).
pip wrote ``installed-files.txt`` for projects that setuptools installed. Many distributions that come with
Linux have neither: ``top_level.txt`` or the name of the distribution leads to their modules.

Paths have forward slashes and are relative to the directory that holds the metadata, see :func:`root_of`.
"""

from __future__ import annotations

import csv
import os
import posixpath
import re
from contextlib import suppress
from glob import escape, glob
from io import StringIO
from typing import TYPE_CHECKING

from thinvenv.distributions.metadata_files import read_text
from thinvenv.files import has_target, is_directory, is_link, is_path, raise_if_transient, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.model import Distribution

RECORD = "RECORD"
_IMPORTABLE = re.compile(r"[\w-]+(?:[./][\w-]+)*")
"""A module, a package (its stubs: ``pkg-stubs``), or one in a namespace package, with a dot or a slash between."""
_SIZE = 2
"""The column of a RECORD that has the size."""
_MAX_DIGITS = 18
"""The digits of a size in bytes. Python converts up to some thousand."""
EXTENSION_MODULES = (".so", ".pyd")
"""The ends of the names of extension modules."""
SCRIPT_FOLDERS = ("bin", "Scripts")
"""The names of the folders of scripts."""


def parse_record(text: str) -> list[list[str]]:
    """Return the rows of a RECORD: path, hash and size of each file. Paths that no file can have are left out.

    Text without quotes is split at commas, which takes half as long as :mod:`csv`.
    """
    if '"' in text or "\r" in text:
        with suppress(csv.Error):  # a quote that is never closed makes a field that is too long
            return [row for row in csv.reader(StringIO(text, newline="")) if row and is_path(row[0])]
    return [row for line in text.split("\n") if line and is_path((row := line.split(","))[0])]


def format_record(paths: Iterable[str], sizes: Mapping[str, int]) -> str:
    """Return a RECORD without hashes.

    Args:
        paths: Its paths, in their order.
        sizes: The sizes of some of these files in bytes, by the path.

    """
    return "".join(f"{_quoted(path)},,{sizes.get(path, '')}\n" for path in paths)


def recorded_files(location: str) -> list[tuple[str, int]]:
    """Return the files in a RECORD.

    Args:
        location: The metadata directory.

    Returns:
        Each path as it is written, with its size in bytes: 0 if RECORD has no size for it.

    """
    rows = parse_record(read_text(location, RECORD))
    return [(row[0], _number(row[_SIZE]) if len(row) > _SIZE else 0) for row in rows]


def size_of(path: str) -> int | None:
    """Return the size of a file in bytes, ``None`` if there is none that this user may examine.

    Raises:
        OSError: It cannot be examined now, but may be another time.

    """
    try:
        return os.stat(path).st_size
    except OSError as error:
        raise_if_transient(error)
        return None


def listed_paths(distribution: Distribution, *parts: str) -> list[str]:
    """Return the paths in RECORD or else in ``installed-files.txt``; none if the distribution has neither file.

    Args:
        distribution: The distribution.
        parts: Texts. If there are any, paths that contain none of them may be left out: most callers look for few of
            thousands of paths, and finding a text is ten times faster than reading a line.

    """
    record = read_text(distribution.location, RECORD)
    paths = [row[0] for row in parse_record(_lines_with(parts, record) if parts else record)]
    if not paths and not (parts and _has_rows(record)):
        metadata = os.path.basename(distribution.location)
        lines = read_text(distribution.location, "installed-files.txt").split("\n")
        listed = [f"{metadata}/{line}" if not line.startswith("/") else line for line in lines if line.strip()]
        paths = [path for path in listed if is_path(path)]
    return [_normalized(path) for path in paths if path.strip()]


def top_level_names(distribution: Distribution) -> list[str]:
    """Return the importable names in ``top_level.txt``; none if there is no such file.

    Names that are paths out of the site directory (``..``, ``/usr``) are left out: metadata must not lead elsewhere.
    """
    names = read_text(distribution.location, "top_level.txt").split()
    return [name for name in names if _IMPORTABLE.fullmatch(name)]


def root_of(distribution: Distribution) -> str:
    """Return the directory that the paths of a distribution are relative to.

    It is the layer, except for a development install: an ``.egg-link`` leads to a project elsewhere.
    """
    return os.path.dirname(distribution.location)


def paths_of(distribution: Distribution, *parts: str) -> list[str]:
    """Return the paths of a distribution.

    If no file lists them, these are its top-level modules: the files of a module, and a package with a slash at
    the end. For ``parts`` see :func:`listed_paths`.
    """
    paths = listed_paths(distribution, *parts)
    if paths or (parts and _has_rows(read_text(distribution.location, RECORD))):
        return paths
    root, names = root_of(distribution), top_level_names(distribution) or [distribution.name.replace("-", "_")]
    return [path for name in names for path in _paths_of_module(name, root)]


def module_folders(distribution: Distribution) -> set[str]:
    """Return the directories below its layer that the files of a distribution lie in.

    Metadata directories are left out: nothing is imported from them, and their times belong to the fingerprint of the
    layer.
    """
    folders = {os.path.join(distribution.layer, os.path.dirname(path)) for path in listed_paths(distribution)}
    return {folder for folder in folders if ".." not in folder and ".dist-info" not in folder}


def files_of(distribution: Distribution, *parts: str) -> Iterator[str]:
    """Yield the paths of a distribution, with the files in a directory instead of the directory.

    For ``parts`` see :func:`listed_paths`.
    """
    root = root_of(distribution)
    for path in paths_of(distribution, *parts):
        if path.endswith("/"):
            yield from files_below(path.rstrip("/"), root)
        else:
            yield path


def files_below(folder: str, root: str) -> Iterator[str]:
    """Yield the files below a directory.

    A symbolic link to a directory counts as a file: distributions that come with Linux have such links for data.

    Args:
        folder: The directory, relative to ``root``.
        root: The directory that the returned paths are relative to.

    """
    start = len(os.path.join(root, ""))
    for directory, folders, names in walk(os.path.join(root, folder)):
        below = f"{directory[start:]}/".replace(os.sep, "/").lstrip("/")
        links = [name for name in folders if is_link(os.path.join(directory, name))]
        yield from (f"{below}{name}" for name in (*names, *links))


def owns(distribution: Distribution, start: str) -> bool:
    """Return whether a distribution has a file whose path starts with ``start``."""
    record = read_text(distribution.location, RECORD)
    if record and '"' not in record and "\\" not in record:
        # Most distributions have no such file, and this search is many times faster than reading the table.
        return record.startswith(start) or f"\n{start}" in record
    paths = paths_of(distribution)
    return any(path.startswith(start) or (not record and start.startswith(path)) for path in paths)


def modules_of(distribution: Distribution) -> tuple[str, ...]:
    """Return the importable top-level names of a distribution, namespace packages included."""
    names = (path.split("/")[0].split(".")[0] for path in paths_of(distribution) if not path.startswith((".", "/")))
    return tuple(dict.fromkeys(name for name in names if name.isidentifier()))


def is_compiled(distribution: Distribution) -> bool:
    """Return whether a distribution has extension modules."""
    wheel = read_text(distribution.location, "WHEEL")
    if wheel:
        return "Root-Is-Purelib: false" in wheel
    return any(path.endswith(EXTENSION_MODULES) for path in files_of(distribution))


def _has_rows(record: str) -> bool:
    """Return whether a RECORD lists any file. Nearly always, its first line does."""
    return any(map(parse_record, (record.partition("\n")[0], record)))


def _lines_with(parts: tuple[str, ...], record: str) -> str:
    """Return the lines of a RECORD that contain one of some texts, or all lines if some may not be a row each."""
    if '"' in record or "\\" in record:
        return record
    return "\n".join(line for line in record.split("\n") if any(part in line for part in parts))


def _number(digits: str) -> int:
    """Return the size that a field has, 0 if it is no number, or none that a size can be."""
    return int(digits) if digits.isdecimal() and len(digits) <= _MAX_DIGITS else 0


def _quoted(path: str) -> str:
    return '"' + path.replace('"', '""') + '"' if any(mark in path for mark in ',"\r\n') else path


def _normalized(path: str) -> str:
    path = path.replace("\\", "/")
    return posixpath.normpath(path) if "./" in path or "//" in path else path


def _paths_of_module(name: str, root: str) -> list[str]:
    """Return the path of a package, or those of a module: Python, an extension module for each interpreter, or both."""
    if is_directory(os.path.join(root, name)):
        return [f"{name}/"]
    compiled = [os.path.basename(path) for path in glob(os.path.join(escape(root), f"{escape(name)}.*"))]
    compiled = [path for path in compiled if path.endswith(EXTENSION_MODULES)]
    is_python = not compiled or has_target(os.path.join(root, f"{name}.py"))
    return [f"{name}.py"] * is_python + sorted(compiled)

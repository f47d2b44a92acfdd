"""Shared objects in the format ELF: the libraries that they need, and where the loader looks for these."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, BinaryIO

from thinvenv.files import open_regular, raise_if_transient

if TYPE_CHECKING:
    from collections.abc import Iterator

_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_STRTAB, _DT_RPATH, _DT_RUNPATH = 1, 5, 15, 29
_CLASS_64 = 2
_LITTLE_ENDIAN = 1
_MAX_TABLE = 1024 * 1024
"""The size of a table that is read at most: those of large libraries have less than a hundredth of it."""
_MAX_LENGTH = 8 * 1024
"""The length of a string that is read at most."""


def search_paths(path: str) -> tuple[str, ...]:
    """Return where the loader looks for the libraries that a shared object needs: its ``RPATH`` or ``RUNPATH``.

    Args:
        path: The path of a file. If it is no shared object in this format, there are no search paths.

    Returns:
        The entries as they are written, such as ``$ORIGIN/../lib``.

    Raises:
        OSError: The file cannot be read now, but may be another time.

    """
    entries = (text for tag, text in _dynamic_strings(path) if tag != _DT_NEEDED)
    return tuple(entry for text in entries for entry in text.split(":") if entry)


def needed_libraries(path: str) -> tuple[str, ...]:
    """Return the names of the libraries that a shared object needs, such as ``libz.so.1``; see :func:`search_paths`."""
    return tuple(text for tag, text in _dynamic_strings(path) if tag == _DT_NEEDED)


def _dynamic_strings(path: str) -> list[tuple[int, str]]:
    try:
        with os.fdopen(open_regular(path)[0], "rb") as file:
            return list(_read_strings(file))
    except OSError as error:
        raise_if_transient(error)
        return []
    except (struct.error, ValueError, OverflowError, IndexError):  # the numbers in it make no sense
        return []


def _read_strings(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Yield the needed libraries and the search paths, each with its tag. The layout is that of ``elf.h``."""
    head = file.read(64)
    if head[:4] != b"\x7fELF":
        return
    is_64, order = head[4] == _CLASS_64, "<" if head[5] == _LITTLE_ENDIAN else ">"
    (table,) = struct.unpack_from(f"{order}{'Q' if is_64 else 'I'}", head, 32 if is_64 else 28)
    size, count = struct.unpack_from(f"{order}HH", head, 54 if is_64 else 42)
    file.seek(table)
    rows = file.read(min(size * count, _MAX_TABLE))
    segments = [_segment(rows[start : start + size], order, is_64=is_64) for start in range(0, size * count, size)]
    dynamic = next(((offset, length) for kind, offset, _, length in segments if kind == _PT_DYNAMIC), None)
    if dynamic is None:
        return
    file.seek(dynamic[0])
    entries = list(struct.iter_unpack(f"{order}{'qQ' if is_64 else 'iI'}", file.read(min(dynamic[1], _MAX_TABLE))))
    strings = next((value for tag, value in entries if tag == _DT_STRTAB), 0)
    start = next(
        (offset - at for kind, offset, at, length in segments if kind == _PT_LOAD and at <= strings < at + length), 0
    )
    for tag, value in entries:
        if tag in {_DT_NEEDED, _DT_RPATH, _DT_RUNPATH}:
            file.seek(strings + start + value)
            yield tag, os.fsdecode(file.read(_MAX_LENGTH).partition(b"\0")[0])


def _segment(row: bytes, order: str, *, is_64: bool) -> tuple[int, int, int, int]:
    """Return the kind of a segment, its offset in the file, its address and its length."""
    if is_64:
        kind, _, offset, address, _, length = struct.unpack_from(f"{order}IIQQQQ", row)
    else:
        kind, offset, address, _, length = struct.unpack_from(f"{order}IIIII", row)
    return kind, offset, address, length

"""What this process does, as Python's audit events tell it: files that it opens, processes that it starts."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECORDS: list[list[tuple[str, str]]] = []


@contextmanager
def auditing() -> Iterator[list[tuple[str, str]]]:
    """Yield the list that events of all threads go to, each with its first arguments as a text."""
    _hook()
    record: list[tuple[str, str]] = []
    _RECORDS.append(record)
    try:
        yield record
    finally:
        _RECORDS.remove(record)


@cache
def _hook() -> None:
    """Add the one hook; Python takes none away again."""

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        for record in _RECORDS:
            if event in {"open", "subprocess.Popen"}:
                record.append((event, str(arguments[:2])))

    sys.addaudithook(hear)

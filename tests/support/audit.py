"""Audit events of this process: the files that it opens and the processes that it starts."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECORDERS: list[list[tuple[str, str]]] = []


@contextmanager
def recorded_audit_events() -> Iterator[list[tuple[str, str]]]:
    """Yield a list that receives the events of all threads: ``open`` and ``subprocess.Popen`` with their arguments."""
    _add_hook()
    events: list[tuple[str, str]] = []
    _RECORDERS.append(events)
    try:
        yield events
    finally:
        _RECORDERS.remove(events)


@cache
def _add_hook() -> None:
    """Add the audit hook once: Python cannot remove a hook."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        for events in _RECORDERS:
            if event in {"open", "subprocess.Popen"}:
                events.append((event, str(arguments[:2])))

    sys.addaudithook(hook)

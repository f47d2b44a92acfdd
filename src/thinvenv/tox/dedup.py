"""What a person has to be told, told once in a run.

What is noted of a base or of a configuration holds for each environment of the run, and some
of them are installed at once.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from tox.config.sets import ConfigSet

_TOLD: WeakKeyDictionary[ConfigSet, set[str]] = WeakKeyDictionary()
_LOCK = Lock()


def once(core: ConfigSet, note: Callable[[str], None]) -> Callable[[str], None]:
    """Return what passes a line on to ``note`` where nothing has told it in this run.

    Args:
        core: The core configuration, of which a run has one.
        note: Called with each line that is new.

    """

    def told(line: str) -> None:
        with _LOCK:
            known = _TOLD.setdefault(core, set())
            new = line not in known
            known.add(line)
        if new:
            note(line)

    return told

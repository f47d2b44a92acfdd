"""Progress and notes in tox's log, each note once in a run.

A note about a base or a setting holds for every environment of a run, and several
environments are installed at the same time (``tox -p``).
"""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from thinvenv.context.reporter import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable

    from tox.config.sets import ConfigSet

LOGGER = logging.getLogger(__name__)

_NOTED: WeakKeyDictionary[ConfigSet, set[str]] = WeakKeyDictionary()
"""The notes that each run has shown. A run has one core configuration."""
_LOCK = Lock()


class ToxReporter(Reporter):
    """Passes progress to tox's log, and each note that is new in this run to ``show_note``.

    Args:
        core: The core configuration of the run.
        streams: Whether the installer may write its own progress to standard error.
        show_note: Called with each new note.

    """

    def __init__(self, core: ConfigSet, *, streams: bool, show_note: Callable[[str], None] = LOGGER.warning) -> None:
        self._core = core
        self.streams = streams
        self._show_note = show_note

    def progress(self, text: str) -> None:
        """Log what is about to start."""
        LOGGER.info(text)

    def note(self, text: str) -> None:
        """Show a note, unless another environment of the run has shown it."""
        with _LOCK:
            shown = _NOTED.setdefault(self._core, set())
            is_new = text not in shown
            shown.add(text)
        if is_new:
            self._show_note(text)

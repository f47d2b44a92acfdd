"""The processes of one call, which another thread may end.

tox installs in threads, and it is the main one that a person interrupts.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from thinvenv.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Callable


class Timeouts(NamedTuple):
    """How many seconds a process has to end, before each stronger word.

    Attributes:
        by_itself: Before it is interrupted: what a terminal sends reaches it without us.
        interrupted: After that, before it is terminated.
        terminated: After that, before it is killed.

    """

    by_itself: float
    interrupted: float
    terminated: float


class Processes:
    """What runs for one call, one process after the other, until somebody ends it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: subprocess.Popen[str] | None = None
        self._ended = False

    def start(self, start: Callable[[], subprocess.Popen[str]]) -> subprocess.Popen[str]:
        """Start a process that :meth:`end` reaches.

        Raises:
            BackendError: The call has been ended: nothing is started any more.

        """
        with self._lock:
            if self._ended:
                raise BackendError("the install was interrupted")
            self._running = start()
            return self._running

    def end(self, timeouts: Timeouts) -> None:
        """End what runs, and let nothing more be started."""
        with self._lock:
            self._ended = True
            process = self._running
        if process is None or _has_ended(process, timeouts.by_itself):
            return
        if sys.platform != "win32":  # where a console's processes all get the message
            process.send_signal(signal.SIGINT)
        if not _has_ended(process, timeouts.interrupted):
            process.terminate()
            if not _has_ended(process, timeouts.terminated):
                process.kill()


def _has_ended(process: subprocess.Popen[str], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True

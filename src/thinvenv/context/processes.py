"""Child processes: how they are started, interrupted, terminated and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from threading import Lock, current_thread, main_thread
from typing import TYPE_CHECKING

from thinvenv.context.context import Timeouts
from thinvenv.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


_INTERRUPTED = "the install was interrupted"
_INTERRUPT_STATUSES = (-signal.SIGINT, 0xC000013A)
"""The exit statuses of a process that Ctrl-C has ended; the second one is that of Windows."""


class Terminated(KeyboardInterrupt):
    """This process received a signal that asks it to end: see :func:`sigterm_as_interrupt`."""


class _ProcessGroup(subprocess.Popen[str]):
    """A process in a group of its own, which its children belong to. All get the signals that it is sent."""

    def send_signal(self, sig: int) -> None:
        """Send a signal to the process and its children, also to those that are left after its end."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, sig)


class Supervisor:
    """Runs the child processes of one call, one after the other.

    Another thread can call :meth:`stop`: tox installs in threads, and Ctrl-C interrupts the main one.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def run(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        cwd: str | None = None,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - it is immutable
        stream: bool = False,
        meanwhile: Callable[[], None] | None = None,
        limit: float | None = None,
        has_children: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run a process to its end, and return its exit status and output.

        When this call is interrupted, so is the process; the exception is raised once it has ended.

        Args:
            command: The program and its arguments.
            environ: The environment variables.
            cwd: The working directory; the current one if not given.
            timeouts: How long the process may take to end when this call is interrupted.
            stream: Whether the process writes to this process' standard error, so that its
                progress is seen. Otherwise its standard error is captured.
            meanwhile: Called while the process runs.
            limit: The seconds after which the process is killed.
            has_children: Whether it starts processes that have to be ended with it, since they would wait forever.

        Raises:
            OSError: The process cannot be started.
            TimeoutError: The process took longer than ``limit``. It is an ``OSError``, too.
            BackendError: Another thread has called :meth:`stop`, or the process was interrupted, as Ctrl-C does with
                all processes of a terminal.

        """
        process = self._start(command, environ, cwd, stream=stream, has_children=has_children)
        with sigterm_as_interrupt(), process:
            try:
                if meanwhile:
                    meanwhile()
                stdout, stderr = process.communicate(timeout=limit)
            except BaseException as error:
                try:
                    if isinstance(error, KeyboardInterrupt):
                        _end(process, process.communicate, timeouts, terminate=isinstance(error, Terminated))
                finally:  # a second interrupt may have ended the waiting
                    process.kill()
                if isinstance(error, subprocess.TimeoutExpired):
                    raise TimeoutError(str(error)) from error
                raise
        if process.returncode in _INTERRUPT_STATUSES:
            self._stopped = True
            raise BackendError(_INTERRUPTED)
        return subprocess.CompletedProcess(list(command), process.returncode, stdout, stderr or "")

    def _start(
        self, command: Sequence[str], environ: Mapping[str, str], cwd: str | None, *, stream: bool, has_children: bool
    ) -> subprocess.Popen[str]:
        is_group = has_children and sys.platform != "win32"
        with self._lock:
            if self._stopped:
                raise BackendError(_INTERRUPTED)
            self._process = (_ProcessGroup if is_group else subprocess.Popen)(
                list(command),
                cwd=cwd,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None if stream else subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                process_group=0 if is_group else None,
            )
            return self._process

    def stop(self, timeouts: Timeouts) -> None:
        """End the process that runs, and start no other. The call may come from any thread."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            _end(process, process.wait, timeouts)


def _end(
    process: subprocess.Popen[str], wait: Callable[..., object], timeouts: Timeouts, *, terminate: bool = False
) -> None:
    """End a process: wait, interrupt it, terminate it, kill it.

    Args:
        process: The process.
        wait: Waits for the process, and raises :exc:`subprocess.TimeoutExpired` after ``timeout`` seconds.
        timeouts: How long the process may take after each step.
        terminate: Whether to begin with the third step.

    """
    interrupt = None if sys.platform == "win32" else signal.SIGINT  # a console interrupts all its processes
    steps = ((None, timeouts.wait), (interrupt, timeouts.interrupt), (signal.SIGTERM, timeouts.terminate))
    for number, seconds in steps[2:] if terminate else steps:
        if number is not None:
            process.send_signal(number)
        try:
            wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """Raise :exc:`Terminated` in the block when this process is asked to end, and end by that signal after the block.

    The signals are SIGTERM, and SIGHUP, which the processes of a closed terminal receive. A
    further signal does not disturb the clean-up. Nothing changes where the program has chosen
    another reaction to a signal, or outside the main thread.
    """
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    guarded = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    if current_thread() is not main_thread():
        guarded = []
    received: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        received.append(number)
        for other in guarded:
            signal.signal(other, signal.SIG_IGN)
        raise Terminated

    for number in guarded:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in guarded:
            signal.signal(number, signal.SIG_DFL)
        if received:
            os.kill(os.getpid(), received[0])

"""Work of the engine, run as tox runs a command.

tox shows commands, logs them, writes them to ``--result-json`` and stops where one fails.
An install that is such a command gets all of that, without a process of its own.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from tox.execute.api import ExecuteInstance, ExecuteStatus
from tox.execute.local_sub_process import LocalSubProcessExecutor

from thinvenv.errors import ThinvenvError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from tox.execute.api import ExecuteOptions
    from tox.execute.request import ExecuteRequest
    from tox.execute.stream import SyncWrite

    from thinvenv.context.processes import Processes

Work: TypeAlias = Callable[["Processes"], Iterable[str]]
"""What is done instead of a process: told how it may be ended, it returns the lines that the process would print."""


class ThinExecute(LocalSubProcessExecutor):
    """Does the engine's work in this process, and runs everything else as tox does.

    Args:
        colored: As in tox.
        work_for: Returns the work for a request, ``None`` where it is a real command.

    """

    def __init__(self, colored: bool, work_for: Callable[[ExecuteRequest], Work | None]) -> None:  # noqa: FBT001 - tox's order
        super().__init__(colored)
        self._work_for = work_for

    def build_instance(
        self, request: ExecuteRequest, options: ExecuteOptions, out: SyncWrite, err: SyncWrite
    ) -> ExecuteInstance:
        """Return what carries out one request."""
        work = self._work_for(request)
        if work is None:
            return super().build_instance(request, options, out, err)
        return _Instance(request, options, out, err, work)


class _Instance(ExecuteInstance):
    """One piece of work as an instance of a command."""

    def __init__(
        self, request: ExecuteRequest, options: ExecuteOptions, out: SyncWrite, err: SyncWrite, work: Work
    ) -> None:
        super().__init__(request, options, out, err)
        self._work = work

    def __enter__(self) -> ExecuteStatus:
        return _Status(self.options, self._out, self._err, self._work)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        """Leave nothing: there is no process to wait for."""

    @property
    def cmd(self) -> Sequence[str]:
        """The command as it is shown."""
        return self.request.cmd


class _Status(ExecuteStatus):
    """The work itself: it is done, in the calling thread, when its end is first waited for."""

    def __init__(self, options: ExecuteOptions, out: SyncWrite, err: SyncWrite, work: Work) -> None:
        super().__init__(options, out, err)
        from thinvenv.context.processes import Processes  # noqa: PLC0415 - not imported by a tox that installs nothing

        self._work = work
        self._processes = Processes()
        self._code: int | None = None

    @property
    def exit_code(self) -> int | None:
        return self._code

    def wait(self, timeout: float | None = None) -> int | None:  # noqa: ARG002 - tox passes it
        if self._code is None:
            self._code = self._run()
        return self._code

    def _run(self) -> int:
        try:
            lines = self._work(self._processes)
        except ThinvenvError as error:
            self._err.handler(f"error: {error}\n".encode())
            return error.exit_code
        except Exception:  # noqa: BLE001 - a bug, told with its traceback as a command that crashed
            self._err.handler(traceback.format_exc().encode())
            return 1
        self._out.handler("".join(f"{line}\n" for line in lines).encode())
        return 0

    def write_stdin(self, content: str) -> None:
        """Take nothing: nothing is asked."""

    def interrupt(self) -> None:
        """End the installer, with the patience that tox has with its own commands."""
        from thinvenv.context.processes import Timeouts  # noqa: PLC0415 - see above

        given = self.options
        self._processes.end(Timeouts(given.suicide_timeout, given.interrupt_timeout, given.terminate_timeout))

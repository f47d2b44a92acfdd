"""Operations of the engine, executed as tox executes a command.

tox shows commands, logs them, writes them to ``--result-json`` and stops at one that fails.
An install that is such a command gets all of that, without a process of its own.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from tox.execute.api import ExecuteInstance, ExecuteStatus
from tox.execute.local_sub_process import LocalSubProcessExecutor

from thinvenv.config.spelling import in_words_of
from thinvenv.errors import ThinvenvError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from tox.execute.api import ExecuteOptions
    from tox.execute.request import ExecuteRequest
    from tox.execute.stream import SyncWrite

    from thinvenv.tox.operations import Operation


class ThinExecute(LocalSubProcessExecutor):
    """Runs the engine's operations in this process, and everything else as tox does.

    Args:
        colored: As in tox.
        operation_for: Returns the operation for a request, or ``None`` if it is a command to run.

    """

    def __init__(
        self,
        colored: bool,  # noqa: FBT001 - tox's order
        operation_for: Callable[[ExecuteRequest], Operation | None],
    ) -> None:
        super().__init__(colored)
        self._operation_for = operation_for

    def build_instance(
        self, request: ExecuteRequest, options: ExecuteOptions, out: SyncWrite, err: SyncWrite
    ) -> ExecuteInstance:
        """Return what executes one request."""
        operation = self._operation_for(request)
        if operation is None:
            return super().build_instance(request, options, out, err)
        return _Instance(request, options, out, err, operation)


class _Instance(ExecuteInstance):
    """One operation as an instance of a command."""

    def __init__(
        self, request: ExecuteRequest, options: ExecuteOptions, out: SyncWrite, err: SyncWrite, operation: Operation
    ) -> None:
        super().__init__(request, options, out, err)
        self._operation = operation

    def __enter__(self) -> ExecuteStatus:
        return _Status(self.options, self._out, self._err, self._operation)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        """Do nothing: there is no process to wait for."""

    @property
    def cmd(self) -> Sequence[str]:
        """The command as it is shown."""
        return self.request.cmd


class _Status(ExecuteStatus):
    """The status of an operation, which runs in the calling thread when tox first waits for its end."""

    def __init__(self, options: ExecuteOptions, out: SyncWrite, err: SyncWrite, operation: Operation) -> None:
        super().__init__(options, out, err)
        self._operation = operation
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
            lines = self._operation.run()
        except ThinvenvError as error:
            self._err.handler(f"error: {in_words_of('tox', error)}\n".encode())
            return error.exit_code
        except Exception:  # noqa: BLE001 - a bug is shown with its traceback, like that of a command
            self._err.handler(traceback.format_exc().encode())
            return 1
        self._out.handler("".join(f"{line}\n" for line in lines).encode())
        return 0

    def write_stdin(self, content: str) -> None:
        """Ignore input: an operation asks for none."""

    def interrupt(self) -> None:
        """End the installer's process."""
        self._operation.interrupt(self.options)

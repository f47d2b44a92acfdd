"""An install by the engine, run as tox runs a command.

tox shows commands, logs them, writes them to ``--result-json`` and stops where one fails.
An install that is such a command gets all of that, without a process of its own.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from tox.execute.api import ExecuteInstance, ExecuteStatus
from tox.execute.local_sub_process import LocalSubProcessExecutor

from thinvenv.errors import ThinvenvError
from thinvenv.tox.installer import INSTALL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from tox.execute.api import ExecuteOptions
    from tox.execute.request import ExecuteRequest
    from tox.execute.stream import SyncWrite

    from thinvenv.tox.installer import ThinInstaller


class ThinExecute(LocalSubProcessExecutor):
    """Runs installs in this process, and everything else as tox does."""

    def __init__(self, colored: bool, installer: Callable[[], ThinInstaller]) -> None:  # noqa: FBT001 - tox's order
        super().__init__(colored)
        self._installer = installer

    def build_instance(
        self, request: ExecuteRequest, options: ExecuteOptions, out: SyncWrite, err: SyncWrite
    ) -> ExecuteInstance:
        """Return what carries out one request."""
        if request.run_id.startswith("install_") and tuple(request.cmd[: len(INSTALL)]) == INSTALL:
            return _Install(request, options, out, err, self._installer())
        return super().build_instance(request, options, out, err)


class _Install(ExecuteInstance):
    """One install as an instance of a command."""

    def __init__(
        self, request: ExecuteRequest, options: ExecuteOptions, out: SyncWrite, err: SyncWrite, installer: ThinInstaller
    ) -> None:
        super().__init__(request, options, out, err)
        self._installer = installer

    def __enter__(self) -> ExecuteStatus:
        return _Status(self, self._installer)

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
    """The install itself: it runs, in the calling thread, when its end is first waited for."""

    def __init__(self, instance: _Install, installer: ThinInstaller) -> None:
        super().__init__(instance.options, instance._out, instance._err)  # noqa: SLF001 - tox's own protocol
        self._request = instance.request
        self._installer = installer
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
            lines = self._installer.run_engine(self._request)
        except ThinvenvError as error:
            self._err.handler(f"error: {error}\n".encode())
            return error.exit_code
        except Exception:  # noqa: BLE001 - a bug, told with its traceback as a command that crashed
            self._err.handler(traceback.format_exc().encode())
            return 1
        self._out.handler("".join(f"{line}\n" for line in lines).encode())
        return 0

    def write_stdin(self, content: str) -> None:
        """Take nothing: an install asks nothing."""

    def interrupt(self) -> None:
        """Let the backend end: the terminal has told it too, and tox starts nothing after it."""

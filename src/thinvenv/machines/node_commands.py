"""Commands of thinvenv on a node, in processes that are started before they are needed.

To start an interpreter and to import what an install needs takes longer than the rest of a small install, so one
process is kept that has done both, and waits for its command on standard input. (It is not a part of the engine's own
process: what an installer does must neither stop nor crash that.)
"""

from __future__ import annotations

import asyncio
import json
import os
import pkgutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PROGRAM = """
import sys
from thinvenv.machines.node_commands import waited_for
arguments = waited_for(sys.stdin)
if arguments:
    from thinvenv.cli import main
    sys.exit(main(arguments))
"""
"""Runs a command that comes from standard input: everybody can read the arguments of a process."""

_PACKAGES = ("backends", "installation", "requirements", "resolution")
_MODULES = ("thinvenv.cli.create", "thinvenv.cli.parser", "installer.scripts")
"""What is imported before the command is known: all that most installs need."""

_COMMANDS_AT_ONCE = 64
_SECONDS_UNTIL_NEXT = 5
"""When the next process is started after a command has ended: the worker of the engine starts first."""


def waited_for(stream: Iterable[str]) -> list[str]:
    """Import what an install needs, wait for a command, and return its arguments; none if no command comes.

    The command has its own working directory and environment variables, which become those of this process.

    Args:
        stream: Where :meth:`NodeCommands.run` writes the command.

    """
    for package in _PACKAGES:
        folder = import_module(f"thinvenv.{package}").__path__
        for module in pkgutil.iter_modules(folder, f"thinvenv.{package}."):
            import_module(module.name)
    for name in _MODULES:
        import_module(name)
    text = "".join(stream)
    if not text:
        return []
    command = json.loads(text)
    os.chdir(command["cwd"])
    os.environ.clear()
    os.environ.update(command["environ"])
    return list(command["arguments"])


class NodeCommands:
    """Runs commands of thinvenv, each in a process of its own. All methods are called in one thread."""

    def __init__(self) -> None:
        self._ready: subprocess.Popen[str] | None = _start()
        self._threads = ThreadPoolExecutor(_COMMANDS_AT_ONCE, "thinvenv")

    async def run(self, arguments: Sequence[str], cwd: str, environ: Mapping[str, str]) -> tuple[int, str]:
        """Run a command, and return its exit status and what it wrote to standard error.

        If this is cancelled, the process and all that it has started are killed.

        Args:
            arguments: The arguments of ``thinvenv``.
            cwd: Its working directory.
            environ: Its environment variables.

        """
        loop = asyncio.get_running_loop()
        process, self._ready = self._ready, None
        if process is None or process.poll() is not None:
            process = _start()
        command = json.dumps({"arguments": list(arguments), "cwd": cwd, "environ": dict(environ)})
        ended = loop.run_in_executor(self._threads, process.communicate, command)
        try:
            _, output = await asyncio.shield(ended)
        except asyncio.CancelledError:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # the installer that it has started, too
            await ended
            raise
        finally:
            loop.call_later(_SECONDS_UNTIL_NEXT, self._prepare)
        return process.returncode, output.strip()

    def _prepare(self) -> None:
        """Start the process of the next command, unless it has been started."""
        if self._ready is None or self._ready.poll() is not None:
            self._ready = _start()


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )

"""What a node of a cluster runs, with the standard library alone: one environment of tox.

The driver sends these functions with their code, so that a node without thinvenv can say that it has none.
"""

from __future__ import annotations

import os
import platform
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS_OF_A_LOOK = 0.2
_BYTES_OF_A_LOOK = 65_536
_GUARD = """
import os, shutil, signal, sys
if os.fork():
    os._exit(0)
if not sys.stdin.read():
    try:
        os.killpg(int(sys.argv[1]), signal.SIGKILL)
    except ProcessLookupError:
        pass
    shutil.rmtree(sys.argv[2], ignore_errors=True)
"""
"""Kills the processes of a group and removes a folder, if standard input ends without a word: its writer was killed."""

_SECONDS_TO_STOP = 5


def describe() -> dict[str, str]:
    """Return what a node is: its host, its Python, and the versions of what it needs; empty if that is missing."""
    versions = {"host": socket.gethostname(), "python": platform.python_version()}
    for name in ("thinvenv", "tox"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = ""
    return versions


def run_environment(name: str, folder: str, arguments: list[str], queue: Any = None) -> dict[str, object]:
    """Run one environment of the project in the working directory, in a copy of the project.

    Environments of a node run at the same time, and builds write into the project.

    Args:
        name: The environment.
        folder: The name of the folder of the project.
        arguments: Further arguments for tox.
        queue: Where lines of output are put while tox runs: a ``ray.util.queue.Queue`` of the environment, the ``run``,
            the number of lines before, and the lines.

    Returns:
        The exit ``status`` of tox, the ``lines`` of its output, its ``journal`` (what ``--result-json`` has written, as
        text), the ``host``, and a name for this ``run``.

    """
    source = os.getcwd()
    scratch = tempfile.mkdtemp(prefix="thinvenv-fleet-")
    try:
        project, journal = os.path.join(scratch, folder), os.path.join(scratch, "result.json")
        shutil.copytree(source, project, symlinks=True)
        host, lines = socket.gethostname(), []
        run = f"{host}:{scratch}"
        options = ["--workdir", os.path.join(scratch, "tox"), "--result-json", journal, "--colored", "no"]
        command = [sys.executable, "-P", "-u", "-m", "tox", "run", "-e", name, *options, *arguments]
        with _started(command, project, _variables(source), scratch) as process:
            for start, new in _output(process, scratch + os.sep):
                lines += new
                queue = _sent(queue, (name, run, start, new))
        return {"status": process.returncode, "lines": lines, "journal": _text(journal), "host": host, "run": run}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _variables(project: str) -> dict[str, str]:
    """Return the variables of this process without the project on ``PYTHONPATH``, where Ray adds it."""
    path = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != project]
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return environ | ({"PYTHONPATH": os.pathsep.join(path)} if path else {})


def _text(path: str) -> str:
    """Return the content of a file, or nothing if there is none."""
    if not os.path.isfile(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


@contextmanager
def _started(command: list[str], cwd: str, environ: dict[str, str], scratch: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process for the block, and stop all that it has started when the block ends, whatever ends it.

    Args:
        command: The command.
        cwd: Its working directory.
        environ: Its environment variables.
        scratch: A folder that is removed if this process is killed.

    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _GUARD, str(process.pid), scratch],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        guard.wait()  # it detaches itself, because Ray kills the children of a worker
        yield process
    finally:
        if process.poll() is None:
            _stop(process)
        with suppress(OSError):
            guard.communicate(b"ended")


def _output(process: subprocess.Popen[bytes], hidden: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a process as they come, with the number of lines before them; at the end, it has ended.

    Args:
        process: The process, whose output is a pipe.
        hidden: A text that is left out.

    """
    number, rest = 0, b""
    stream: Any = process.stdout
    with stream, selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            has_ended = process.poll() is not None  # before reading: then all of its output is there
            chunk = b""
            if selector.select(0 if has_ended else _SECONDS_OF_A_LOOK):
                chunk = os.read(stream.fileno(), _BYTES_OF_A_LOOK)
            elif not has_ended:
                continue
            complete, rest = _split(rest + chunk, at_end=not chunk)
            lines = [line.decode("utf-8", "replace").rstrip("\r").replace(hidden, "") for line in complete]
            if lines:
                yield number, lines
                number += len(lines)
            if not chunk:  # its children may still hold the pipe open
                break
    process.wait()


def _split(output: bytes, *, at_end: bool) -> tuple[list[bytes], bytes]:
    """Return the lines of output, and what comes after the last end of a line; at the end, that is a line, too."""
    *lines, rest = output.split(b"\n")
    return ([*lines, rest] if rest else lines, b"") if at_end else (lines, rest)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Let tox end its commands and clean up, or kill what is left of them."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _sent(queue: Any, message: tuple[str, str, int, list[str]]) -> Any:
    """Put a message into a queue, and return the queue; or nothing, where the machine that has it is lost."""
    if queue is None:
        return None
    try:
        queue.put(message)
    except Exception:  # noqa: BLE001 - the errors of Ray, which this module does not import
        return None
    return queue

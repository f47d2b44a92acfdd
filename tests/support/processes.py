"""Processes: a running interpreter, a thinvenv that is killed at a moment, and all command lines."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOP = """
import json, sys, traceback
for line in sys.stdin:
    try:
        exec(json.loads(line), globals())
        answer = {"value": globals().pop("answer", None)}
    except BaseException as error:
        answer = {"error": "".join(traceback.format_exception(type(error), error, error.__traceback__))}
    print(json.dumps(answer), flush=True)
"""


class RunningInterpreter:
    """A Python process that keeps running and executes one script after another.

    Code that starts it in place of :func:`site.main` can be given, see :func:`support.start_files.model_start`.
    """

    def __init__(self, python: str | Path, start: str = "") -> None:
        self._process = subprocess.Popen(
            [str(python), "-B", *(["-S"] if start else []), "-c", start + _LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def execute(self, script: str) -> Any:
        """Execute a script and return the value of its variable ``answer``."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(script) + "\n")
        self._process.stdin.flush()
        response = json.loads(self._process.stdout.readline())
        assert "error" not in response, response["error"]
        return response["value"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.communicate()


_KILLED = """
import os, runpy, signal, sys
event, text, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
del sys.argv[1:4]

def kill(name, arguments):
    global count
    if name == event and text in repr(arguments):
        count -= 1
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
runpy.run_module("thinvenv", run_name="__main__", alter_sys=True)
"""


class Moment(NamedTuple):
    """A moment in a run: just before the ``occurrence``-th audit event of a name whose arguments contain a text."""

    event: str
    text: str
    occurrence: int = 1


def run_until_killed(moment: Moment, *arguments: str | Path) -> None:
    """Run the command line in a process that kills itself at a moment, and assert that the moment came."""
    command = [sys.executable, "-c", _KILLED, moment.event, moment.text, str(moment.occurrence), *map(str, arguments)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == -signal.SIGKILL, f"the moment never came: {process.stderr}"


def command_lines() -> list[str]:
    """Return the command lines of all processes of this machine, as every user can read them."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # the process has ended meanwhile
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return lines


@contextmanager
def without_descriptors() -> Iterator[None]:
    """Let no file be opened while the block runs."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

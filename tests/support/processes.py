"""Processes: a running interpreter that takes commands, and the command lines of all processes."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

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
    """A Python process that keeps running and executes one script after another."""

    def __init__(self, python: str | Path) -> None:
        self._process = subprocess.Popen(
            [str(python), "-B", "-c", _LOOP],
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


def command_lines() -> list[str]:
    """Return the command lines of all processes of this machine, as every user can read them."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # the process has ended meanwhile
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return lines

"""Processes: one of an environment that runs on while something is installed into it, and all that there are."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

_LOOP = """
import json, sys, traceback
for line in sys.stdin:
    scope = {}
    try:
        exec(json.loads(line), globals())
        answer = {"value": globals().pop("answer", None)}
    except BaseException as error:
        answer = {"error": "".join(traceback.format_exception(type(error), error, error.__traceback__))}
    print(json.dumps(answer), flush=True)
"""


class Running:
    """An interpreter that does what it is told, line by line."""

    def __init__(self, python: str | Path) -> None:
        self._process = subprocess.Popen(
            [str(python), "-B", "-c", _LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, script: str) -> Any:
        """Run a script and return what it called ``answer``."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(script) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        assert "error" not in said, said["error"]
        return said["value"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.communicate()


def processes() -> list[str]:
    """Return what everyone can read of all processes: the words that they were started with."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found

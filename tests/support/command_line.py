"""The command line of thinvenv, run in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from support.result import Result

if TYPE_CHECKING:
    from pathlib import Path


def thinvenv(*arguments: str | Path, cwd: Path | None = None) -> Result:
    """Run ``thinvenv`` with some arguments; a traceback in its output fails the test."""
    command = [sys.executable, "-m", "thinvenv", *map(str, arguments)]
    process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    assert "Traceback" not in process.stderr, process.stderr
    return Result(process.returncode, process.stdout, process.stderr)

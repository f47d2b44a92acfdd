"""The command line of thinvenv, run in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from support.result import Result
from thinvenv.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Result:
    """Run ``thinvenv`` with some arguments in this process."""
    capsys.readouterr()
    try:
        code = main([*map(str, arguments)])
    except SystemExit as end:  # of the parser
        code = end.code if isinstance(end.code, int) else 1
    return Result(code, *capsys.readouterr())


def thinvenv(*arguments: str | Path, cwd: Path | None = None) -> Result:
    """Run ``thinvenv`` with some arguments; a traceback in its output fails the test."""
    command = [sys.executable, "-m", "thinvenv", *map(str, arguments)]
    process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    assert "Traceback" not in process.stderr, process.stderr
    return Result(process.returncode, process.stdout, process.stderr)

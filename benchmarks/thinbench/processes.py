"""Subprocesses with a controlled environment."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from thinbench.folders import home

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MISLEADING = (
    *("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON", "UV_SYSTEM_PYTHON", "PIP_TARGET", "PIP_PREFIX"),
    *("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"),  # uv and tox-uv do not read them, and all have to search the same
    "THINVENV_BENCH_DIR",  # thinvenv rejects variables that it does not have
)


def variables(extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return the variables for a measured process; a value of ``None`` removes one.

    The caches of all tools are in the folder of the benchmarks: on the file system of the
    environments, so that hard links are possible, and without entries from other work.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    root = home()
    caches: dict[str, str | None] = {
        "UV_CACHE_DIR": str(root / "cache" / "uv"),
        "PIP_CACHE_DIR": str(root / "cache" / "pip"),
        "PDM_CACHE_DIR": str(root / "cache" / "pdm"),
        "PDM_CHECK_UPDATE": "false",
        "THINVENV_CACHE_DIR": str(root / "cache" / "thinvenv"),
        "PIP_CONFIG_FILE": os.devnull,  # for the same reason
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "PYTHONDONTWRITEBYTECODE": None,  # tools are measured with bytecode, as users have it
    }
    together: dict[str, str | None] = {**kept, **caches, **(extra or {})}
    return {name: value for name, value in together.items() if value is not None}


def run(*command: str | Path, extra: Mapping[str, str | None] | None = None, cwd: Path | None = None) -> str:
    """Run a process and return its standard output.

    Raises:
        SystemExit: The process failed. Its command and output have been printed.

    """
    words = [str(word) for word in command]
    result = subprocess.run(words, env=variables(extra), cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.stderr.write(f"$ {' '.join(words)}\n{result.stdout}{result.stderr}\n")
        raise SystemExit(f"exit status {result.returncode}")
    return result.stdout


def timed(*command: str | Path, extra: Mapping[str, str | None] | None = None, cwd: Path | None = None) -> float:
    """Run a process and return the elapsed seconds."""
    start = time.perf_counter()
    run(*command, extra=extra, cwd=cwd)
    return time.perf_counter() - start

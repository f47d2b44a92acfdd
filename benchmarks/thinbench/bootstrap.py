"""The environment that the benchmarks run in, with this checkout installed.

This module and its imports use only the standard library, because they run before anything is
installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from thinbench.folders import CHECKOUT, home
from thinbench.processes import run

MINIMUM = (3, 11)


def enter() -> None:
    """Continue in an environment with an installed copy of this checkout.

    Outside of it, the program is restarted in it with the same arguments.
    """
    if sys.version_info < MINIMUM:
        raise SystemExit("thinvenv itself runs on Python 3.11 and later: start this with such a Python")
    prefix = home() / f"tool-{sys.version_info.major}.{sys.version_info.minor}"
    if Path(sys.prefix) == prefix:
        return
    _say("installing this checkout of thinvenv")
    _prepare(prefix)
    python = str(prefix / "bin" / "python")
    os.execv(python, [python, "-B", *sys.argv])


def _prepare(prefix: Path) -> None:
    if not (prefix / "bin" / "uv").exists():
        created = subprocess.run([sys.executable, "-m", "venv", "--clear", str(prefix)], check=False)
        if created.returncode:
            raise SystemExit("this Python cannot create environments; on Debian: apt-get install python3-venv")
        run(prefix / "bin" / "python", "-m", "pip", "install", "--quiet", "uv")
    uv, python = prefix / "bin" / "uv", prefix / "bin" / "python"
    # As users install it: not in development mode, and with bytecode.
    options = ("--quiet", "--compile-bytecode", "--reinstall-package", "thinvenv")
    run(uv, "pip", "install", "--python", python, *options, CHECKOUT)


def _say(text: str) -> None:
    sys.stderr.write(f"{text} …\n")

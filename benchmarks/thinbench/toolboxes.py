"""Toolboxes: environments that hold the tools to compare, each tool without the others.

A plugin that lies beside tox is active, so tox, tox with tox-uv and tox with thinvenv need an
environment each. So do tox and nox: tox looks through all that lies beside it for plugins.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from thinbench.folders import CHECKOUT, home
from thinbench.processes import run


@dataclass(frozen=True)
class Toolbox:
    """An environment with tools.

    Attributes:
        prefix: Its root.

    """

    prefix: Path

    def tool(self, name: str) -> Path:
        """Return a program of it."""
        return self.prefix / "bin" / name


UV = Path(sys.prefix, "bin", "uv")
"""The uv of the environment that the benchmarks run in: every peer gets this one."""

_CONTENTS = {
    "tox": ("tox",),
    "tox-uv": ("tox", "tox-uv"),
    "tox-thinvenv": ("tox", str(CHECKOUT)),
    "nox": ("nox", "uv"),
    "nox-thinvenv": ("nox", str(CHECKOUT)),
    "thinvenv": (str(CHECKOUT),),
}


@cache
def toolbox(name: str) -> Toolbox:
    """Return a toolbox, made or brought up to date once in a run."""
    prefix = home() / "tools" / name
    if not (prefix / "bin" / "python").exists():
        shutil.rmtree(prefix, ignore_errors=True)
        run(UV, "venv", "--quiet", "--no-project", "--python", sys.executable, prefix)
    options = ("--quiet", "--compile-bytecode", "--reinstall-package", "thinvenv")
    run(UV, "pip", "install", "--python", prefix / "bin" / "python", *options, *_CONTENTS[name])
    return Toolbox(prefix)


def versions(box: Toolbox, *names: str) -> dict[str, str]:
    """Return the versions of what a toolbox holds."""
    script = "import sys, importlib.metadata as m; print(*(m.version(name) for name in sys.argv[1:]))"
    return dict(zip(names, run(box.tool("python"), "-c", script, *names).split(), strict=True))

"""Toolboxes: one environment for each tool that is compared.

tox activates every plugin in its environment, so tox, tox with tox-uv and tox with thinvenv
each need their own. tox and nox are separate too, because tox searches every distribution in
its environment for plugins.
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
        prefix: The root of the environment.

    """

    prefix: Path

    def tool(self, name: str) -> Path:
        """Return the path of a program in it."""
        return self.prefix / "bin" / name


UV = Path(sys.prefix, "bin", "uv")
"""The uv of the environment that the benchmarks run in. All peers use it."""

_CONTENTS = {
    "tox": ("tox",),
    "tox-uv": ("tox", "tox-uv"),
    "tox-thinvenv": ("tox", str(CHECKOUT)),
    "nox": ("nox", "uv"),
    "nox-thinvenv": ("nox", str(CHECKOUT)),
    "thinvenv": (str(CHECKOUT),),
    "pip": ("pip",),
    "pdm": ("pdm[locked]",),
    "ray": ("ray", "pip", "virtualenv", "numpy", "pandas", str(CHECKOUT)),
}


@cache
def toolbox(name: str) -> Toolbox:
    """Return a toolbox, created or updated once in each run."""
    prefix = home() / "tools" / name
    if not (prefix / "bin" / "python").exists():
        shutil.rmtree(prefix, ignore_errors=True)
        run(UV, "venv", "--quiet", "--no-project", "--python", sys.executable, prefix)
    options = ("--quiet", "--compile-bytecode", "--reinstall-package", "thinvenv")
    run(UV, "pip", "install", "--python", prefix / "bin" / "python", *options, *_CONTENTS[name])
    return Toolbox(prefix)


def versions(box: Toolbox, *names: str) -> dict[str, str]:
    """Return the versions of distributions in a toolbox, by name."""
    script = "import sys, importlib.metadata as m; print(*(m.version(name) for name in sys.argv[1:]))"
    return dict(zip(names, run(box.tool("python"), "-c", script, *names).split(), strict=True))

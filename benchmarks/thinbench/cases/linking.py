"""A distribution of tens of thousands of files, linked."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from thinbench.bases import with_distributions
from thinbench.cases.noop import call
from thinbench.folders import home
from thinbench.footprint import footprint
from thinbench.measuring import in_turns
from thinbench.processes import run, timed
from thinbench.results import Case, Row, Target
from thinbench.toolboxes import toolbox

if TYPE_CHECKING:
    from pathlib import Path

LARGE = "ansible"
LINKED, NOOP = "create and link", "nothing to do"


def measure(repeat: int) -> Case:
    """Measure linking ansible into a new environment, and an install there with nothing to do."""
    base, env = with_distributions(LARGE, [LARGE]), home() / "work" / "linking"
    program = toolbox("thinvenv").tool("thinvenv")

    def create() -> float:
        shutil.rmtree(env, ignore_errors=True)
        return timed(program, "create", env, "--python", base.python, "--reuse", "link", LARGE)

    create()  # fills every cache
    timings = in_turns({LINKED: create, NOOP: partial(call, env, LARGE)}, repeat, inside=(NOOP,))
    entries = _entries(env)
    rows = (Row(LINKED, timings[LINKED], footprint(env), {"entries": entries}), Row(NOOP, timings[NOOP]))
    files = len(run(base.python, "-c", _FILES).split())
    title = f"{LARGE}, whose base has {files:,} files, in reuse mode link"
    return Case("ansible", title, rows, (Target(NOOP, "", plus=0.1),))


_FILES = "import os, sysconfig\nfor f, _, n in os.walk(sysconfig.get_path('purelib')): print(*['x'] * len(n))"


def _entries(env: Path) -> int:
    """Return the number of entries below a directory: files, links and directories."""
    return sum(1 for _ in env.rglob("*"))

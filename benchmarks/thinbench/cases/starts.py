"""The start of the interpreter in an environment."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from thinbench.bases import SCIENCE, with_distributions
from thinbench.folders import home
from thinbench.measuring import in_turns
from thinbench.processes import run, timed
from thinbench.results import Case, Row, Target
from thinbench.toolboxes import UV, toolbox

if TYPE_CHECKING:
    from pathlib import Path

STARTS = 20
"""The number of starts in each round. One alone takes less time than the machine's clock is disturbed by."""

INHERIT, LINK = "thinvenv, inherit", "thinvenv, link"
UV_INHERIT, UV_FULL = "uv venv --system-site-packages", "uv venv"
_ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    UV_INHERIT: ("--system-site-packages",),
    INHERIT: SCIENCE,
    UV_FULL: (),
    LINK: ("--reuse", "link", *SCIENCE),
}
"""The options of the commands that create the environments."""


def measure(repeat: int) -> Case:
    """Measure ``python -c pass`` in environments of thinvenv, and in those of the same kind by uv."""
    base = with_distributions("science", SCIENCE).python
    thinvenv, work = toolbox("thinvenv").tool("thinvenv"), home() / "work"
    runs = {}
    for number, (name, options) in enumerate(_ENVIRONMENTS.items()):
        env = work / f"starts-{number}"
        shutil.rmtree(env, ignore_errors=True)
        by_uv = (UV, "venv", "--quiet", "--no-project")
        command = (thinvenv, "create") if name in {INHERIT, LINK} else by_uv
        run(*command, env, "--python", base, *options)
        runs[name] = partial(_start, env / "bin" / "python")
    for start in runs.values():  # writes byte code
        start()
    timings = in_turns(runs, repeat, inside=runs)
    targets = (Target(INHERIT, UV_INHERIT, 1.0, 0.0005), Target(LINK, UV_FULL, 1.0, 0.0015))
    title = "The start of the interpreter (`python -c pass`) in an environment"
    return Case("starts", title, tuple(Row(name, timing) for name, timing in timings.items()), targets)


def _start(python: Path) -> float:
    """Return the mean seconds of a start."""
    return sum(timed(python, "-c", "pass") for _ in range(STARTS)) / STARTS

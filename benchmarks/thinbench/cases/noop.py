"""An install with nothing to do."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from typing import TYPE_CHECKING

from thinbench.bases import copied
from thinbench.folders import home
from thinbench.measuring import Timing, in_turns
from thinbench.processes import run, timed
from thinbench.results import Case, Row, Target
from thinbench.synthetic import tree, write_installed
from thinbench.toolboxes import UV, toolbox

if TYPE_CHECKING:
    from pathlib import Path

    from thinbench.bases import Base

API = "thinvenv.install()"
_TIMED = """
import statistics, sys, time, thinvenv
env, requirement, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
taken, worked = [], []
for _ in range(times + 1):
    start, before = time.perf_counter(), time.process_time()
    plan = thinvenv.install(requirement, env=env)
    worked.append(time.process_time() - before)
    taken.append(time.perf_counter() - start)
assert not plan.changes
print(statistics.median(taken[1:]), statistics.median(worked[1:]))
"""


def base_of(count: int, closure: int) -> Base:
    """Return a base with ``count`` synthetic distributions, ``closure`` of them in the closure of ``bench-0``."""
    base = copied(f"synthetic-{count}-{closure}")
    if not (base.site / "bench_0").exists():
        write_installed(base.site, tree("bench", count, closure))
    return base


def thin(base: Base, name: str, requirement: str) -> Path:
    """Create a thin environment over a base, install a requirement, and return the environment."""
    env = home() / "work" / name
    shutil.rmtree(env, ignore_errors=True)
    program = toolbox("thinvenv").tool("thinvenv")
    run(program, "create", env, "--python", base.python)
    run(program, "install", "--env", env, requirement)
    return env


def call(env: Path, requirement: str, worked: list[float] | None = None, times: int = 30) -> float:
    """Return the median seconds of many calls of the API in one process, after a first call.

    The median processor time is appended to ``worked``.
    """
    out = run(toolbox("thinvenv").tool("python"), "-c", _TIMED, env, requirement, str(times))
    seconds, work = map(float, out.split())
    if worked is not None:
        worked.append(work)
    return seconds


def measure(repeat: int) -> Case:
    """Measure the no-op with the API, as a process, and with pip and uv."""
    base, requirement = base_of(300, 100), "bench-0"
    env = thin(base, "noop", requirement)
    full = home() / "work" / "noop-full"
    shutil.rmtree(full, ignore_errors=True)
    run(base.python, "-m", "venv", full)
    write_installed(next(full.glob("lib/python*/site-packages")), tree("bench", 300, 100))
    program, python = toolbox("thinvenv").tool("thinvenv"), toolbox("thinvenv").tool("python")
    commands: dict[str, tuple[str | Path, ...]] = {
        "python -c pass": (python, "-c", "pass"),
        "uv pip install": (UV, "pip", "install", "--offline", "--python", full / "bin" / "python", requirement),
        "pip install": (full / "bin" / "python", "-m", "pip", "install", requirement),
        "thinvenv": (program, "install", "--env", env, requirement),
    }
    runs = {name: partial(timed, *words) for name, words in commands.items()}
    worked: list[float] = []
    timings = in_turns(
        {**runs, API: partial(call, env, requirement, worked)}, repeat, few={"pip install": 3}, inside=(API,)
    )
    timings[API] = Timing(timings[API].seconds, tuple(worked))
    targets = (
        Target(API, "uv pip install", 1 / 4),
        Target(API, "", plus=0.003),
        Target("thinvenv", "pip install", 1 / 8),
        Target("thinvenv", "python -c pass", 1.0, 0.020),
    )
    title = f"Everything satisfied: a base of 300 distributions, a closure of 100, Python {sys.version.split()[0]}"
    return Case("noop", title, tuple(Row(name, timing) for name, timing in timings.items()), targets)

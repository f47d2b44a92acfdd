"""Drift: a distribution of a base changes, and many environments over it are installed into again."""

from __future__ import annotations

from thinbench.cases.noop import base_of, thin
from thinbench.measuring import Timing
from thinbench.processes import run
from thinbench.results import Case, Row, Target
from thinbench.toolboxes import toolbox

ENVIRONMENTS = 50
NOOP, FIRST, FURTHER = "nothing to do", "the first after a change", "each further one"
_TIMED = """
import os, statistics, sys, time, thinvenv
metadata, *envs = sys.argv[1:]

def install(env):
    start = time.perf_counter()
    plan = thinvenv.install("bench-0", env=env)
    assert not plan.changes
    return time.perf_counter() - start

install(envs[0])  # imports what a call with nothing to do needs
noop = [install(env) for env in envs]
os.utime(metadata)
first, *further = [install(env) for env in envs]
print(statistics.median(noop), first, statistics.median(further))
"""


def measure(repeat: int) -> Case:
    """Measure installs into environments over a base of 300 distributions, one of which has changed."""
    base = base_of(300, 100)
    envs = [thin(base, f"drift-{number}", "bench-0") for number in range(ENVIRONMENTS)]
    metadata = base.site / "bench_7-1.0.dist-info" / "METADATA"
    python = toolbox("thinvenv").tool("python")
    rounds = [tuple(map(float, run(python, "-c", _TIMED, metadata, *envs).split())) for _ in range(repeat)]
    timings = [Timing(seconds) for seconds in zip(*rounds, strict=True)]
    rows = tuple(Row(name, timing) for name, timing in zip((NOOP, FIRST, FURTHER), timings, strict=True))
    targets = (Target(FIRST, "", plus=0.060), Target(FURTHER, NOOP, 1.0, 0.005))
    title = f"One distribution of a base of 300 has changed: install() in {ENVIRONMENTS} environments over it"
    return Case("drift", title, rows, targets)

"""The growth of the no-op and of the first install with base and closure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thinbench.cases.noop import base_of, call, thin
from thinbench.measuring import in_turns
from thinbench.processes import timed
from thinbench.results import Case, Row, Target
from thinbench.toolboxes import toolbox

if TYPE_CHECKING:
    from pathlib import Path

SHAPES = ((10, 10), (100, 10), (1000, 10), (1000, 100), (1000, 500), (5000, 1000))
"""The numbers of distributions in the base and in the closure."""


def measure(repeat: int) -> Case:
    """Measure the no-op with the API, and an install without a receipt as a process."""
    envs = {_name(*shape): thin(base_of(*shape), f"scaling-{shape[0]}-{shape[1]}", "bench-0") for shape in SHAPES}
    noop = in_turns({name: partial(call, env, "bench-0") for name, env in envs.items()}, repeat, inside=envs)
    program = toolbox("thinvenv").tool("thinvenv")

    def plan(env: Path) -> float:
        (env / "thinvenv.json").unlink(missing_ok=True)
        return timed(program, "install", "--env", env, "bench-0")

    first = in_turns({f"{name}, first": partial(plan, env) for name, env in envs.items()}, repeat)
    rows = (
        *(Row(f"{name}, no-op", timing) for name, timing in noop.items()),
        *(Row(name, timing) for name, timing in first.items()),
    )
    targets = (Target(f"{_name(5000, 1000)}, first", "", plus=1.0),)
    return Case(
        "scaling", "No-op through the API, and a first install as a process, by size of base and closure", rows, targets
    )


def _name(base: int, closure: int) -> str:
    return f"base {base}, closure {closure}"

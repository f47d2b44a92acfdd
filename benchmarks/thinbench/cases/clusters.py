"""Runtime environments of Ray: the time to the first result, and what a node writes for it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from thinbench.folders import CHECKOUT
from thinbench.footprint import Footprint, footprint
from thinbench.measuring import in_turns
from thinbench.processes import run
from thinbench.results import OURS, Case, Row, Target
from thinbench.toolboxes import toolbox

_FLOOR = "ray, no packages"
"""A runtime environment with a variable alone: what Ray itself takes to start a worker, and to import numpy."""

_FIELDS = {"ray, pip": "pip", "ray, uv": "uv", OURS: "thinvenv", _FLOOR: "env_vars"}
_INSTALLERS = [name for name in _FIELDS if name not in {OURS, _FLOOR}]
_PACKAGES = ("idna==3.6", "tomli-w")
_SCRIPT = CHECKOUT / "benchmarks" / "thinbench" / "ray_task.py"
_TIMES, _PART_OF_BYTES = 0.25, 100


def ray(repeat: int) -> Case:
    """Measure the first task in a runtime environment over a virtual environment with numpy and pandas."""
    sizes: dict[str, Footprint] = {}
    timings = in_turns({name: partial(_first_result, name, sizes) for name in _FIELDS}, repeat)
    rows = tuple(Row(name, timings[name], sizes[name]) for name in _FIELDS)
    least = min(sizes[name].apparent for name in _INSTALLERS)
    if sizes[OURS].apparent * _PART_OF_BYTES > least:
        raise SystemExit(f"thinvenv writes {sizes[OURS].apparent} bytes, more than 1/{_PART_OF_BYTES} of {least}")
    title = f"The first task of Ray with {' and '.join(_PACKAGES)}, on a node that has numpy and pandas"
    return Case("ray", title, rows, tuple(Target(OURS, name, _TIMES) for name in _INSTALLERS))


def _first_result(name: str, sizes: dict[str, Footprint]) -> float:
    output = run(toolbox("ray").tool("python"), _SCRIPT, _FIELDS[name], *_PACKAGES)
    result = json.loads(output.splitlines()[-1])
    sizes[name] = footprint(Path(result["folder"]))
    return float(result["seconds"])

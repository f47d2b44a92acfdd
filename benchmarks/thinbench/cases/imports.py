"""The time that tox and nox need to import thinvenv's plugin."""

from __future__ import annotations

from functools import partial

from thinbench.measuring import in_turns
from thinbench.processes import run
from thinbench.results import Case, Row, Target
from thinbench.toolboxes import toolbox

_SCRIPT = "import {host}, time; t = time.perf_counter(); import {ours}; print(time.perf_counter() - t)"
_PAIRS = {"thinvenv.tox inside tox": ("tox.run", "thinvenv.tox"), "thinvenv.nox inside nox": ("nox", "thinvenv.nox")}


def measure(repeat: int) -> Case:
    """Measure the import of each plugin in its host."""

    def importing(host: str, ours: str) -> float:
        python = toolbox(ours.replace("thinvenv.", "") + "-thinvenv").tool("python")
        return float(run(python, "-c", _SCRIPT.format(host=host, ours=ours)))

    timings = in_turns({name: partial(importing, *pair) for name, pair in _PAIRS.items()}, repeat, inside=_PAIRS)
    targets = (Target("thinvenv.tox inside tox", "", plus=0.005),)
    rows = tuple(Row(name, timing) for name, timing in timings.items())
    return Case("imports", "Importing the plugin, above its host", rows, targets)

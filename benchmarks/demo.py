#!/usr/bin/env python3
"""Compare one environment, created by pip, by uv and by thinvenv.

``python3 benchmarks/demo.py`` only needs Python 3.11 or later and a package index. It copies
this CPython into a cache folder, installs numpy, scipy, matplotlib, pandas, scikit-learn,
pytest and requests into the copy, and then creates an environment with the same distributions
in three ways, with warm caches, in turns.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import TYPE_CHECKING

from thinbench import bootstrap
from thinbench.bases import SCIENCE, Base, with_distributions
from thinbench.folders import home
from thinbench.footprint import footprint
from thinbench.measuring import in_turns
from thinbench.peers import PIP, THINVENV, UV, Peer
from thinbench.processes import run, timed
from thinbench.tables import markdown, seconds, size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PEERS = (PIP, UV, THINVENV)
PROOF = (
    "import numpy, scipy, matplotlib, pandas, sklearn, pytest, requests; print(numpy.__version__, scipy.__version__)"
)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="the number of rounds (default: 3)")
    options = parser.parse_args()
    bootstrap.enter()
    say(f"creating the base: a copy of Python {sys.version.split()[0]} with {', '.join(SCIENCE)}")
    base = with_distributions("science", SCIENCE)
    say(f"creating the environment {options.repeat} times with each of {', '.join(peer.name for peer in PEERS)}")
    show(base, options.repeat)


def show(base: Base, repeat: int) -> None:
    """Create the environment in turns, verify each, and print the times and sizes."""
    for peer in PEERS:
        maker(peer, base)()  # fills every cache
    timings = in_turns({peer.name: maker(peer, base) for peer in PEERS}, repeat)
    rows = []
    for peer in PEERS:
        took, disk = timings[peer.name], footprint(place(peer))
        prove(place(peer))  # after measuring, because it writes bytecode
        times = f"{took.median / timings[THINVENV.name].median:.1f} x"
        rows.append((peer.name, seconds(took.median), times, size(disk.apparent), size(disk.unique), str(disk.files)))
    sys.stdout.write(markdown(("created by", "time", "vs thinvenv", "size", "unique size", "files"), rows) + "\n\n")
    sys.stdout.write("Unique size: without files that are hard links into the installer's cache.\n")
    sys.stdout.write(f"The environments are in {home() / 'demo'}; try {place(THINVENV) / 'bin' / 'pytest'}.\n")


def place(peer: Peer) -> Path:
    """Return the path of a peer's environment."""
    return home() / "demo" / peer.name.replace(" ", "")


def maker(peer: Peer, base: Base) -> Callable[[], float]:
    """Return a function that recreates a peer's environment and returns the elapsed seconds."""
    env = place(peer)

    def make() -> float:
        shutil.rmtree(env, ignore_errors=True)
        return sum(timed(*command) for command in peer.commands(env, base.python, SCIENCE))

    return make


def prove(env: Path) -> None:
    """Import the distributions in an environment, and run one of its scripts."""
    imported = run(env / "bin" / "python", "-B", "-c", PROOF).strip()
    script = run(env / "bin" / "pytest", "--version").strip()
    say(f"{env.name}: imports numpy and scipy {imported}, runs {script}")


def say(text: str) -> None:
    """Print a progress message to standard error."""
    sys.stderr.write(f"{text} …\n")


if __name__ == "__main__":
    main()

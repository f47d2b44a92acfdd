#!/usr/bin/env python3
"""Show the main job on real input: one environment, made by pip, by uv and by thinvenv.

``python3 benchmarks/demo.py`` needs Python 3.11 and an index in reach, and nothing else. It
makes a copy of that CPython in a cache folder, installs numpy, scipy, matplotlib, pandas,
scikit-learn, pytest and requests into it, and then makes the environment that has the same
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
    """Make everything, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="how often each is made (default: 3)")
    options = parser.parse_args()
    bootstrap.enter()
    say(f"making the base: a copy of Python {sys.version.split()[0]} with {', '.join(SCIENCE)}")
    base = with_distributions("science", SCIENCE)
    say(f"making the environment {options.repeat} times with each of {', '.join(peer.name for peer in PEERS)}")
    show(base, options.repeat)


def show(base: Base, repeat: int) -> None:
    """Make the environment in turns, prove that each works, and print what each took."""
    for peer in PEERS:
        maker(peer, base)()  # warms every cache
    timings = in_turns({peer.name: maker(peer, base) for peer in PEERS}, repeat)
    rows = []
    for peer in PEERS:
        took, disk = timings[peer.name], footprint(place(peer))
        prove(place(peer))  # after it was measured: what runs leaves bytecode
        times = f"{took.median / timings[THINVENV.name].median:.1f} x"
        rows.append((peer.name, seconds(took.median), times, size(disk.apparent), size(disk.unique), str(disk.files)))
    sys.stdout.write(markdown(("made by", "time", "vs thinvenv", "size", "unique size", "files"), rows) + "\n\n")
    sys.stdout.write("Unique: without the files that are hard links into the installer's cache.\n")
    sys.stdout.write(f"The environments are in {home() / 'demo'}; try {place(THINVENV) / 'bin' / 'pytest'}.\n")


def place(peer: Peer) -> Path:
    """Return where a peer's environment is made."""
    return home() / "demo" / peer.name.replace(" ", "")


def maker(peer: Peer, base: Base) -> Callable[[], float]:
    """Return what makes a peer's environment anew and returns the seconds that its commands took."""
    env = place(peer)

    def make() -> float:
        shutil.rmtree(env, ignore_errors=True)
        return sum(timed(*command) for command in peer.commands(env, base.python, SCIENCE))

    return make


def prove(env: Path) -> None:
    """Import everything in an environment, and start a script of it."""
    imported = run(env / "bin" / "python", "-B", "-c", PROOF).strip()
    script = run(env / "bin" / "pytest", "--version").strip()
    say(f"{env.name}: imports numpy and scipy {imported}, runs {script}")


def say(text: str) -> None:
    """Tell what is going on, where the table does not go."""
    sys.stderr.write(f"{text} …\n")


if __name__ == "__main__":
    main()

"""A fresh environment: everything in the base, five distributions missing, or linked."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from thinbench.bases import SCIENCE, with_distributions
from thinbench.folders import home
from thinbench.footprint import footprint
from thinbench.measuring import in_turns
from thinbench.peers import LINK, PIP, THINVENV, TWO_STEPS, UV, Peer
from thinbench.processes import timed
from thinbench.results import Case, Row, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from thinbench.bases import Base
    from thinbench.peers import Command

FIVE = ("requests", "urllib3", "idna", "certifi", "charset-normalizer")
"""``requests`` with its dependencies."""
_FIRST = "thinvenv, first of ten minutes"
"""The row of an environment that cannot use what a recorded install has left."""


def all_in_base(repeat: int) -> Case:
    """Measure the scientific set over a base that has all of it."""
    base = with_distributions("science", SCIENCE)
    rows = _measured((PIP, UV, TWO_STEPS, THINVENV), base, SCIENCE, repeat)
    targets = (Target("thinvenv", "uv", 1 / 3), Target(TWO_STEPS.name, "uv", 0.3))
    return Case("fresh", f"A fresh environment with {', '.join(SCIENCE)}, all of it in the base", rows, targets)


def five_missing(repeat: int) -> Case:
    """Measure the scientific set over a base that lacks five distributions of its closure."""
    base = with_distributions("without-requests", [name for name in SCIENCE if name != "requests"])
    exact = Peer("uv, exactly these", _uv_no_deps)
    rows = _measured((exact, UV, Peer(_FIRST, THINVENV.commands), THINVENV), base, SCIENCE, repeat)
    targets = (Target("thinvenv", "uv", 0.5),)
    title = f"The same over a base that lacks {', '.join(FIVE)}; in the first row, uv installs only these"
    return Case("five", title, rows, targets)


def forget_recorded_installs() -> None:
    """Remove what recorded installs have left, so that the next install starts uv."""
    for records in (home() / "cache" / "thinvenv").glob("*/recorded-installs"):
        shutil.rmtree(records)


def linked(repeat: int) -> Case:
    """Measure the scientific set in reuse mode ``link``, beside ``inherit`` and a full environment."""
    base = with_distributions("science", SCIENCE)
    rows = _measured((UV, THINVENV, LINK), base, SCIENCE, repeat)
    title = "The same in reuse mode link, beside inherit and a full environment"
    return Case("link", title, rows, (Target(LINK.name, "uv", 1.0),))


def _uv_no_deps(env: Path, python: Path, _requirements: Sequence[str]) -> tuple[Command, ...]:
    create, install = UV.commands(env, python, ("--no-deps", *FIVE))
    return create, install


def _measured(peers: Sequence[Peer], base: Base, requirements: Sequence[str], repeat: int) -> tuple[Row, ...]:
    def maker(peer: Peer) -> Callable[[], float]:
        env = _place(peer)

        def make() -> float:
            shutil.rmtree(env, ignore_errors=True)
            if peer.name == _FIRST:
                forget_recorded_installs()
            return sum(timed(*command) for command in peer.commands(env, base.python, requirements))

        return make

    runs = {peer.name: maker(peer) for peer in peers}
    for name, make in runs.items():
        if name != PIP.name or not (home() / "cache" / "pip").exists():
            make()  # fills every cache
    timings = in_turns(runs, repeat, few={PIP.name: 1})
    return tuple(Row(peer.name, timings[peer.name], footprint(_place(peer))) for peer in peers)


def _place(peer: Peer) -> Path:
    return home() / "work" / re.sub(r"\W", "-", peer.name)

"""Cold caches and a slow index: requests, bytes and time."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from thinbench.bases import copied
from thinbench.folders import home
from thinbench.index import serving
from thinbench.measuring import Timing
from thinbench.peers import PIP, THINVENV, UV
from thinbench.processes import timed
from thinbench.results import Case, Row
from thinbench.synthetic import tree, write_installed, write_wheels

if TYPE_CHECKING:
    from pathlib import Path

    from thinbench.index import Count
    from thinbench.peers import Peer

DELAY = 0.05
CLOSURE = 20
MISSING = 5
PAYLOAD = 200_000


def measure(repeat: int) -> Case:
    """Measure an environment of 20 distributions, 15 of them in the base, with empty caches."""
    distributions = tree("cold", CLOSURE, CLOSURE, PAYLOAD)
    wheels = home() / "work" / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    write_wheels(wheels, distributions)
    base = copied("cold")
    if not (base.site / "cold_0").exists():
        write_installed(base.site, distributions[: CLOSURE - MISSING])
    peers = (PIP, UV, THINVENV)
    taken: dict[str, list[float]] = {peer.name: [] for peer in peers}
    counts: dict[str, dict[str, float]] = {}
    with serving(wheels, DELAY) as (url, count):
        for _ in range(repeat):
            for peer in peers:
                count.reset()
                taken[peer.name].append(_make(peer, base.python, url))
                counts[peer.name] = _counts(count)
    rows = tuple(Row(peer.name, Timing(tuple(taken[peer.name])), counts=counts[peer.name]) for peer in peers)
    title = (
        f"Cold caches, an index that takes {DELAY * 1000:.0f} ms for every answer: "
        f"{CLOSURE} distributions, {CLOSURE - MISSING} of them in the base"
    )
    return Case("cold", title, rows)


def _make(peer: Peer, python: Path, url: str) -> float:
    env, caches = home() / "work" / "cold-env", home() / "work" / "cold-caches"
    shutil.rmtree(env, ignore_errors=True)
    shutil.rmtree(caches, ignore_errors=True)
    extra: dict[str, str | None] = {name: None for name in os.environ if name.startswith(("PIP_", "UV_"))}
    extra |= {"UV_DEFAULT_INDEX": url, "PIP_INDEX_URL": url, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}
    extra |= {f"{tool}_CACHE_DIR": str(caches / tool) for tool in ("UV", "PIP", "THINVENV")}
    commands = peer.commands(env, python, ("cold-0",))
    return sum(timed(*command, extra=extra) for command in commands)


def _counts(count: Count) -> dict[str, float]:
    return {"requests": count.requests, "bytes": count.sent}

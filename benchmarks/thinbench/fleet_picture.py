"""The picture of a real fleet in `docs/fleet.md`: full environments, with a store, and over a base.

    python -m thinbench.fleet_picture DIR

It creates twelve environments three times below DIR with the real uv and thinvenv, over versions of numpy, pandas and
pytest, measures each fleet with `thinvenv report --json`, and draws `docs/fleet.svg`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from html import escape
from itertools import product
from pathlib import Path
from typing import Any

from thinbench.folders import CHECKOUT

VERSIONS = (("numpy==2.1.*", "numpy==2.2.*", "numpy"), ("pandas==2.2.*", "pandas"), ("pytest==8.3.*", "pytest"))
FLEETS = (("full", "full environments"), ("store", "linked from a store"), ("base", "over a suggested base"))
PICTURE = CHECKOUT / "docs" / "fleet.svg"
SHOWN = 5
"""The distributions with a part of their own in the bars."""
COLOURS = ("#2b7f96", "#c8602b", "#8a6fb0", "#b08a1e", "#4f8a4c", "#8b9297")
WIDTH, LEFT, BAR, STEP, TOP = 760, 190, 26, 46, 58
STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1d2226; } .quiet { fill: #565f66; }
@media (prefers-color-scheme: dark) { text { fill: #e8eaea; } .quiet { fill: #a5afb4; } }
"""


def make_fleets(root: Path) -> None:
    """Create the environments of each fleet that is missing."""
    combinations = list(product(*VERSIONS))
    base = root / "the-base"
    for index, requirements in enumerate(combinations):
        env = root / "full" / f"py{index}"
        if not env.exists():
            run("uv", "venv", "--quiet", "--python", sys.executable, env)
            run("uv", "pip", "install", "--quiet", "--link-mode", "copy", "--python", env, *requirements)
    if not base.exists():
        file = root / "requirements.txt"
        run("thinvenv", "base", "suggest", root / "full", "-o", file)
        run("thinvenv", "base", "build", base, "-r", file)
    for index, requirements in enumerate(combinations):
        for fleet, option in (("base", "--base"), ("store", "--store")):
            env = root / fleet / f"py{index}"
            if not env.exists():
                run("thinvenv", "create", env, "--reuse", "link", option, root / f"the-{fleet}", *requirements)


def run(*command: str | Path) -> str:
    """Run a command, and return its standard output."""
    return subprocess.run([*map(str, command)], check=True, stdout=subprocess.PIPE, text=True).stdout


def shared_sizes(root: Path, fleet: str, stored: int) -> dict[str, int]:
    """Return what the base or the store of a fleet takes, by distribution."""
    if fleet == "store":
        entries = json.loads(run("thinvenv", "store", "list", "--json", "--store", root / "the-store"))["entries"]
        sizes: Counter[str] = Counter()
        for entry in entries:
            sizes[entry["name"]] += entry["bytes"]
        return {**sizes, "": stored - sum(sizes.values())}  # blocks are larger than files
    if fleet == "full":
        return {}
    document = json.loads(run("thinvenv", "report", "--json", root / "the-base"))
    sizes = Counter({entry["name"]: entry["disk_bytes"] for entry in document["distributions"]})
    return {**sizes, "": document["totals"]["disk_bytes"] - sum(sizes.values())}


def parts_of(document: dict[str, Any], shared: dict[str, int], names: list[str]) -> list[int]:
    """Return what each of some distributions takes in a fleet and what it shares, and everything else."""
    sizes = {entry["name"]: entry["disk_bytes"] for entry in document["distributions"]}
    parts = [sizes.get(name, 0) + shared.get(name, 0) for name in names]
    return [*parts, document["totals"]["disk_bytes"] + sum(shared.values()) - sum(parts)]


def svg(bars: list[tuple[str, list[int]]], names: list[str]) -> str:
    """Return a picture with a bar for each fleet, and a part of it for each distribution."""
    longest = max(sum(parts) for _, parts in bars)
    scale = (WIDTH - LEFT - 90) / longest
    height = TOP + STEP * len(bars)
    label = escape("; ".join(f"{title}: {megabytes(sum(parts))}" for title, parts in bars))
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">'
    lines = [start, f"<style>{STYLE}</style>"]
    for index, name in enumerate([*names, "other"]):
        place = LEFT + index * 92
        lines.append(f'<rect x="{place}" y="12" width="12" height="12" rx="2" fill="{COLOURS[index]}"/>')
        lines.append(f'<text class="quiet" x="{place + 17}" y="23">{escape(name)}</text>')
    for row, (title, parts) in enumerate(bars):
        y, x = TOP - 14 + row * STEP, float(LEFT)
        lines.append(f'<text x="{LEFT - 12}" y="{y + 18}" text-anchor="end">{escape(title)}</text>')
        for part, colour in zip(parts, COLOURS, strict=True):
            lines.append(f'<rect x="{x:.1f}" y="{y}" width="{part * scale:.1f}" height="{BAR}" fill="{colour}"/>')
            x += part * scale
        lines.append(f'<text x="{x + 8:.1f}" y="{y + 18}">{megabytes(sum(parts))}</text>')
    return "\n".join([*lines, "</svg>", ""])


def megabytes(count: int) -> str:
    """Return a number of bytes in megabytes."""
    return f"{count / 1e6:,.0f} MB"


def main() -> None:
    """Create the fleets, print their sums, and draw the picture."""
    root = Path(sys.argv[1]).resolve()
    root.mkdir(parents=True, exist_ok=True)
    make_fleets(root)
    documents = {fleet: json.loads(run("thinvenv", "report", "--json", root / fleet)) for fleet, _ in FLEETS}
    names = [entry["name"] for entry in documents["full"]["distributions"][:SHOWN]]
    bars = []
    for fleet, title in FLEETS:
        totals = documents[fleet]["totals"]
        parts = parts_of(documents[fleet], shared_sizes(root, fleet, totals["stored_bytes"]), names)
        print(f"{title}: {megabytes(sum(parts))}, {totals['files']} files in {totals['environments']} environments")
        bars.append((title, parts))
    PICTURE.write_text(svg(bars, names), encoding="utf-8")


if __name__ == "__main__":
    main()

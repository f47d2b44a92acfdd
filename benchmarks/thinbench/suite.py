"""Measure every case with all tools, and write the results.

``python3 benchmarks/run.py`` sets up what it needs in a cache folder: bases, toolboxes with
the tools, and projects for tox and nox. It prints a table for each case, writes
``docs/benchmarks.json``, draws ``docs/benchmarks.svg`` and ``docs/overview.svg`` from it, and
updates the figures in the documentation. With names of cases, it measures only these, and writes nothing without
``--update``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinbench import bootstrap
from thinbench.cases import (
    clusters,
    cold,
    drift,
    everyday,
    fresh,
    hosts,
    imports,
    linking,
    noop,
    scaling,
    shortcuts,
    starts,
    stores,
)
from thinbench.check import lost
from thinbench.folders import CHECKOUT
from thinbench.pages import PAGES, filled
from thinbench.picture import overview, svg
from thinbench.report import document, table, updated, verdicts
from thinbench.results import case_json
from thinbench.toolboxes import toolbox, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from thinbench.results import Case

CASES: dict[str, tuple[Callable[[int], Case], int]] = {
    "noop": (noop.measure, 5),
    "fresh": (fresh.all_in_base, 5),
    "five": (fresh.five_missing, 5),
    "five-in-place": (everyday.five_in_place, 5),
    "link": (fresh.linked, 5),
    "everyday-recreate": (everyday.tox_recreated, 7),
    "everyday-second": (everyday.tox_second_run, 11),
    "everyday-nox": (everyday.nox_fresh, 7),
    "local-wheel": (everyday.local_wheel, 11),
    "tox-second": (hosts.tox_second_run, 15),
    "tox-recreate": (hosts.tox_recreated, 3),
    "nox-reuse": (hosts.nox_reused, 15),
    "nox-skip": (hosts.nox_no_install, 15),
    "fleet": (hosts.tox_fleet, 1),
    "store": (stores.fresh, 7),
    "store-tmpfs": (stores.other_file_system, 7),
    "store-import": (stores.first_import, 5),
    "store-cold": (stores.cold, 3),
    "store-fleet": (stores.fleet, 1),
    "drift": (drift.measure, 5),
    "starts": (starts.measure, 9),
    "scaling": (scaling.measure, 3),
    "ansible": (linking.measure, 5),
    "imports": (imports.measure, 7),
    "cold": (cold.measure, 2),
    "ray": (clusters.ray, 3),
    "shortcuts": (shortcuts.measure, 15),
}
"""The function and the default number of rounds of each case."""

CHECKED = {"noop": 5, "starts": 5, "drift": 2, "fresh": 3, "five": 3, "link": 3, "tox-second": 5, "nox-reuse": 5}
"""The cases of ``--check`` and their numbers of rounds. All their tools are on the package index."""
CHECK_SECONDS = 300
"""The seconds after which ``--check`` starts no further case."""

PICTURED = ("noop", "fresh", "five", "tox-second", "tox-recreate", "nox-reuse", "fleet")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="*", choices=[*CASES, []], help="the cases to measure (default: all)")
    parser.add_argument("--repeat", type=int, metavar="N", help="rounds of each case (default: depends on the case)")
    parser.add_argument(
        "--update", action="store_true", help="write the results of the named cases and keep the others"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="measure within five minutes, write nothing, and fail if a goal that was met is missed by over a quarter",
    )
    parser.add_argument(
        "--output", type=Path, default=CHECKOUT, metavar="FOLDER", help="the checkout to write to (default: this one)"
    )
    options = parser.parse_args()
    bootstrap.enter()
    if options.check:
        raise SystemExit(_check(options.case or list(CHECKED), options.output, options.repeat))
    before = os.getloadavg()[0]
    measured: list[Case] = []
    for name in options.case or CASES:
        measured.append(_measure(name, options.repeat))
        if options.update or not options.case:  # after each case, so that an interrupted run keeps its results
            results = document(measured, _versions(), (before, os.getloadavg()[0]))
            _write(options.output, results, keep=options.update)


def _check(names: Sequence[str], folder: Path, repeat: int | None) -> int:
    """Measure some cases, print the goals that were met once and are lost, and return the exit status."""
    recorded = json.loads((folder / "docs" / "benchmarks.json").read_text(encoding="utf-8"))["cases"]
    end, lines = time.monotonic() + CHECK_SECONDS, []
    for name in names:
        if time.monotonic() > end:
            sys.stdout.write(f"\nnot measured, since {CHECK_SECONDS} s have passed: {name}\n")
        else:
            case = _measure(name, repeat or CHECKED.get(name))
            lines += [f"{name}: {line}" for line in lost(recorded.get(name), case_json(case))]
    sys.stdout.write("\n" + "".join(f"lost: {line}\n" for line in lines or ["none of the goals"]))
    return 1 if lines else 0


def _measure(name: str, repeat: int | None) -> Case:
    measure, rounds = CASES[name]
    sys.stderr.write(f"measuring {name} …\n")
    case = measure(repeat or rounds)
    result = case_json(case)
    sys.stdout.write(f"\n{case.title}\n\n{table(result)}\n\n{verdicts(result)}\n")
    sys.stdout.flush()
    return case


def _write(folder: Path, results: Mapping[str, Any], *, keep: bool) -> None:
    path = folder / "docs" / "benchmarks.json"
    path.parent.mkdir(exist_ok=True)
    if keep and path.exists():
        results = updated(json.loads(path.read_text(encoding="utf-8")), results)
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    pictured = [results["cases"][name] for name in PICTURED if name in results["cases"]]
    path.with_suffix(".svg").write_text(svg(pictured), encoding="utf-8")
    path.with_name("overview.svg").write_text(overview(results["cases"]), encoding="utf-8")
    for page in filter(Path.exists, (folder / name for name in PAGES)):
        page.write_text(filled(page.read_text(encoding="utf-8"), results), encoding="utf-8")


@cache
def _versions() -> dict[str, str]:
    return {
        **versions(toolbox("tox-thinvenv"), "thinvenv", "tox", "uv", "virtualenv"),
        **versions(toolbox("nox-thinvenv"), "nox"),
        **versions(toolbox("tox-uv"), "tox-uv"),
    }

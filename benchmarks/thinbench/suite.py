"""Measure every case beside its peers, and write what was found.

``python3 benchmarks/run.py`` sets up what it needs in a cache folder: bases, toolboxes with
the peers, projects for tox and nox. It prints a table for each case and writes
``docs/benchmarks.json``, from which it draws ``docs/benchmarks.svg`` and fills in the figures of
the documentation. With names of cases it measures only these, and writes nothing unless told to.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinbench import bootstrap
from thinbench.cases import cold, fresh, hosts, imports, noop, scaling
from thinbench.folders import CHECKOUT
from thinbench.pages import PAGES, filled
from thinbench.picture import svg
from thinbench.report import document, table, verdicts
from thinbench.results import case_json
from thinbench.toolboxes import toolbox, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from thinbench.results import Case

CASES: dict[str, tuple[Callable[[int], Case], int]] = {
    "noop": (noop.measure, 11),
    "fresh": (fresh.all_in_base, 7),
    "five": (fresh.five_missing, 7),
    "tox-second": (hosts.tox_second_run, 7),
    "tox-recreate": (hosts.tox_recreated, 5),
    "nox-reuse": (hosts.nox_reused, 7),
    "nox-skip": (hosts.nox_no_install, 7),
    "fleet": (hosts.tox_fleet, 1),
    "scaling": (scaling.measure, 5),
    "imports": (imports.measure, 11),
    "cold": (cold.measure, 3),
}
"""Each case, and how often it is measured where nothing else is said."""

PICTURED = ("noop", "fresh", "five", "tox-second", "tox-recreate", "nox-reuse", "fleet")


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="*", choices=[*CASES, []], help="the cases to measure (default: all)")
    parser.add_argument("--repeat", type=int, metavar="N", help="turns of each case (default: as each needs)")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="where to write benchmarks.json and .svg")
    options = parser.parse_args()
    bootstrap.enter()
    before = os.getloadavg()[0]
    pages = PAGES if not (options.case or options.output) else ()
    folder = options.output or (CHECKOUT / "docs" if not options.case else None)
    measured: list[Case] = []
    for name in options.case or CASES:
        measured.append(_measure(name, options.repeat))
        if folder:  # after each: who stops a long run keeps what there is
            _write(folder, measured, document(measured, _versions(), (before, os.getloadavg()[0])), pages)


def _measure(name: str, repeat: int | None) -> Case:
    work, usual = CASES[name]
    sys.stderr.write(f"measuring {name} …\n")
    case = work(repeat or usual)
    told = case_json(case)
    sys.stdout.write(f"\n{case.title}\n\n{table(told)}\n\n{verdicts(told)}\n")
    sys.stdout.flush()
    return case


def _write(folder: Path, measured: Sequence[Case], found: Mapping[str, Any], pages: Iterable[str]) -> None:
    (folder / "benchmarks.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    pictured = [case for case in measured if case.name in PICTURED]
    (folder / "benchmarks.svg").write_text(svg(pictured), encoding="utf-8")
    for page in (CHECKOUT / one for one in pages):
        page.write_text(filled(page.read_text(encoding="utf-8"), found), encoding="utf-8")


@cache
def _versions() -> dict[str, str]:
    return {
        **versions(toolbox("thinvenv"), "thinvenv", "tox", "nox", "uv", "virtualenv"),
        **versions(toolbox("tox-uv"), "tox-uv"),
    }

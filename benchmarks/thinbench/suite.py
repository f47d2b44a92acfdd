"""Measure every case beside its peers, and write what was found.

``python3 benchmarks/run.py`` sets up what it needs in a cache folder: bases, toolboxes with
the peers, projects for tox and nox. It prints a table for each case and writes
``docs/benchmarks.json``, from which it draws ``docs/benchmarks.svg`` and fills in the figures of
the documentation. With names of cases it measures only these, and writes nothing without
``--update``.
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
from thinbench.report import document, table, updated, verdicts
from thinbench.results import case_json
from thinbench.toolboxes import toolbox, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thinbench.results import Case

CASES: dict[str, tuple[Callable[[int], Case], int]] = {
    "noop": (noop.measure, 5),
    "fresh": (fresh.all_in_base, 5),
    "five": (fresh.five_missing, 5),
    "link": (fresh.linked, 5),
    "tox-second": (hosts.tox_second_run, 15),
    "tox-recreate": (hosts.tox_recreated, 3),
    "nox-reuse": (hosts.nox_reused, 15),
    "nox-skip": (hosts.nox_no_install, 15),
    "fleet": (hosts.tox_fleet, 1),
    "scaling": (scaling.measure, 3),
    "imports": (imports.measure, 7),
    "cold": (cold.measure, 2),
}
"""Each case, and how often it is measured where nothing else is said."""

PICTURED = ("noop", "fresh", "five", "tox-second", "tox-recreate", "nox-reuse", "fleet")


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="*", choices=[*CASES, []], help="the cases to measure (default: all)")
    parser.add_argument("--repeat", type=int, metavar="N", help="turns of each case (default: as each needs)")
    parser.add_argument("--update", action="store_true", help="write the named cases, and keep the others as they were")
    parser.add_argument("--output", type=Path, default=CHECKOUT, metavar="FOLDER", help="write there (default: here)")
    options = parser.parse_args()
    bootstrap.enter()
    before = os.getloadavg()[0]
    measured: list[Case] = []
    for name in options.case or CASES:
        measured.append(_measure(name, options.repeat))
        if options.update or not options.case:  # after each: who stops a long run keeps what there is
            found = document(measured, _versions(), (before, os.getloadavg()[0]))
            _write(options.output, found, keep=options.update)


def _measure(name: str, repeat: int | None) -> Case:
    work, usual = CASES[name]
    sys.stderr.write(f"measuring {name} …\n")
    case = work(repeat or usual)
    told = case_json(case)
    sys.stdout.write(f"\n{case.title}\n\n{table(told)}\n\n{verdicts(told)}\n")
    sys.stdout.flush()
    return case


def _write(folder: Path, found: Mapping[str, Any], *, keep: bool) -> None:
    path = folder / "docs" / "benchmarks.json"
    path.parent.mkdir(exist_ok=True)
    if keep and path.exists():
        found = updated(json.loads(path.read_text(encoding="utf-8")), found)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    pictured = [found["cases"][name] for name in PICTURED if name in found["cases"]]
    path.with_suffix(".svg").write_text(svg(pictured), encoding="utf-8")
    for page in (folder / one for one in PAGES if (folder / one).exists()):
        page.write_text(filled(page.read_text(encoding="utf-8"), found), encoding="utf-8")


@cache
def _versions() -> dict[str, str]:
    return {
        **versions(toolbox("tox-thinvenv"), "thinvenv", "tox", "uv", "virtualenv"),
        **versions(toolbox("nox-thinvenv"), "nox"),
        **versions(toolbox("tox-uv"), "tox-uv"),
    }

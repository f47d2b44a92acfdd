"""The results as tables for people and as JSON for the documentation."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from thinbench.results import OURS, case_json
from thinbench.tables import markdown, seconds, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinbench.results import Case

SCHEMA = 1


def table(case: Case) -> str:
    """Return one case as a Markdown table, with a line for each of its targets."""
    with_disk = any(row.footprint for row in case.rows)
    counted = list(dict.fromkeys(name for row in case.rows for name in row.counts))
    ours = next((row for row in case.rows if OURS in row.peer), None) if len(case.rows) > 1 else None
    header = ["", "median", "spread", "turns"]
    header += [f"times {ours.peer}"] if ours else []
    header += ["size", "unique size", "files"] if with_disk else []
    rows = []
    for row in case.rows:
        cells = [row.peer, seconds(row.timing.median), f"{row.timing.spread:.0%}", str(len(row.timing.seconds))]
        cells += [f"{row.timing.ratio(ours.timing):.2f}"] if ours else []
        if with_disk:
            disk = row.footprint
            cells += [size(disk.apparent), size(disk.unique), str(disk.files)] if disk else ["", "", ""]
        cells += [f"{row.counts.get(name, 0):,.0f}" for name in counted]
        rows.append(cells)
    lines = [markdown([*header, *counted], rows)]
    lines += [_verdict(case, place) for place in range(len(case.targets))]
    return "\n".join(lines)


def document(cases: Iterable[Case], versions: Mapping[str, str], load: tuple[float, float]) -> dict[str, Any]:
    """Return all results as one object.

    Args:
        cases: The cases.
        versions: The versions of the peers.
        load: The system's load (one minute) before and after.

    """
    return {
        "schema": SCHEMA,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"system": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()},
        "load": {"before": round(load[0], 2), "after": round(load[1], 2)},
        "versions": dict(versions),
        "cases": {case.name: case_json(case) for case in cases},
    }


def text_of(document: Mapping[str, Any]) -> str:
    """Return results as they are written to a file."""
    return json.dumps(document, indent=1) + "\n"


def _verdict(case: Case, place: int) -> str:
    target = case.targets[place]
    taken = case.verdict(target)
    return f"\n{'reached' if taken <= 1 else 'MISSED'}: {target.ours} at most {target.text()}: {taken:.0%} of it taken"

"""The results as one object, and as the tables that people read: both from the same figures."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from thinbench.measuring import Timing
from thinbench.results import OURS, case_json
from thinbench.tables import markdown, seconds, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinbench.results import Case

SCHEMA = 1


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
        "machine": {"system": platform.system(), "cores": os.cpu_count(), "python": platform.python_version()},
        "load": {"before": round(load[0], 2), "after": round(load[1], 2)},
        "versions": dict(versions),
        "cases": {case.name: case_json(case) for case in cases},
    }


def updated(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return new results with the cases of older ones that were not measured again."""
    return {**new, "cases": {**old["cases"], **new["cases"]}}


def table(case: Mapping[str, Any]) -> str:
    """Return the object of a case as a Markdown table.

    Where a row is ours, the others are told as multiples of it.
    """
    rows: dict[str, dict[str, Any]] = case["rows"]
    ours = next((name for name in rows if name == OURS or name.endswith(f"+ {OURS}")), "")
    with_disk = any("footprint" in row for row in rows.values())
    counted = list(dict.fromkeys(name for row in rows.values() for name in row.get("counts", ())))
    with_cpu = any("cpu" in row for row in rows.values())
    header = ["", "median", "spread", "turns"]
    header += [f"of {ours}'s"] if ours else []
    header += ["processor time"] if with_cpu else []
    header += ["size", "unique size", "files"] if with_disk else []
    lines = []
    for name, row in rows.items():
        cells = [name, seconds(row["median"]), f"{row['spread']:.0%}", str(row["turns"])]
        cells += [f"{_timing(row).ratio(_timing(rows[ours])):.2f} x"] if ours else []
        cells += [seconds(row["cpu"]) if "cpu" in row else ""] if with_cpu else []
        cells += _disk_cells(row) if with_disk else []
        lines.append([*cells, *(f"{row.get('counts', {}).get(one, 0):,.0f}" for one in counted)])
    return markdown([*header, *counted], lines)


def verdicts(case: Mapping[str, Any]) -> str:
    """Return a line for each target of a case, as a Markdown list."""
    lines = []
    for one in case["targets"]:
        state = "reached" if one["met"] else "**missed**"
        work = f" ({one['taken_of_work']:.0%} in processor time)" if "taken_of_work" in one else ""
        lines.append(f"- {one['ours']}: at most {one['text']}: {state}, {one['taken']:.0%} of it taken{work}")
    return "\n".join(lines)


def summary(found: Mapping[str, Any]) -> str:
    """Return where and with what everything was measured, in one sentence."""
    tools = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    machine, load = found["machine"], found["load"]
    return (
        f"Measured on {found['date']} with Python {machine['python']} on {machine['system']}, {machine['cores']} cores "
        f"(load {load['before']} before, {load['after']} after): {tools}."
    )


def _timing(row: Mapping[str, Any]) -> Timing:
    return Timing(tuple(row["seconds"]))


def _disk_cells(row: Mapping[str, Any]) -> list[str]:
    disk = row.get("footprint")
    return [size(disk["apparent"]), size(disk["unique"]), str(disk["files"])] if disk else ["", "", ""]

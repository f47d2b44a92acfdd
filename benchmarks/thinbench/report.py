"""The results as a JSON document and as Markdown: tables, verdicts and a summary."""

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
    """Return all results as a JSON object.

    Args:
        cases: The measured cases.
        versions: The version of each tool.
        load: The load average of one minute, before and after the measurements.

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
    """Return new results, together with the older cases that were not measured again."""
    return {**new, "cases": {**old["cases"], **new["cases"]}}


def table(case: Mapping[str, Any]) -> str:
    """Return the results of a case as a Markdown table.

    If a row is thinvenv's, the others are also shown as multiples of it. Rows that compare the same with and
    without a shortcut have a table of their own.
    """
    rows: dict[str, dict[str, Any]] = case["rows"]
    if any("without" in row for row in rows.values()):
        return _shortcut_table(rows)
    ours = next((name for name in rows if name == OURS or name.endswith(f"+ {OURS}")), "")
    with_disk = any("footprint" in row for row in rows.values())
    counted = list(dict.fromkeys(name for row in rows.values() for name in row.get("counts", ())))
    with_cpu = any("cpu" in row for row in rows.values())
    header = ["", "median", "spread", "runs"]
    header += [f"vs {ours}"] if ours else []
    header += ["processor time"] if with_cpu else []
    header += ["size", "unique size", "files"] if with_disk else []
    lines = []
    for name, row in rows.items():
        cells = [name, seconds(row["median"]), f"{row['spread']:.0%}", str(row["turns"])]
        cells += [f"{_timing(row).ratio(_timing(rows[ours])):.2f} x"] if ours else []
        cells += [seconds(row["cpu"]) if "cpu" in row else ""] if with_cpu else []
        cells += _disk_cells(row) if with_disk else []
        lines.append([*cells, *(f"{row.get('counts', {}).get(count, 0):,.0f}" for count in counted)])
    return markdown([*header, *counted], lines)


def verdicts(case: Mapping[str, Any]) -> str:
    """Return a line for each target of a case, as a Markdown list."""
    lines = []
    for target in case["targets"]:
        outcome = "Goal met" if target["met"] else "**Goal missed**"
        comparison = "at most" if target["met"] else "more than"
        shares = [f"{target['taken']:.0%} of the limit"]
        shares += [f"{target['taken_of_work']:.0%} in processor time"] if "taken_of_work" in target else []
        lines.append(f"- {outcome}: {target['ours']} takes {comparison} {target['text']} ({', '.join(shares)})")
    return "\n".join(lines)


def summary(results: Mapping[str, Any]) -> str:
    """Return a sentence with the date, the machine and the versions of the measurement."""
    tools = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    machine, load = results["machine"], results["load"]
    return (
        f"Measured on {results['date']} with Python {machine['python']} on {machine['system']}, "
        f"{machine['cores']} cores (load {load['before']} before, {load['after']} after): {tools}."
    )


def _shortcut_table(rows: Mapping[str, dict[str, Any]]) -> str:
    lines = []
    for name, row in rows.items():
        shortcut, without = _timing(row), _timing(row["without"])
        saved = seconds(max(0.0, without.median - shortcut.median))
        lines.append([name, seconds(without.median), seconds(shortcut.median), f"{shortcut.ratio(without):.2f}", saved])
    return markdown(["shortcut", "without", "with", "ratio", "saved"], lines)


def _timing(row: Mapping[str, Any]) -> Timing:
    return Timing(tuple(row["seconds"]))


def _disk_cells(row: Mapping[str, Any]) -> list[str]:
    disk = row.get("footprint")
    return [size(disk["apparent"]), size(disk["unique"]), str(disk["files"])] if disk else ["", "", ""]

"""What a case finds, and what was to be found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thinbench.footprint import Footprint
    from thinbench.measuring import Timing

OURS = "thinvenv"
"""Our row, or what the name of our row ends with beside that of a host."""


@dataclass(frozen=True)
class Target:
    """What a case is to reach: so many times a peer's time, and a little more.

    Attributes:
        ours: The row that is judged.
        theirs: The row that it is compared with; empty where only ``plus`` counts.
        times: How many times their time is allowed.
        plus: And how many seconds more.

    """

    ours: str
    theirs: str
    times: float = 0.0
    plus: float = 0.0

    def text(self) -> str:
        """Return the target as a person reads it."""
        parts = [f"{self.times:.3g} x {self.theirs}"] if self.theirs else []
        parts += [f"{self.plus * 1000:.0f} ms"] if self.plus else []
        return " + ".join(parts)


@dataclass(frozen=True)
class Row:
    """One peer in one case.

    Attributes:
        peer: Its name.
        timing: What it took.
        footprint: What it left on disk, where that was looked at.
        counts: Anything else that was counted.

    """

    peer: str
    timing: Timing
    footprint: Footprint | None = None
    counts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """All peers in one case.

    Attributes:
        name: A short name, for options and files.
        title: What is done.
        rows: The peers, ours among them.
        targets: What is to be reached.

    """

    name: str
    title: str
    rows: tuple[Row, ...]
    targets: tuple[Target, ...] = ()

    def row(self, peer: str) -> Row:
        """Return the row of a peer."""
        return next(one for one in self.rows if one.peer == peer)

    def allowed(self, target: Target) -> float:
        """Return the seconds that a target allows here."""
        return (target.times * self.row(target.theirs).timing.median if target.theirs else 0.0) + target.plus

    def verdict_of_work(self, target: Target) -> float | None:
        """Return the same in processor time, ``None`` where that says nothing."""
        ours = self.row(target.ours).timing.work
        theirs = self.row(target.theirs).timing.work if target.theirs else 0.0
        return None if ours is None or theirs is None else ours / (target.times * theirs + target.plus)

    def verdict(self, target: Target) -> float:
        """Return how much of what a target allows was taken: 1 is just reached, less is better.

        A target that is a mere ratio is judged turn by turn.
        """
        ours = self.row(target.ours).timing
        if target.plus:
            return ours.median / self.allowed(target)
        return ours.ratio(self.row(target.theirs).timing) / target.times


def case_json(case: Case) -> dict[str, Any]:
    """Return a case as an object of the results."""
    return {
        "title": case.title,
        "rows": {row.peer: _row_json(row) for row in case.rows},
        "targets": [_target_json(one, case) for one in case.targets],
    }


def _target_json(target: Target, case: Case) -> dict[str, Any]:
    taken, work = case.verdict(target), case.verdict_of_work(target)
    told = {**asdict(target), "text": target.text(), "taken": round(taken, 3), "met": taken <= 1}
    return told if work is None else {**told, "taken_of_work": round(work, 3)}


def _row_json(row: Row) -> dict[str, Any]:
    told: dict[str, Any] = {
        "median": round(row.timing.median, 6),
        "spread": round(row.timing.spread, 3),
        "turns": len(row.timing.seconds),
        "seconds": [round(one, 6) for one in row.timing.seconds],
    }
    if row.timing.work is not None:
        told["cpu"] = round(row.timing.work, 6)
    if row.footprint:
        told["footprint"] = asdict(row.footprint)
    return {**told, **({"counts": row.counts} if row.counts else {})}

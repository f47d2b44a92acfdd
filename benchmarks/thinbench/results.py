"""Results of the benchmarks: cases, the rows of their tables, and targets."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thinbench.footprint import Footprint
    from thinbench.measuring import Timing

OURS = "thinvenv"
"""The name of thinvenv's row, or the end of it: ``tox + thinvenv``."""

_FRACTIONS = {
    1 / 8: "an eighth of ",
    1 / 6: "a sixth of ",
    1 / 4: "a quarter of ",
    1 / 3: "a third of ",
    1 / 2: "half of ",
    1.0: "",
}
_SIZES = {"apparent": "apparent bytes", "unique": "bytes"}
"""The sizes of a footprint in words."""


@dataclass(frozen=True)
class Target:
    """A limit for one row: a multiple of another row's time or size, plus some seconds.

    Attributes:
        ours: The name of the row that is limited.
        theirs: The name of the row that it is compared with; empty for a limit in seconds.
        times: The factor for the other row's time or size.
        plus: The seconds to add.
        of: What is limited: ``time``, or a size of :class:`~thinbench.footprint.Footprint`.

    """

    ours: str
    theirs: str
    times: float = 0.0
    plus: float = 0.0
    of: str = "time"

    def text(self) -> str:
        """Return the limit in words: ``a third of uv's time``, ``3 ms``, ``1/300 of uv's apparent bytes``."""
        parts = [f"{self._factor()}{self._theirs()}"] if self.theirs else []
        parts += [f"{self.plus * 1000:g} ms"] if self.plus else []
        return " plus ".join(parts)

    def _factor(self) -> str:
        if self.times in _FRACTIONS:
            return _FRACTIONS[self.times]
        if self.of != "time" and self.times < 1:
            return f"1/{1 / self.times:.0f} of "
        return f"{self.times:.0%} of " if self.times < 1 else f"{self.times:g} times "

    def _theirs(self) -> str:
        what = _SIZES.get(self.of, self.of)
        return f"the {what} of {self.theirs}" if " " in self.theirs else f"{self.theirs}'s {what}"


@dataclass(frozen=True)
class Row:
    """The result of one peer in one case.

    Attributes:
        peer: The name of the peer.
        timing: Its times.
        footprint: The size of what it created, if measured.
        counts: Further numbers, such as requests, by name.
        without: The times of the same without a shortcut of thinvenv, if the row compares these.

    """

    peer: str
    timing: Timing
    footprint: Footprint | None = None
    counts: dict[str, float] = field(default_factory=dict)
    without: Timing | None = None


@dataclass(frozen=True)
class Case:
    """The results of all peers in one case.

    Attributes:
        name: A short name, for options and files.
        title: What the peers do.
        rows: The results, including thinvenv's.
        targets: The limits for thinvenv.

    """

    name: str
    title: str
    rows: tuple[Row, ...]
    targets: tuple[Target, ...] = ()

    def row(self, peer: str) -> Row:
        """Return the row of a peer."""
        return next(row for row in self.rows if row.peer == peer)

    def allowed(self, target: Target) -> float:
        """Return the limit of a target in seconds."""
        return (target.times * self.row(target.theirs).timing.median if target.theirs else 0.0) + target.plus

    def verdict_of_work(self, target: Target) -> float | None:
        """Return the used share of the limit in processor time, ``None`` if that is not limited or was not measured."""
        if target.of != "time":
            return None
        ours = self.row(target.ours).timing.work
        theirs = self.row(target.theirs).timing.work if target.theirs else 0.0
        return None if ours is None or theirs is None else ours / (target.times * theirs + target.plus)

    def verdict(self, target: Target) -> float:
        """Return the used share of the limit: 1 just meets the target, less is better.

        A target without ``plus`` is judged round by round.
        """
        if target.of != "time":
            sizes = [getattr(self.row(peer).footprint, target.of) for peer in (target.ours, target.theirs)]
            return float(sizes[0] / sizes[1] / target.times)
        ours = self.row(target.ours).timing
        if target.plus:
            return ours.median / self.allowed(target)
        return ours.ratio(self.row(target.theirs).timing) / target.times


def case_json(case: Case) -> dict[str, Any]:
    """Return a case as a JSON object."""
    return {
        "title": case.title,
        "rows": {row.peer: _row_json(row) for row in case.rows},
        "targets": [_target_json(target, case) for target in case.targets],
    }


def _target_json(target: Target, case: Case) -> dict[str, Any]:
    taken, work = case.verdict(target), case.verdict_of_work(target)
    verdict = {**asdict(target), "text": target.text(), "taken": round(taken, 3), "met": taken <= 1}
    return verdict if work is None else {**verdict, "taken_of_work": round(work, 3)}


def _row_json(row: Row) -> dict[str, Any]:
    result = _timing_json(row.timing)
    if row.footprint:
        result["footprint"] = asdict(row.footprint)
    if row.counts:
        result["counts"] = row.counts
    if row.without:
        result["without"] = _timing_json(row.without)
    return result


def _timing_json(timing: Timing) -> dict[str, Any]:
    result: dict[str, Any] = {
        "median": round(timing.median, 6),
        "spread": round(timing.spread, 3),
        "turns": len(timing.seconds),
        "seconds": [round(seconds, 6) for seconds in timing.seconds],
    }
    return result if timing.work is None else {**result, "cpu": round(timing.work, 6)}

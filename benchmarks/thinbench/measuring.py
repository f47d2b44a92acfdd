"""Interleaved measurements, so that a busy moment of the machine affects all peers alike."""

from __future__ import annotations

import resource
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


@dataclass(frozen=True)
class Timing:
    """The durations of one measured operation, round by round.

    Attributes:
        seconds: The elapsed times.
        cpu: The processor times of all its processes, if they were measured. On a busy
            machine, an operation takes longer, but not more processor time.

    """

    seconds: tuple[float, ...]
    cpu: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        """The median of the elapsed times."""
        return statistics.median(self.seconds)

    @property
    def work(self) -> float | None:
        """The median of the processor times, ``None`` if they were not measured."""
        return statistics.median(self.cpu) if self.cpu else None

    @property
    def spread(self) -> float:
        """The interquartile range divided by the median; the full range if there are few values."""
        ordered = sorted(self.seconds)
        if len(ordered) < 4:  # noqa: PLR2004 - three values have no meaningful quartiles
            return (ordered[-1] - ordered[0]) / self.median
        low, _, high = statistics.quantiles(ordered, n=4)
        return (high - low) / self.median

    def ratio(self, other: Timing) -> float:
        """Return the ratio to the other's time: the median of the ratios of each round.

        In one round, both run on the same machine at the same load. If they were measured in
        different numbers of rounds, the medians are compared instead.
        """
        if len(self.seconds) != len(other.seconds):
            return self.median / other.median
        return statistics.median(ours / theirs for ours, theirs in zip(self.seconds, other.seconds, strict=True))


def in_turns(
    runs: Mapping[str, Callable[[], float]],
    repeat: int,
    *,
    few: Mapping[str, int] | None = None,
    inside: Collection[str] = (),
) -> dict[str, Timing]:
    """Measure each run ``repeat`` times, interleaved: A B C A B C and not A A B B C C.

    Args:
        runs: Functions by name. Each performs the operation once and returns its seconds.
        repeat: The number of rounds.
        few: A smaller number of rounds, by name, for slow runs.
        inside: The names of runs that are only a part of a process, whose processor time is
            therefore not recorded.

    """
    taken: dict[str, list[float]] = {name: [] for name in runs}
    worked: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(repeat):
        for name, run in runs.items():
            if turn < (few or {}).get(name, repeat):
                before = _cpu_of_children()
                taken[name].append(run())
                worked[name].append(_cpu_of_children() - before)
    return {name: Timing(tuple(taken[name]), () if name in inside else tuple(worked[name])) for name in runs}


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

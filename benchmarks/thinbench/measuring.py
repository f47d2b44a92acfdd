"""Measuring in turns, so that a busy moment of the machine meets every peer alike."""

from __future__ import annotations

import resource
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


@dataclass(frozen=True)
class Timing:
    """The seconds that one thing took, turn by turn.

    Attributes:
        seconds: By the wall clock.
        cpu: Of processors, all its processes together, where processes were measured: a busy
            machine makes a thing slower without making it more work.

    """

    seconds: tuple[float, ...]
    cpu: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    @property
    def work(self) -> float | None:
        """The middle one of the processor's seconds, ``None`` where they say nothing."""
        return statistics.median(self.cpu) if self.cpu else None

    @property
    def spread(self) -> float:
        """The distance of the quartiles, relative to the median; that of the extremes where they are few."""
        ordered = sorted(self.seconds)
        if len(ordered) < 4:  # noqa: PLR2004 - quartiles of three say nothing
            return (ordered[-1] - ordered[0]) / self.median
        low, _, high = statistics.quantiles(ordered, n=4)
        return (high - low) / self.median

    def ratio(self, other: Timing) -> float:
        """Return how many times the other's time this takes: the median over the turns.

        The two of one turn met the same machine, so they are compared with each other. Where
        one was measured in fewer turns, it is the medians that are compared.
        """
        if len(self.seconds) != len(other.seconds):
            return self.median / other.median
        return statistics.median(mine / yours for mine, yours in zip(self.seconds, other.seconds, strict=True))


def in_turns(
    runs: Mapping[str, Callable[[], float]],
    repeat: int,
    *,
    few: Mapping[str, int] | None = None,
    inside: Collection[str] = (),
) -> dict[str, Timing]:
    """Do each run ``repeat`` times, A B C A B C and not A A B B C C.

    Args:
        runs: By name, what does the thing once and returns the seconds that count.
        repeat: How often.
        few: How often at most, for what takes long.
        inside: What is a part of a process only, whose processor time says nothing.

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

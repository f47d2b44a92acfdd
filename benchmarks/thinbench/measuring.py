"""Measuring in turns, so that a busy moment of the machine meets every peer alike."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Timing:
    """The seconds that one thing took, every time it was done."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """The distance of the quartiles, relative to the median; that of the extremes where they are few."""
        ordered = sorted(self.seconds)
        if len(ordered) < 4:  # noqa: PLR2004 - quartiles of three say nothing
            return (ordered[-1] - ordered[0]) / self.median
        low, _, high = statistics.quantiles(ordered, n=4)
        return (high - low) / self.median


def in_turns(runs: Mapping[str, Callable[[], float]], repeat: int) -> dict[str, Timing]:
    """Do each run ``repeat`` times, A B C A B C and not A A B B C C.

    Args:
        runs: By name, what does the thing once and returns the seconds that count.
        repeat: How often.

    """
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeat):
        for name, run in runs.items():
            taken[name].append(run())
    return {name: Timing(tuple(seconds)) for name, seconds in taken.items()}


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long something takes, by the wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

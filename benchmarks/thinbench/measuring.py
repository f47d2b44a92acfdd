"""Measuring in turns, so that a busy moment of the machine meets every peer alike."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Timing:
    """The seconds that one thing took, turn by turn."""

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

    def ratio(self, other: Timing) -> float:
        """Return how many times the other's time this takes: the median over the turns.

        The two of one turn met the same machine, so they are compared with each other. Where
        one was measured in fewer turns, it is the medians that are compared.
        """
        if len(self.seconds) != len(other.seconds):
            return self.median / other.median
        return statistics.median(mine / yours for mine, yours in zip(self.seconds, other.seconds, strict=True))


def in_turns(
    runs: Mapping[str, Callable[[], float]], repeat: int, few: Mapping[str, int] | None = None
) -> dict[str, Timing]:
    """Do each run ``repeat`` times, A B C A B C and not A A B B C C.

    Args:
        runs: By name, what does the thing once and returns the seconds that count.
        repeat: How often.
        few: How often at most, for what takes long.

    """
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(repeat):
        for name, run in runs.items():
            if turn < (few or {}).get(name, repeat):
                taken[name].append(run())
    return {name: Timing(tuple(seconds)) for name, seconds in taken.items()}

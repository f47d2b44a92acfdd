"""Goals that were met in the recorded results, and that a new measurement misses by far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 1.25
"""The used share of a limit above which a goal counts as lost. A busy machine stays below it in most cases."""


def lost(recorded: Mapping[str, Any] | None, measured: Mapping[str, Any]) -> list[str]:
    """Return a line for each goal of a case that was met, and is missed by more than a quarter.

    The shares in elapsed time and in processor time both have to be above: other processes delay a measurement, but
    do not make it work more.

    Args:
        recorded: The case in ``docs/benchmarks.json``; ``None`` if it has not been recorded.
        measured: The same case, measured again.

    """
    met = {_key(target) for target in (recorded or {}).get("targets", ()) if target["met"]}
    return [
        f"{target['ours']} takes more than {target['text']} ({_share(target):.0%} of the limit)"
        for target in measured["targets"]
        if _key(target) in met and _share(target) > TOLERANCE
    ]


def _key(target: Mapping[str, Any]) -> tuple[str, str]:
    """Return what identifies a goal while its limit changes."""
    return target["ours"], target["theirs"]


def _share(target: Mapping[str, Any]) -> float:
    share: float = min(target["taken"], target.get("taken_of_work", target["taken"]))
    return share

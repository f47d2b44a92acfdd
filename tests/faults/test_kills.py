"""A process that is killed or interrupted at any system call leaves what the next run completes."""

from __future__ import annotations

from itertools import cycle
from random import Random
from typing import TYPE_CHECKING

import pytest

from support.faults import LONG, can_trace, sample

if TYPE_CHECKING:
    from support.faults import World

pytestmark = pytest.mark.skipif(not can_trace(), reason="strace cannot trace processes here")

WITH_UV = {"install", "shadow", "upgrade"}
"""The scenarios in which uv is killed in each run of the tests."""


def test_the_next_run_completes_what_a_killed_run_began(world: World) -> None:
    points = sample(world.points(), 2)
    if LONG or world.scenario.name in WITH_UV:
        points_of_uv = world.points_of_uv()
        assert points_of_uv or world.scenario.name not in WITH_UV
        points += sample(points_of_uv, 1)

    assert world.failures_after([(point, "signal=KILL") for point in points], "kills") == {}


@pytest.mark.parametrize("scenario", ["link", "clear"], indirect=True)
def test_the_next_run_completes_what_an_interrupted_run_began(world: World) -> None:
    points = world.points()
    random_points = Random(world.scenario.name).sample(points, min(len(points), 60 if LONG else 3))
    faults = zip(random_points, cycle(["signal=INT", "signal=TERM", "signal=HUP"]), strict=False)

    assert world.failures_after(faults, "interrupts") == {}

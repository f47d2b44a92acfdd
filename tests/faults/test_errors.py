"""A system call that fails is reported as a clear error or passed over, and nothing wrong is remembered."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from support.faults import CHANGING, READING, can_trace, sample

if TYPE_CHECKING:
    from support.faults import Point, World

pytestmark = pytest.mark.skipif(not can_trace(), reason="strace cannot trace processes here")

ERRORS = ("ENOSPC", "EIO", "EACCES", "EMFILE", "EXDEV", "EROFS")


@pytest.mark.parametrize("scenario", ["install", "replay-link", "clear"], indirect=True)
def test_a_call_that_fails_disturbs_no_later_run(world: World) -> None:
    points = sample(sorted({*world.points(CHANGING), *world.points(READING)}), 5)

    assert world.failures_after(with_errors(points), "errors") == {}


def with_errors(points: list[Point]) -> list[tuple[Point, str]]:
    """Return the points with the errors in turn."""
    return [(point, f"error={error}") for point, error in zip(points, cycle(ERRORS), strict=False)]

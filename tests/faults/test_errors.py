"""A system call that fails is reported as a clear error or passed over, and nothing wrong is remembered."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from support.fault_scenarios import scenario_names
from support.faults import CHANGING, READING, can_trace, sample

if TYPE_CHECKING:
    from support.faults import Point, World

pytestmark = pytest.mark.skipif(not can_trace(), reason="strace cannot trace processes here")

RENAMES = {"rename", "renameat", "renameat2", "link", "linkat"}
NAMES = {*CHANGING, *READING} - {"read", "write", "writev", "pwrite64", "getdents64", "fsync", "fdatasync", "sendfile"}
POSSIBLE = {
    "ENOSPC": {*CHANGING} - {"unlink", "unlinkat", "rmdir", "flock"},
    "EIO": {*CHANGING, *READING},
    # What may not be read counts as absent, so an install without it succeeds.
    "EACCES": {*CHANGING} & NAMES - {*READING},
    "EMFILE": {"openat"},
    "EXDEV": RENAMES,
    "EROFS": {*CHANGING} & NAMES - {"flock", "ftruncate", "copy_file_range"},
}
"""The calls that can fail with an error."""


@pytest.mark.parametrize("scenario", scenario_names("install", "replay-link"), indirect=True)
def test_a_call_that_fails_disturbs_no_later_run(world: World) -> None:
    points = sample(sorted({*world.points(CHANGING), *world.points(READING)}), 4)

    assert world.failures_after(with_errors(points), "errors") == {}


def with_errors(points: list[Point]) -> list[tuple[Point, str]]:
    """Return the points, each with a possible error, in turn."""
    errors = cycle(POSSIBLE)
    return [(point, f"error={next(error for error in errors if point.call in POSSIBLE[error])}") for point in points]

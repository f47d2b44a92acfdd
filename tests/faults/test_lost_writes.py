"""A power failure: what was not written to the disk is lost, and the next run notices."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from support.fault_scenarios import scenario_names
from support.faults import LONG, can_trace, count, sample
from support.lost_writes import lose, unsynced_files
from thinvenv.environments import receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.faults import World

LOSSES: tuple[Callable[[bytes], bytes], ...] = (
    lambda _data: b"",
    lambda data: data[: len(data) // 2],
    lambda data: bytes(len(data)),
    lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
)
SOME = None if LONG else 1

pytestmark = pytest.mark.parametrize("scenario", scenario_names("install", "replay-link"), indirect=True)


def test_a_torn_receipt_counts_as_absent(world: World) -> None:
    for loss in LOSSES:
        world.restore()
        world.run(world.scenario.command)
        path = world.env / "thinvenv.json"
        path.write_bytes(loss(path.read_bytes()))

        assert world.run("check --env {env}").code != 0
        world.assert_converges()
    count("torn receipts", runs=len(LOSSES))


def test_a_torn_document_in_the_cache_counts_as_absent(world: World) -> None:
    for loss in LOSSES[:SOME]:
        documents = [path for path in world.cache.rglob("*.json") if path.is_file()]
        assert documents
        for path in documents:
            path.write_bytes(loss(path.read_bytes()))
        full = {path: path.read_bytes() for path in documents}
        world.restore()
        for path, data in full.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

        world.assert_converges()
        count("torn cache documents", runs=len(documents))


@pytest.mark.skipif(not can_trace(), reason="strace cannot trace processes here")
def test_the_next_run_installs_again_what_was_not_on_the_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power fails at a call, and the system starts again: what was written and not synced is lost."""
    points = [None, *sample(world.points(), 1), *(sample(world.points_of_uv(), 1) if LONG else ())]
    failures = {}
    for number, point in enumerate(points):
        with monkeypatch.context() as patched:
            lost = unsynced_files(world.logs_until(point), world.files)
            lose(lost, Random(number) if number % 2 else None)
            patched.setattr(receipt, "boot_id", lambda: "another")
            try:
                world.assert_no_half_made_environment_passes()
                world.assert_converges(may_clear=True)
            except AssertionError as error:
                failures[point] = str(error)
                count("power failures", failure=f"{world.scenario.name} {point}: {error}")
        assert lost or point
        count("power failures", runs=1, files=len(lost))

    assert failures == {}

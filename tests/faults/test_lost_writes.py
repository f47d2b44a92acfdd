"""A power failure: what was not written to the disk is lost, and the next run notices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.fault_scenarios import scenario_names
from support.faults import LONG, can_trace, count
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
def test_what_was_not_on_the_disk_is_installed_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All files that were not synced before the receipt was written lose their content, and the system starts again."""
    lost = {Path(path) for path in world.unsynced_before_receipt()} - {world.env / "thinvenv.json"}
    for path in lost:
        mode = path.stat().st_mode
        path.unlink()  # the file may be one with that in the cache of uv
        path.touch()
        path.chmod(mode)
    monkeypatch.setattr(receipt, "boot_id", lambda: "another")

    assert lost
    world.assert_converges()
    count("files that lost their content", files=len(lost))

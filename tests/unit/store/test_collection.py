"""What pruning a store removes besides its entries."""

from __future__ import annotations

import os
import time
from pathlib import Path

from thinvenv.cache import DAY, write_atomically
from thinvenv.store import collection, places


def test_what_killed_processes_have_left_is_removed_after_a_day(tmp_path: Path) -> None:
    store = places.Store(str(tmp_path / "store"))
    places.create(store)
    document = Path(store.roots, "environment.json")
    write_atomically(document, "{}", unique=True)
    collection.prune(store)
    kept = sorted(Path(store.path).rglob("*"))
    leftovers = [Path(folder, ".name.json.4242.0a1b2c3d") for folder in (store.path, store.roots, store.references)]
    for path in leftovers:
        path.touch()
    Path(store.staging, "tmp1", "root").mkdir(parents=True)
    collection.prune(store)
    assert all(path.exists() for path in leftovers)  # their process may live

    for path in (*leftovers, Path(store.staging, "tmp1"), document):
        os.utime(path, (time.time() - DAY - 1,) * 2)
    collection.prune(store)

    assert sorted(Path(store.path).rglob("*")) == kept

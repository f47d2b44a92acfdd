"""The commands of stores: what they refuse, and what another process removes meanwhile."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.command_line import thinvenv
from thinvenv.store import collection, places, trees, verification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thinvenv.store.entries import Entry


@pytest.fixture
def store(tmp_path: Path) -> places.Store:
    """A store with an entry that no environment uses."""
    store = places.Store(str(tmp_path / "store"))
    places.create(store)
    (tmp_path / "store" / "entries" / "alpha-1.0-0123456789abcdef" / "lib").mkdir(parents=True)
    (tmp_path / "store" / "entries" / "alpha-1.0-0123456789abcdef" / "lib" / "a.py").write_text("x = 1\n")
    return store


@pytest.mark.parametrize("age", ["9" * 400 + "d", "9" * 5000 + "d", "\u0663d", "d", "1", "1.5d"])
def test_an_age_that_is_none_is_refused(age: str, store: places.Store) -> None:
    done = thinvenv("store", "prune", "--store", store.path, "--older-than", age)

    assert (done.code, done.err.startswith("error: `--older-than` cannot be `")) == (2, True)
    assert len(collection.contents(store)) == 1


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    absent = tmp_path / "a b"

    assert f"hint: an install with `--store '{absent}'` creates it" in thinvenv("store", "list", "--store", absent).err
    assert "hint: thinvenv store verify --store PATH" in thinvenv("store", "verify", "--store", "none").err


def test_what_is_removed_meanwhile_is_neither_counted_nor_damaged(
    store: places.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def walk_before_removal(root: str) -> Iterator[tuple[str, list[str], list[str]]]:
        for folder, folders, names in [*os.walk(root)]:
            shutil.rmtree(folder, ignore_errors=True)
            yield folder, folders, names

    damage_of = verification.damage_of

    def damage_before_removal(entry: Entry) -> str:
        damage = damage_of(entry)
        shutil.rmtree(entry.path)
        return damage

    monkeypatch.setattr(verification, "damage_of", damage_before_removal)
    done = thinvenv("store", "verify", "--store", store.path)
    assert (done.code, done.out, done.err) == (0, "", "1 entry verified, 0 damaged\n")

    os.mkdir(entry := os.path.join(store.entries, "beta-1.0-0123456789abcdef"))
    Path(entry, "file").touch()
    monkeypatch.setattr(trees, "walk", walk_before_removal)
    assert [stored.bytes for stored in collection.contents(store)] == [0]

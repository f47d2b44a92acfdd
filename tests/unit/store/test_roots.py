"""The roots of a store: a damaged file counts as absent, one that cannot be read now does not."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from thinvenv.store import roots
from thinvenv.store.places import Store, create

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = {"environment": "/env", "machine": "m", "mount": "/", "inode": 1, "entries": ["a-1-0"]}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a new store."""
    store = Store(str(tmp_path / "store"))
    create(store)
    return store


@pytest.mark.parametrize(
    "document",
    [
        *([], 7, {}, {**WHOLE, "entries": [7]}, {**WHOLE, "entries": "a"}, {**WHOLE, "environment": 7}),
        *({**WHOLE, "environment": "relative"}, {**WHOLE, "environment": "/\0"}, {**WHOLE, "mount": None}),
        {**WHOLE, "inode": "x"},
    ],
)
def test_a_damaged_file_counts_as_absent(document: Any, store: Store, tmp_path: Path) -> None:
    (tmp_path / "store" / "roots" / "damaged.json").write_text(json.dumps(document))
    (tmp_path / "store" / "roots" / "deep.json").write_text("[" * 200_000)

    assert roots.read(store) == {}


def test_everybody_can_read_what_an_environment_has_registered(store: Store, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert roots.register(store, str(tmp_path), ["a-1-0"])
        assert roots.register(store, str(tmp_path), ["b-1-0"], adding=True)
    finally:
        os.umask(before)

    ((path, root),) = roots.read(store).items()
    assert root.entries == ("a-1-0", "b-1-0")
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_reproducible_root_names_neither_machine_nor_inode_and_counts_until_others_are_forgotten(
    store: Store, tmp_path: Path
) -> None:
    for environment in (tmp_path / "one", tmp_path / "two"):
        environment.mkdir()
        roots.register(store, str(environment), ["a-1-0"], reproducible=True)
        environment.rmdir()

    registered = list(roots.read(store).values())
    assert [(root.machine, root.mount, root.inode) for root in registered] == [("unrecorded", "/", 0)] * 2
    assert all(root.may_exist() and not root.is_on_this_machine for root in registered)


def test_a_file_that_cannot_be_read_now_is_an_error(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots.register(store, str(tmp_path), ["a-1-0"])

    def fail(_path: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(roots, "read_bytes", fail)

    with pytest.raises(OSError, match="Input/output error"):
        roots.read(store)
    assert not roots.register(store, str(tmp_path), ["b-1-0"], adding=True)


def test_a_store_without_roots_has_none(tmp_path: Path) -> None:
    assert roots.read(Store(str(tmp_path))) == {}

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from thinvenv.errors import StoreError
from thinvenv.store import places
from thinvenv.store.places import Store, absolute_paths, create, open_stores

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_store_is_writable_for_its_owner_alone(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "new" / "store"))
    assert store.is_writable
    before = os.umask(0o002)
    try:
        create(store)
    finally:
        os.umask(before)

    assert os.stat(store.path).st_mode & 0o777 == 0o755
    assert os.stat(store.roots).st_mode & 0o7777 == 0o1777
    assert open_stores([store.path], {}) == (store,)


@pytest.mark.parametrize(("mode", "trust"), [(0o777, "group"), (0o775, ""), (0o775, "somebody")])
def test_a_store_that_others_can_write_to_is_refused(tmp_path: Path, mode: int, trust: str) -> None:
    tmp_path.chmod(mode)

    with pytest.raises(StoreError, match="is not used"):
        open_stores([str(tmp_path)], {"THINVENV_STORE_TRUST": trust})


def test_a_store_with_a_folder_that_everyone_can_write_is_refused(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    create(store)
    os.chmod(store.entries, 0o777)

    with pytest.raises(StoreError, match="is not used") as caught:
        open_stores([store.path], {})

    assert caught.value.hint == f"chmod o-w {store.entries}"


def test_the_stores_of_trusted_users_and_groups_are_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o2775)
    store, status = Store(str(tmp_path)), os.stat(tmp_path)
    of_another_user = os.stat_result((*status[:4], 54321, *status[5:]))

    with pytest.raises(StoreError, match="is not used") as caught:
        places._check_trust(store, of_another_user, {"THINVENV_STORE_TRUST": "group"})
    places._check_trust(store, of_another_user, {"THINVENV_STORE_TRUST": "group, 54321"})
    create(store)

    assert caught.value.why == (f"it belongs to {tmp_path.owner()}, who can run code in the environments that use it",)
    assert os.stat(store.entries).st_mode & 0o020


def test_names_of_stores_become_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")

    paths = absolute_paths(["default", "a", "none", str(tmp_path), "a"], "/srv")

    assert paths == ("/data/thinvenv/store", "/srv/a", str(tmp_path))


@pytest.mark.parametrize("text", ["", "7", "[]", "{}", "{", "[" * 200_000])
def test_a_damaged_format_is_a_clear_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "thinvenv-store.json").write_text(text)

    with pytest.raises(StoreError, match="is damaged") as caught:
        open_stores([str(tmp_path)], {})

    assert caught.value.hint == 'write {"format": 1} into it'

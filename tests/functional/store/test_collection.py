"""What a store contains, who uses it, and the removal and repair of entries."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from support.bases import snapshot
from support.command_line import thinvenv
from support.projects import Project
from support.venv import Indexer, Venv
from thinvenv.installation import check
from thinvenv.store import roots

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the path of a store that does not exist yet."""
    return tmp_path / "store"


@pytest.fixture
def venv(make_venv: Callable[..., Venv], index: Indexer, store: Path) -> Venv:
    """Return an environment with ``alpha`` and ``beta`` from the store."""
    index(Project("alpha"), Project("beta", modules={"beta.py": "", "_beta.so": "library"}))
    venv = make_venv(stores=[str(store)])
    venv.install("alpha", "beta")
    return venv


def listed(*arguments: str) -> dict[str, Any]:
    """Return the environments of each entry that a command prints, by the name of the distribution."""
    entries = thinvenv("store", *arguments, "--json").ok().json["entries"]
    return {entry["name"]: entry["environments"] for entry in entries}


def test_only_what_no_environment_uses_is_pruned(
    venv: Venv, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = ("--store", str(store))
    assert listed("list", *option) == {name: [str(venv.prefix)] for name in ("alpha", "beta")}
    assert listed("prune", *option) == {}

    renamed = Venv(tmp_path / "renamed", [])
    venv.prefix.rename(renamed.prefix)
    assert listed("prune", *option) == {}
    renamed.install("alpha", keep=False)
    assert listed("list", *option)["alpha"] == [str(renamed.prefix), str(venv.prefix)]

    shutil.rmtree(renamed.prefix)
    with monkeypatch.context() as patch:
        patch.setattr(roots, "this_machine", lambda: "another")
        assert listed("prune", *option) == {}
    assert listed("prune", *option, "--older-than", "1d") == {}
    assert thinvenv("store", "prune", *option).out == "removed alpha 1.0\nremoved beta 1.0\n"
    assert [len(list((store / name).iterdir())) for name in ("entries", "origins", "references", "roots")] == [0] * 4


def test_environments_of_other_machines_count_until_they_are_forgotten(
    venv: Venv, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(venv.prefix)
    monkeypatch.setattr(roots, "this_machine", lambda: "another")

    assert ", 1 environment, last used today\nbeta" in thinvenv("store", "list", "--store", store).out
    assert listed("prune", "--store", str(store)) == {}
    assert sorted(listed("prune", "--store", str(store), "--forget-machines")) == ["alpha", "beta"]


def test_entries_of_others_stay_and_their_owner_is_named(
    venv: Venv, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = next(store.glob("entries/alpha-*"))
    module = entry / "lib" / "python" / "site-packages" / "alpha" / "__init__.py"
    module.chmod(0o644)
    module.write_text("changed\n")
    shutil.rmtree(venv.prefix)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        pruned = thinvenv("store", "prune", "--store", store).ok()
        verified = thinvenv("store", "verify", "--store", store, "--repair")

    assert (pruned.out, len(list((store / "entries").iterdir()))) == ("", 2)
    assert f"left {entry}: it belongs to {entry.owner()}, and only its owner or root can remove it\n" in pruned.err
    assert f"cannot remove {entry}; it belongs to {entry.owner()}" in verified.out
    shutil.rmtree(store / "entries")
    (store / "entries").touch()
    assert thinvenv("store", "prune", "--store", store).out == ""


def test_members_of_a_group_lock_a_store_and_record_their_use(
    make_venv: Callable[..., Venv], index: Indexer, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.mkdir()
    store.chmod(0o775)
    monkeypatch.setenv("THINVENV_STORE_TRUST", "group")
    index(Project("alpha"))

    make_venv(stores=[str(store)]).install("alpha")

    files = [store / ".fill.lock", *(store / "origins").iterdir()]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o664] * 2


def test_a_damaged_entry_is_named_and_repaired(venv: Venv, store: Path) -> None:
    verify = ["store", "verify", "--store", str(store)]
    before = snapshot(store / "entries")
    assert thinvenv(*verify).ok().err.endswith("2 entries verified, 0 damaged\n")
    module = next(store.glob("entries/alpha-*/lib/python/site-packages/alpha/__init__.py"))
    module.chmod(0o644)
    module.write_text("changed\n")
    added = next(store.glob("entries/beta-*"))
    added.chmod(0o755)
    (added / "added").touch()
    library = next(added.rglob("_beta.so"))
    library.chmod(0o644)
    library.write_text("changed\n")  # the cache of uv has the same file

    damaged = thinvenv(*verify)
    assert (damaged.code, damaged.out.count("differs from RECORD")) == (1, 2)
    thinvenv(*verify, "--repair").ok()
    assert thinvenv(*verify, "--json").ok().json == {"schema": 1, "entries": []}
    assert snapshot(store / "entries").keys() == before.keys()
    assert venv.version("alpha") == "1.0"


def test_an_entry_that_cannot_be_repaired_is_reported(venv: Venv, store: Path) -> None:
    for origin in (store / "origins").iterdir():
        origin.unlink()
    shutil.move(venv.site / "alpha", venv.site / "elsewhere")
    module = next(store.glob("entries/alpha-*/lib/python/site-packages/alpha/__init__.py"))
    os.chmod(module.parent, 0o755)
    module.unlink()

    verified = thinvenv("store", "verify", "--store", store, "--repair")
    assert verified.code == 1
    assert "the next install brings it back" in verified.out
    assert not check.check(venv.prefix, venv.context).ok


def test_store_commands_check_their_arguments(tmp_path: Path) -> None:
    refused = [
        thinvenv("store", "list", "--store", tmp_path / "missing"),
        thinvenv("store", "prune", "--store", tmp_path, "--older-than", "30"),
        thinvenv("store", "prune", "--store", tmp_path, "--older-than", ""),
        thinvenv("store", "list", "--store", "none"),
    ]
    assert [(result.code, result.err.count("error: ")) for result in refused] == [(1, 1), (2, 1), (2, 1), (2, 1)]

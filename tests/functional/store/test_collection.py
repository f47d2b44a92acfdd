"""What a store contains, who uses it, and the removal and repair of entries."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from support.bases import snapshot
from support.projects import Project
from support.venv import Indexer, Venv
from thinvenv.cli import main
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
    index(Project("alpha"), Project("beta"))
    venv = make_venv(stores=[str(store)])
    venv.install("alpha", "beta")
    return venv


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Return the environments of each entry that a command prints, by the name of the distribution."""
    assert main(["store", *arguments, "--json"]) == 0
    return {entry["name"]: entry["environments"] for entry in json.loads(capsys.readouterr().out)["entries"]}


def test_only_what_no_environment_uses_is_pruned(
    venv: Venv, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    option = ("--store", str(store))
    assert listed(capsys, "list", *option) == {name: [str(venv.prefix)] for name in ("alpha", "beta")}
    assert listed(capsys, "prune", *option) == {}

    renamed = Venv(tmp_path / "renamed", [])
    venv.prefix.rename(renamed.prefix)
    assert listed(capsys, "prune", *option) == {}
    renamed.install("alpha", keep=False)
    assert listed(capsys, "list", *option)["alpha"] == [str(renamed.prefix), str(venv.prefix)]

    shutil.rmtree(renamed.prefix)
    with monkeypatch.context() as patch:
        patch.setattr(roots, "this_machine", lambda: "another")
        assert listed(capsys, "prune", *option) == {}
    assert listed(capsys, "prune", *option, "--older-than", "1d") == {}
    assert main(["store", "prune", *option]) == 0
    assert capsys.readouterr().out == "removed alpha 1.0\nremoved beta 1.0\n"
    assert [len(list((store / name).iterdir())) for name in ("entries", "origins", "references", "roots")] == [0] * 4


def test_environments_of_other_machines_count_until_they_are_forgotten(
    venv: Venv, store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(venv.prefix)
    monkeypatch.setattr(roots, "this_machine", lambda: "another")

    assert main(["store", "list", "--store", str(store)]) == 0
    assert ", 1 environment, last use 0 days ago\nbeta" in capsys.readouterr().out
    assert listed(capsys, "prune", "--store", str(store)) == {}
    assert sorted(listed(capsys, "prune", "--store", str(store), "--forget-machines")) == ["alpha", "beta"]


def test_a_damaged_entry_is_named_and_repaired(venv: Venv, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verify = ["store", "verify", "--store", str(store)]
    before = snapshot(store / "entries")
    assert main(verify) == 0
    assert capsys.readouterr().err.endswith("2 entries verified, 0 damaged\n")
    module = next(store.glob("entries/alpha-*/lib/python/site-packages/alpha/__init__.py"))
    module.chmod(0o644)
    module.write_text("changed\n")
    added = next(store.glob("entries/beta-*"))
    added.chmod(0o755)
    (added / "added").touch()

    assert main(verify) == 1
    assert capsys.readouterr().out.count("differs from RECORD") == 2
    assert main([*verify, "--repair"]) == 0
    assert main([*verify, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.partition("\n{")[2].join(("{", ""))) == {"schema": 1, "entries": []}
    assert snapshot(store / "entries").keys() == before.keys()
    assert venv.version("alpha") == "1.0"


def test_an_entry_that_cannot_be_repaired_is_reported(
    venv: Venv, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for origin in (store / "origins").iterdir():
        origin.unlink()
    shutil.move(venv.site / "alpha", venv.site / "elsewhere")
    module = next(store.glob("entries/alpha-*/lib/python/site-packages/alpha/__init__.py"))
    os.chmod(module.parent, 0o755)
    module.unlink()

    assert main(["store", "verify", "--store", str(store), "--repair"]) == 1
    assert "the next install brings it back" in capsys.readouterr().out
    assert not check.check(venv.prefix, venv.context).ok


def test_store_commands_check_their_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store", "list", "--store", str(tmp_path / "missing")]) == 1
    assert main(["store", "prune", "--store", str(tmp_path), "--older-than", "30"]) == 2
    assert main(["store", "prune", "--store", str(tmp_path), "--older-than", ""]) == 2
    assert main(["store", "list", "--store", "none"]) == 2
    assert capsys.readouterr().err.count("error: ") == 4

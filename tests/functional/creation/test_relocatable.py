"""``create --relocatable``: an environment that works at another path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.command_line import thinvenv as call
from support.projects import Project
from support.venv import Indexer, Venv
from thinvenv.environments.pip_scripts import script_start
from thinvenv.installation import check

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base

POINTS = "[console_scripts]\n{0} = {0}:main\n"


def tool(name: str, *requires: str, scripts: dict[str, str] | None = None) -> Project:
    main = "import sys\ndef main():\n    print(sys.prefix)\n"
    modules = {f"{name}.py": main}
    return Project(name, modules=modules, entry_points=POINTS.format(name), requires=requires, scripts=scripts or {})


@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_an_environment_works_where_it_was_moved(
    base: Base, index: Indexer, tmp_path: Path, notes: list[str], reuse: str
) -> None:
    base.install(tool("lib", scripts={"old": "#!python -E\nimport lib\nlib.main()\n"}))
    index(tool("app", "lib"), tool("stored"))
    words = ("--python", base.python, "--reuse", reuse, "--relocatable")
    for name in ("plain", "first"):
        plain = words[:-1] if name == "plain" else words
        store = ("--store", tmp_path / "store")
        created = call("create", tmp_path / name, *plain, *store, "app", "lib", "stored")
        assert created.code == 0
        assert ("its bases and its stores have to stay" in created.err) == (name == "first")
    moved = tmp_path / "elsewhere" / "moved"
    moved.parent.mkdir()
    (tmp_path / "first").rename(moved)
    venv = Venv(moved, notes)

    for name in ("app", "lib", "stored", "old"):
        assert venv.call(moved / "bin" / name) == str(moved), name
    assert check.check(moved, venv.context).ok
    assert not venv.install("app", "lib", "stored").installed
    assert venv.call(moved / "bin" / "app") == str(moved)
    assert str(tmp_path / "first") not in (moved / "bin" / "pip").read_text()


def test_only_uv_makes_relocatable_environments(tmp_path: Path, base: Base) -> None:
    done = call("create", tmp_path / "venv", "--python", base.python, "--relocatable", "--backend", "pip")

    assert done.code == 2
    assert "only uv makes relocatable environments" in done.err
    assert not (tmp_path / "venv").exists()


def test_a_relocatable_script_keeps_the_options_of_its_interpreter() -> None:
    assert script_start("/x/bin/python3.12", "-E -s").decode().splitlines() == [
        "#!/bin/sh",
        """'''exec' "$(dirname -- "$(realpath -- "$0")")"/python3.12 -E -s "$0" "$@\"""",
        "' '''",
    ]

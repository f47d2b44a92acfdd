"""Stores under tox: what several environments fill and share, and the summary."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from support.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.tox_projects import ToxProject
    from support.venv import Indexer


def test_environments_fill_and_share_a_store(project: ToxProject, base: Base, index: Indexer, tmp_path: Path) -> None:
    store = tmp_path / "store"
    base.install(Project("alpha"))
    index(Project("beta"), Project("gamma", requires=("beta",)))
    project.write(
        "tox.ini",
        "[tox]\nenv_list = a, b\nno_package = true\n"
        f"[testenv]\nbase_python = {base.python}\nsystem_site_packages = true\nthin_store = {store}\n"
        "deps = alpha\n    gamma\ncommands = python -c 'import alpha, gamma'\n",
    )

    first = project.tox("run-parallel", "-p", "2", "--parallel-no-spinner", "-o")
    shown = project.tox("thin")
    shutil.rmtree(project.root / ".tox" / "a")
    second = project.tox("-e", "a")

    assert first.lines("thin: 2 environments reuse 2, link 4 from stores")
    assert shown.lines("link 2 from stores, ")
    assert shown.lines("total: 2 environments reuse 2, link 4 from stores, take ")
    assert second.lines("link 2 from the store")
    assert sorted(path.name.partition("-")[0] for path in (store / "entries").iterdir()) == ["beta", "gamma"]

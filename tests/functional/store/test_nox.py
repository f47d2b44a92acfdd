"""Stores under nox: the keyword of a session, and what the log says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.noxfiles import Nox
from support.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer


def test_sessions_fill_and_share_a_store(base: Base, index: Indexer, tmp_path: Path) -> None:
    store = tmp_path / "store"
    base.install(Project("alpha"))
    index(Project("beta"), Project("gamma", requires=("beta",)))
    nox = Nox(tmp_path / "project", base.python).write(
        f"""
        from thinvenv.nox import session

        @session(python=PYTHON, venv_backend="uv", thin_reuse="inherit", thin_store={str(store)!r})
        def one(session):
            session.install("alpha", "gamma")
            session.run("python", "-c", "import alpha, gamma")

        @session(python=PYTHON, venv_backend="uv", thin_reuse="inherit", thin_store={str(store)!r})
        def two(session):
            session.install("alpha", "gamma")
        """
    )

    result = nox.run().ok()

    assert result.err.count("reuse 1, link 2 from the store") == 2
    assert sorted(path.name.partition("-")[0] for path in (store / "entries").iterdir()) == ["beta", "gamma"]

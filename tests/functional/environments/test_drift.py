"""Environments that warn of a changed base, from the command line to the start of their interpreter."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from support.command_line import thinvenv as call
from support.projects import Project
from thinvenv.environments import drift
from thinvenv.files import read_bytes

if TYPE_CHECKING:
    from support.bases import Base
    from support.venv import Indexer, Venv


def test_an_environment_remembers_that_it_warns(linked: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha"), Project("beta"))
    index(Project("alpha", "2.0"))
    env = ("--env", str(linked.prefix))
    files = [linked.site / name for name in drift.FILES]
    linked.install("alpha")
    assert not any(path.exists() for path in files)

    assert call("set", *env, "--warn-drift").code == 0
    assert all(path.exists() for path in files)
    assert linked.run("import sys") == ""
    linked.install("beta")
    assert b"beta 1.0" in read_bytes(linked.site / drift.PATHS)
    assert not linked.install("beta").changes

    (info,) = base.site.glob("alpha-*")
    info.rename(base.site / "alpha-1.1.dist-info")
    started = subprocess.run([linked.python, "-c", ""], capture_output=True, text=True, check=True)
    assert "alpha 1.0 is no longer in" in started.stderr
    assert call("set", *env, "--no-warn-drift").code == 0
    assert not any(path.exists() for path in files)
    assert call("set", *env, "--warn-drift").code == 0
    assert all(path.exists() for path in files)

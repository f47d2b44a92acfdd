"""The plugin for Dask on a real cluster of processes on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from support.projects import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.venv import Indexer, Venv

pytestmark = pytest.mark.cluster

SCRIPT = """
    import os
    from distributed import Client, LocalCluster
    from thinvenv.dask import ThinInstall

    def describe():
        import mine
        return mine.__version__, os.getpid()

    if __name__ == "__main__":
        options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
        with LocalCluster(**options) as cluster, Client(cluster) as client:
            processes = set(client.run(os.getpid).values())
            client.register_plugin(ThinInstall("mine"))
            answers = set(client.run(describe).values())
            assert answers == {("1.0", process) for process in processes}, (answers, processes)
            cluster.scale(3)
            client.wait_for_workers(3)
            assert len(client.run(describe)) == 3
            try:
                client.register_plugin(ThinInstall("absent"))
            except Exception as error:
                assert "no set of distributions" in str(error), error
            else:
                raise AssertionError("absent was installed")
        print("all workers imported it")
"""


def run(python: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    script = folder / "script.py"
    script.write_text(dedent(SCRIPT))
    return subprocess.run([python, script], capture_output=True, text=True, check=False, timeout=300)


def test_running_workers_import_what_was_installed(
    make_venv: Callable[..., Venv], index: Indexer, tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    index(Project("mine"))

    process = run(make_venv(python=sys.executable).python, tmp_path)

    assert process.stdout.splitlines()[-1:] == ["all workers imported it"], process.stderr


def test_workers_outside_of_an_environment_refuse(index: Indexer, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    index(Project("mine"))
    base = Path(sys.base_prefix, "bin", "python3")
    site = next(path for path in sys.path if path.endswith("site-packages"))
    source = Path(__file__).parents[3] / "src"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(source), site])}
    (tmp_path / "script.py").write_text(dedent(SCRIPT))

    process = subprocess.run(
        [base, tmp_path / "script.py"], env=environ, capture_output=True, text=True, check=False, timeout=300
    )

    assert process.returncode == 1
    assert "which is no virtual environment" in process.stderr

"""The plugin for Dask, in the process of the tests."""

from __future__ import annotations

import importlib
import logging
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.projects import Project
from thinvenv.errors import NotAnEnvironmentError, UsageError

if TYPE_CHECKING:
    from support.bases import Base
    from support.venv import Indexer, Venv

pytest.importorskip("distributed")
dask = importlib.import_module("thinvenv.dask")


def test_it_installs_what_is_missing_and_logs_warnings(
    base: Base, venv: Venv, index: Indexer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    base.install(Project("shared"))
    index(Project("mine", requires=("shared",)))
    monkeypatch.setattr(dask, "prefix_of", lambda _env: venv.prefix)
    plugin = dask.ThinInstall("mine", never_reuse=["absent"])

    with caplog.at_level(logging.WARNING):
        pickle.loads(pickle.dumps(plugin._install_fn))()  # as Dask sends it

    process = subprocess.run([venv.python, "-c", "import mine, shared"], capture_output=True, text=True, check=False)
    assert (process.returncode, process.stderr) == (0, "")
    assert "absent" in caplog.text


def test_a_note_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    dask._LogReporter().note("restart it")

    assert "restart it" in caplog.text


def test_an_error_keeps_its_words_on_its_way_to_the_client() -> None:
    with pytest.raises(NotAnEnvironmentError) as caught:
        dask._check_environment("/usr", "/usr")

    text = str(pickle.loads(pickle.dumps(caught.value)))
    assert text == str(caught.value)
    assert "runs in /usr, which is no virtual environment" in text
    assert "thinvenv create" in text


def test_without_requirements_there_is_nothing_to_install() -> None:
    with pytest.raises(UsageError, match="nothing to install"):
        dask.ThinInstall()

    assert dask.ThinInstall(groups="test", restart_workers=True).restart_workers


def test_importing_thinvenv_imports_no_engine() -> None:
    script = "import thinvenv, sys; thinvenv.install; print({'ray', 'distributed', 'dask'} & sys.modules.keys())"

    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert output.strip() == "set()"

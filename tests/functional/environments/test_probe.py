"""An interpreter is understood whatever its start-up code prints, and wherever."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.projects import Project
from support.venv import actions
from thinvenv.environments import probe
from thinvenv.errors import InterpreterError, NotAnEnvironmentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv
    from thinvenv.choices import BackendName

START_UP_CODE = {
    "text before and after": "import atexit, sys; print('hello world'); sys.stdout.write('license ok '); "
    "atexit.register(lambda: print('bye'))",
    "another encoding": "import sys; sys.stdout.reconfigure(encoding='utf-16'); print('hello')",
    "undecodable bytes": "import os; os.write(1, b'\\xff\\xc3')",
    "another stream": "import sys; sys.stdout = sys.stderr; print('hello')",
    "a closed stream": "import sys; sys.stdout.write('hello'); sys.stdout = None",
    "another descriptor": "import os; os.dup2(2, 1)",
}


@pytest.mark.parametrize(
    ("printed", "backend"),
    # uv cannot use any of these interpreters, so pip is run in each case.
    [*((printed, "uv") for printed in START_UP_CODE), ("text before and after", "pip")],
)
def test_an_interpreter_that_prints_is_understood(
    printed: str, backend: BackendName, base: Base, make_venv: Callable[..., Venv], index: Indexer
) -> None:
    base.install(Project("alpha"))
    (base.site / "sitecustomize.py").write_text(START_UP_CODE[printed])
    index(Project("beta", requires=("alpha",)))

    venv = make_venv(python=str(base.python), backend=backend)

    assert actions(venv.install("beta", backend=backend)) == {"alpha": "reuse", "beta": "install"}
    assert (venv.site / "beta").is_dir()
    notes = [note for note in venv.notes if "so pip is used instead" in note]
    assert len(notes) == (backend == "uv")


def test_a_broken_environment_can_be_created_again(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").touch()
    (tmp_path / "bin").mkdir()
    hint = f"thinvenv create --clear {tmp_path}"
    with pytest.raises(NotAnEnvironmentError, match="has no interpreter") as missing:
        probe.python_of(tmp_path)
    assert missing.value.hint == hint

    python = tmp_path / "bin" / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(InterpreterError, match="does not start") as broken:
        probe.probe(python, os.environ)
    assert broken.value.hint == hint

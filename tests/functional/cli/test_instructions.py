"""The instructions of an install that has nothing to do, in proportion to those of the interpreter alone.

Instructions depend neither on the load of a machine nor on its speed, so the proportion can have a narrow limit.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support import ROOT
from support.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Venv

CEILINGS = {(3, 11): 2.75, (3, 12): 2.75, (3, 13): 2.5}
"""The highest proportion for a version of Python. They only go down."""
COMMAND = "import sys; from thinvenv.cli import main; sys.exit(main())"


def instructions(*arguments: str, folder: Path) -> int:
    """Return how many instructions the interpreter executes with some arguments."""
    ignored = ("PYTHON", "COV", "PIP_", "UV_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(ignored)}
    environ |= {"PYTHONHASHSEED": "0", "PIP_CONFIG_FILE": os.devnull, "THINVENV_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, *arguments]
    subprocess.run(command, env=environ, cwd=folder, check=True, capture_output=True)  # writes byte code
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    counted = subprocess.run([*valgrind, *command], env=environ, cwd=folder, check=True, capture_output=True, text=True)
    return int(re.findall(r"Collected : (\d+)", counted.stderr)[0])


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed, which counts instructions")
@pytest.mark.skipif(sys.version_info[:2] not in CEILINGS, reason="no proportion is recorded for this Python")
def test_an_install_with_nothing_to_do_needs_few_instructions(tmp_path: Path, base: Base, venv: Venv) -> None:
    base.install(Project("mine"))
    install = ("-c", COMMAND, "install", "--env", str(venv.prefix), "mine")

    ratio = instructions(*install, folder=tmp_path) / instructions("-c", "pass", folder=tmp_path)

    assert ratio <= CEILINGS[sys.version_info[:2]]


@pytest.mark.skipif(sys.platform != "linux", reason="platformdirs finds the cache folder elsewhere, and loads both")
def test_an_install_with_nothing_to_do_loads_neither_typing_nor_pathlib() -> None:
    modules = "thinvenv.cli.commands, thinvenv.cli.quick_options, thinvenv.cli.quick_run, thinvenv.requirements.files"
    code = (
        f"import sys, {modules}, thinvenv.installation.content_check, thinvenv.model\n"
        "thinvenv.model.Plan, thinvenv.model.from_json, thinvenv.cache.default_cache({}).load('kind', 'key')\n"
        "print(*sys.modules)"
    )
    environ = {"PYTHONPATH": str(ROOT / "src"), "HOME": str(ROOT)}
    command = [sys.executable, "-S", "-c", code]  # without what start-up files load, such as those of coverage

    completed = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)

    loaded = completed.stdout.split()
    assert "thinvenv.engine" in loaded
    assert {"typing", "pathlib"}.isdisjoint(loaded)

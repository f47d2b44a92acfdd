"""The byte code of entries: what is compiled, and what it contains."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import pytest

from thinvenv.context.context import current_context
from thinvenv.environments.probe import probe
from thinvenv.store import byte_code

MODULES = {"a-1/a.py": "x = 1\n", "a-1/tests/b.py": "x = 2\n", "a-1/broken.py": "x =\n"}


@pytest.mark.parametrize("version", ["3.8", "3.12"])
def test_modules_are_compiled_except_for_tests(version: str, tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "entries"  # the store itself may lie in a directory of tests
    for name, content in MODULES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    context = current_context(environ={"PYC_INVALIDATION_MODE": "CHECKED_HASH", "THINVENV_CACHE_DIR": str(tmp_path)})
    environment = probe(Path(sys.executable), context.environ)
    environment = environment._replace(markers={**environment.markers, "python_version": version})

    byte_code.compile_entries(str(folder), "/store/entries", environment, context)

    (compiled,) = folder.rglob("*.pyc")
    byte_code_file = compiled.read_bytes()
    assert compiled.parent.parent == folder / "a-1"
    assert struct.unpack("<I", byte_code_file[4:8]) == (3,)  # a hash that is checked
    assert (b"/store/entries/a-1/a.py" in byte_code_file) is (version != "3.8")


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_one_process_compiles_where_several_cannot(tmp_path: Path) -> None:
    (tmp_path / "entries" / "a-1").mkdir(parents=True)
    (tmp_path / "entries" / "a-1" / "a.py").touch()
    python = tmp_path / "python"
    failure = "echo Traceback >&2; exit 1"  # of `multiprocessing`, where `/dev/shm` is read-only
    python.write_text(f'#!/bin/sh\ncase "$*" in *"-j 0"*) {failure};; esac\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    context = current_context(environ={"THINVENV_CACHE_DIR": str(tmp_path)})
    environment = probe(Path(sys.executable), context.environ)._replace(python=str(python))

    byte_code.compile_entries(str(tmp_path / "entries"), "/store/entries", environment, context)

    assert len(list(tmp_path.rglob("a.*.pyc"))) == 1

"""The byte code of the modules that thinvenv copies into environments."""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING

import pytest

from thinvenv.environments import bootstrap
from thinvenv.model import Environment

if TYPE_CHECKING:
    from pathlib import Path


class LoaderWithoutCompiler(SourceFileLoader):
    """Loads modules whose byte code is there."""

    def source_to_code(self, *_arguments: object, **_options: object) -> object:  # type: ignore[override]
        raise NotImplementedError("there is no byte code")


def environment(site: Path, cache_tag: str) -> Environment:
    return Environment("", "", "", "", cache_tag, "", "", str(site), str(site), "", (), {})


def is_compiled(site: Path, name: str) -> bool:
    try:
        return LoaderWithoutCompiler(name, str(site / f"{name}.py")).get_code(name) is not None
    except NotImplementedError:
        return False


@pytest.fixture
def own(tmp_path: Path) -> Environment:
    """Return an environment for the version of Python that runs the tests."""
    return environment(tmp_path, sys.implementation.cache_tag)


@pytest.mark.parametrize("name", bootstrap.MODULES)
def test_start_up_modules_need_not_be_compiled(own: Environment, tmp_path: Path, name: str) -> None:
    bootstrap.write_startup_files(own)
    assert is_compiled(tmp_path, name)


def test_bytecode_follows_a_changed_module(own: Environment, tmp_path: Path) -> None:
    bootstrap.write_startup_files(own)
    (tmp_path / "_thinvenv.py").write_text("an older version")
    assert not is_compiled(tmp_path, "_thinvenv")
    bootstrap.write_startup_files(own)
    assert is_compiled(tmp_path, "_thinvenv")


def test_current_bytecode_is_not_written_again(own: Environment, tmp_path: Path) -> None:
    bootstrap.write_startup_files(own)
    before = {path: path.stat().st_ino for path in tmp_path.glob("__pycache__/*")}
    bootstrap.write_startup_files(own)
    assert {path: path.stat().st_ino for path in tmp_path.glob("__pycache__/*")} == before != {}


def test_no_bytecode_for_another_version_of_python(tmp_path: Path) -> None:
    bootstrap.write_startup_files(environment(tmp_path, "cpython-38"))
    assert (tmp_path / "_thinvenv.py").exists()
    assert not (tmp_path / "__pycache__").exists()

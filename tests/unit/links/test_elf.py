"""The search paths of shared objects: numbers that make no sense are no reason to fail."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thinvenv.links.elf import search_paths

if TYPE_CHECKING:
    from pathlib import Path

HEAD = b"\x7fELF\x02\x01"


@pytest.fixture(scope="session")
def shared_object(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elf") / "module.so"


@given(st.binary(max_size=300), st.sampled_from([HEAD, HEAD[:4] + b"\x01\x02", HEAD[:4], b""]))
def test_any_file_has_search_paths_or_none(shared_object: Path, content: bytes, head: bytes) -> None:
    shared_object.write_bytes(head + content)

    assert isinstance(search_paths(str(shared_object)), tuple)


@pytest.mark.parametrize("byte", [b"\xff", b"\x7f", b"\0", b"\x01"])
def test_large_numbers_are_not_believed(byte: bytes, tmp_path: Path) -> None:
    (tmp_path / "module.so").write_bytes(HEAD + byte * 5000)

    assert search_paths(str(tmp_path / "module.so")) == ()


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "module.so")

    assert search_paths(str(tmp_path / "module.so")) == ()

"""Reading files of others: only regular files, only up to a size, and only if they are whole."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thinvenv.files import (
    UnsuitableFileError,
    exists,
    is_file_name,
    is_transient,
    json_with_checksum,
    read_bytes,
    verified_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_content_of_a_regular_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 10_000)
    (tmp_path / "empty").touch()

    assert read_bytes(tmp_path / "file") == b"x" * 10_000
    assert read_bytes(tmp_path / "empty") == b""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no file without a size")
def test_a_file_without_a_size_is_read_to_its_end() -> None:
    assert read_bytes("/proc/self/status").endswith(b"\n")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link_to_endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def large_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5000)


@pytest.mark.parametrize("make", [pipe, link_to_endless_device, large_file])
def test_what_may_take_forever_is_not_read(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "file")

    with pytest.raises(UnsuitableFileError, match="file") as caught:
        read_bytes(tmp_path / "file", limit=4999)
    assert not is_transient(caught.value)


def test_a_file_that_grows_while_it_is_read_is_read_up_to_the_limit() -> None:
    """The files in ``/proc`` have no size, like one that another process has begun to write."""
    if not os.path.exists("/proc/self/maps"):
        pytest.skip("no file without a size")
    with pytest.raises(UnsuitableFileError):
        read_bytes("/proc/self/maps", limit=100)


@pytest.mark.parametrize("name", ["missing", "null\0byte", "x" * 300, "folder", "file/below"])
def test_a_file_that_cannot_exist_is_an_error_that_comes_back(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match=r"Errno|null byte") as caught:
        read_bytes(tmp_path / name)
    assert not is_transient(caught.value)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.EACCES, errno.ENOMEM, errno.ESTALE])
def test_an_error_that_says_nothing_of_the_content_may_pass(number: int) -> None:
    assert is_transient(OSError(number, os.strerror(number)))


@given(st.dictionaries(st.text(), st.integers() | st.text()), st.sampled_from([None, 1]), st.data())
def test_a_sealed_document_tells_whether_it_is_whole(
    document: dict[str, object], indent: int | None, data: st.DataObject
) -> None:
    text = json.dumps(document, indent=indent)
    whole = json_with_checksum(text, "name")

    assert json.loads(verified_json(whole, "name")) == document
    assert json.loads(whole) == {**document, "checksum": json.loads(whole)["checksum"]}  # still one object
    with pytest.raises(ValueError, match="checksum"):
        verified_json(whole, "another name")
    with pytest.raises(ValueError, match="checksum"):
        verified_json(whole[: data.draw(st.integers(0, len(whole) - 1))], "name")
    place = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ValueError, match="checksum"):
        verified_json(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :], "name")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a\\b", "a\0b"])
def test_a_path_is_no_file_name(name: str) -> None:
    assert not is_file_name(name)
    assert is_file_name(f"a{name}".partition("/")[0].partition("\\")[0].partition("\0")[0])


def test_an_error_of_a_read_names_the_file() -> None:
    if not os.path.exists("/proc/self/mem"):
        pytest.skip("no file whose first byte cannot be read")
    with pytest.raises(OSError, match="/proc/self/mem") as caught:
        read_bytes("/proc/self/mem")
    assert is_transient(caught.value)


def test_a_link_that_leads_nowhere_exists(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")

    assert exists(tmp_path / "link")
    assert not any(exists(tmp_path / name) for name in ("missing", "null\0byte", "x" * 300, "link/below"))

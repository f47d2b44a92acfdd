"""Symbolic links and copies: created, checked and removed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from thinvenv.links import link_or_copy

if TYPE_CHECKING:
    from pathlib import Path

BOTH = pytest.mark.parametrize("kind", [link_or_copy.SYMLINK, link_or_copy.COPY])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A file of the base."""
    path = tmp_path / "base.py"
    path.write_text("original")
    return path


@BOTH
def test_a_new_link_is_intact_until_its_target_changes(tmp_path: Path, target: Path, kind: str) -> None:
    path = tmp_path / "link.py"

    link_or_copy.create_link(str(target), str(path), kind)

    assert path.read_text() == "original"
    assert path.is_symlink() is (kind == link_or_copy.SYMLINK)
    assert link_or_copy.is_intact(str(target), str(path), kind)
    target.unlink()
    assert not link_or_copy.is_intact(str(target), str(path), kind)


@BOTH
def test_an_existing_file_is_not_replaced(tmp_path: Path, target: Path, kind: str) -> None:
    path = tmp_path / "own.py"
    path.write_text("the file of another installer")

    link_or_copy.create_link(str(target), str(path), kind, str(tmp_path))

    assert path.read_text() == "the file of another installer"
    assert not link_or_copy.is_intact(str(target), str(path), kind)


def test_a_link_cache_has_one_link_for_each_target(tmp_path: Path, target: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()

    for name in ("first.py", "second.py"):
        link_or_copy.create_link(str(target), str(tmp_path / name), link_or_copy.SYMLINK, str(cache))

    (cached,) = cache.iterdir()
    for path in (cached, tmp_path / "first.py", tmp_path / "second.py"):
        assert os.readlink(path) == str(target)
    if os.link in os.supports_follow_symlinks:
        assert cached.lstat().st_nlink == 3


def test_a_link_cache_that_does_not_exist_is_not_used(tmp_path: Path, target: Path) -> None:
    link_or_copy.create_link(str(target), str(tmp_path / "link.py"), link_or_copy.SYMLINK, str(tmp_path / "missing"))

    assert os.readlink(tmp_path / "link.py") == str(target)


@BOTH
def test_a_link_is_removed_without_its_target(tmp_path: Path, target: Path, kind: str) -> None:
    path = tmp_path / "link.py"
    link_or_copy.create_link(str(target), str(path), kind)

    link_or_copy.remove_link(str(path), kind)
    link_or_copy.remove_link(str(path), kind)

    assert not os.path.lexists(path)
    assert target.read_text() == "original"


def test_a_file_in_the_place_of_a_symbolic_link_stays(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text("")

    link_or_copy.remove_link(str(path), link_or_copy.SYMLINK)

    assert path.exists()


def test_symbolic_links_are_chosen_where_they_can_be_created(tmp_path: Path) -> None:
    assert link_or_copy.choose(tmp_path) == link_or_copy.SYMLINK
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_has_tried_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".thinvenv-trial-x").mkdir()

    assert link_or_copy.choose(tmp_path) == link_or_copy.SYMLINK
    assert list(tmp_path.iterdir()) == []

"""Fingerprints of files and of source trees."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from thinvenv.files.fingerprint import digest, file_state, source_fingerprint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "mine"\n')
    (folder / "mine.py").write_text("a = 1\n")
    return folder


def fingerprints(path: Path) -> tuple[str, str]:
    """Return the fingerprint of a project that is installed, and of one that is installed in development mode."""
    installed, editable = (source_fingerprint(str(path), editable=editable) for editable in (False, True))
    return installed, editable


def test_the_state_of_a_file_changes_with_its_time_and_with_its_size(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("text")
    os.utime(path, ns=(1, 1))
    before = file_state(path)

    path.write_text("more text")
    os.utime(path, ns=(1, 1))
    longer = file_state(path)
    path.write_text("TEXT")
    os.utime(path, ns=(1, 2))
    later = file_state(path)

    assert len({before, longer, later, ""}) == 4
    os.utime(path, ns=(1, 1))
    assert file_state(str(path)) == before


def test_the_state_of_a_folder_changes_when_a_file_comes(tmp_path: Path) -> None:
    os.utime(tmp_path, ns=(1, 1))
    before = file_state(tmp_path)

    (tmp_path / "file").touch()

    assert file_state(tmp_path) != before


def test_a_file_that_does_not_exist_has_no_state(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert (file_state(tmp_path / "absent"), file_state(tmp_path / "file" / "below")) == ("", "")


def test_a_digest_depends_on_each_string_and_on_their_order() -> None:
    parts = [["a", "b"], ["b", "a"], ["ab"], ["a", "b", ""], [], ["a\udc80", "b"]]

    assert len({digest(strings) for strings in parts}) == len(parts)
    assert digest(iter(["a", "b"])) == digest(("a", "b"))


def test_the_fingerprint_of_a_project_ignores_what_builds_and_environments_put_there(project: Path) -> None:
    before = fingerprints(project)

    for folder in (".git", "build", "__pycache__", "mine.egg-info", "node_modules"):
        (project / folder).mkdir()
        (project / folder / "x.py").touch()
    (project / "env").mkdir()
    (project / "env" / "pyvenv.cfg").touch()

    assert fingerprints(project) == before


def test_the_fingerprint_of_an_editable_project_depends_on_its_build_files_alone(project: Path) -> None:
    installed, editable = fingerprints(project)

    os.utime(project / "mine.py", ns=(1, 1))
    assert fingerprints(project)[0] != installed
    assert fingerprints(project)[1] == editable

    os.utime(project / "pyproject.toml", ns=(1, 1))
    assert fingerprints(project)[1] != editable


def test_the_fingerprint_of_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / "mine-1.0.tar.gz"
    archive.touch()
    before = source_fingerprint(str(archive), editable=False)

    archive.write_bytes(b"content")

    assert source_fingerprint(str(archive), editable=False) != before

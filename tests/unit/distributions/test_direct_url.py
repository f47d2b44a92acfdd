"""Where a distribution was installed from, compared with what a requirement names."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from thinvenv.distributions import direct_url
from thinvenv.model import Distribution, Inventory, Layer, Root

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = {
    "url": "https://host.test/repo.git",
    "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": COMMIT},
    "subdirectory": "sub",
}
ARCHIVE = {"url": "https://host.test/a%2B1-1.0.zip", "archive_info": {"hashes": {"sha256": "aa", "md5": "bb"}}}


def make(document: Any) -> Distribution:
    """Return a distribution with a document, or a text, as its ``direct_url.json``."""
    text = document if isinstance(document, str) else json.dumps(document)
    return Distribution("my-pkg", "1.0", "", "/base", direct_url=text)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "[]",
        "null",
        {"url": "https://host.test/a.zip"},
        {"archive_info": {}},
        {"url": "https://host.test/a.zip", "dir_info": {"editable": True}},
        {"url": "http://[broken", "dir_info": {}},
        {**GIT, "archive_info": {}},
        {**GIT, "vcs_info": {"vcs": "git"}},
        {**ARCHIVE, "archive_info": {"hash": "no algorithm"}},
    ],
)
def test_an_invalid_document_counts_as_none(document: Any) -> None:
    distribution = make(document)

    assert direct_url.parse(distribution.direct_url) is None
    assert not direct_url.matches("https://host.test/a.zip", distribution)
    assert not direct_url.is_editable(distribution)
    assert not direct_url.archive_hashes(distribution)
    assert direct_url.local_path(distribution) == direct_url.archive_url(distribution) == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git+https://host.test/repo.git@v1#subdirectory=sub", True),
        ("git+https://host.test/repo.git@v1#subdirectory=other", False),
        ("git+https://host.test/repo.git@v1", False),
        (f"git+https://user:secret@host.test/repo.git@{COMMIT}#subdirectory=sub", True),
        ("git+https://host.test/repo.git/@v1#subdirectory=sub", True),
        ("git+https://host.test/repo.git@v2", False),
        ("git+https://host.test/repo.git", False),
        ("hg+https://host.test/repo.git@v1", False),
        ("https://host.test/repo.git@v1", False),
    ],
)
def test_a_repository_matches_by_its_revision(url: str, *, expected: bool) -> None:
    assert direct_url.matches(url, make(GIT)) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://host.test/a+1-1.0.zip", True),
        ("https://me@host.test/a%2B1-1.0.zip#sha256=aa", True),
        ("https://host.test/a+1-1.0.zip#subdirectory=sub", False),
        ("https://host.test/other.zip", False),
    ],
)
def test_an_archive_matches_by_its_url(url: str, *, expected: bool) -> None:
    assert direct_url.matches(url, make(ARCHIVE)) is expected


def test_a_subdirectory_is_part_of_an_archive_url() -> None:
    distribution = make({**ARCHIVE, "subdirectory": "sub"})

    assert direct_url.archive_url(distribution) == f"{ARCHIVE['url']}#subdirectory=sub"
    assert direct_url.matches(f"{ARCHIVE['url']}#egg=x&subdirectory=sub", distribution)


def test_the_url_of_a_repository_names_the_commit() -> None:
    expected = f"git+https://host.test/repo.git@{COMMIT}#subdirectory=sub"

    assert direct_url.archive_url(make(GIT)) == expected


def test_hashes_come_from_the_legacy_field_too() -> None:
    legacy = make({"url": ARCHIVE["url"], "archive_info": {"hash": "sha256=aa"}})

    assert direct_url.archive_hashes(legacy) == {"sha256:aa"}
    assert direct_url.archive_hashes(make(ARCHIVE)) == {"sha256:aa", "md5:bb"}
    assert not direct_url.archive_hashes(make({"url": ARCHIVE["url"], "archive_info": {}}))


@pytest.mark.parametrize("editable", [True, False])
def test_a_local_project_is_found_in_the_mode_that_is_asked_for(tmp_path: Path, *, editable: bool) -> None:
    distribution = make({"url": tmp_path.as_uri(), "dir_info": {"editable": editable}})
    inventory = Inventory((Layer("/base", "base"),), (distribution,))
    root = Root(str(tmp_path), path=str(tmp_path), editable=True)

    assert direct_url.local_path(distribution) == str(tmp_path)
    assert direct_url.is_editable(distribution) is editable
    assert direct_url.archive_url(distribution) == ""
    assert (direct_url.installed_from(root, inventory) == distribution) is editable
    assert direct_url.installed_in_any_way_from(root, inventory) == distribution


def test_a_local_archive_is_the_same_if_its_hash_is(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    distribution = make({"url": archive.as_uri(), "archive_info": {"hashes": {"sha256": digest}}})
    inventory = Inventory((Layer("/base", "base"),), (distribution,))
    root = Root(str(archive), path=str(archive))

    assert direct_url.has_same_source(root, inventory)
    archive.write_bytes(b"other")
    assert not direct_url.has_same_source(root, inventory)
    archive.unlink()
    assert direct_url.has_same_source(root, inventory)


def test_a_source_tree_is_the_same_if_nothing_in_it_is_newer_than_the_install(tmp_path: Path) -> None:
    source, location = tmp_path / "source", tmp_path / "my_pkg-1.0.dist-info"
    for folder in (source / "src", location):
        folder.mkdir(parents=True)
    for path in (source / "pyproject.toml", source / "src" / "mine.py", source / "src" / "old.py"):
        path.touch()
    metadata = location / "METADATA"
    metadata.touch()
    for path in (*source.rglob("*"), source):
        os.utime(path, (1000, 1000))
    os.utime(metadata, (2000, 2000))
    document = json.dumps({"url": source.as_uri(), "dir_info": {}})
    distribution = Distribution("my-pkg", "1.0", str(location), "/base", direct_url=document)
    inventory = Inventory((Layer("/base", "base"),), (distribution,))
    root = Root(str(source), path=str(source))

    assert direct_url.has_same_source(root, inventory)
    (source / "src" / "old.py").unlink()
    assert not direct_url.has_same_source(root, inventory)
    os.utime(source / "src", (1000, 1000))
    assert direct_url.has_same_source(root, inventory)
    os.utime(source / "src" / "mine.py", (3000, 3000))
    assert not direct_url.has_same_source(root, inventory)


@pytest.mark.parametrize(
    ("fragment", "expected"), [("", True), ("#sha256=aa", True), ("#sha256=cc", False), ("#sha512=cc", True)]
)
def test_a_hash_in_the_url_has_to_be_the_recorded_one(fragment: str, expected: bool) -> None:  # noqa: FBT001 - a parameter
    assert direct_url.matches(ARCHIVE["url"] + fragment, make(ARCHIVE)) is expected  # type: ignore[operator]

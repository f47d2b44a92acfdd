"""After a power failure: what had not reached the disk is noticed when the system has started again."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from support.metadata_formats import write_files
from thinvenv.cache import Cache
from thinvenv.environments import durability, receipt
from thinvenv.environments.receipt import Receipt
from thinvenv.model import Distribution, Environment, Layer, WrittenScript
from thinvenv.resolution import metadata_view

if TYPE_CHECKING:
    from pathlib import Path

DIST_INFO = "my_pkg-1.0.dist-info"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a site directory with one distribution."""
    record = f"my_pkg/__init__.py,,10000\nmy_pkg/empty.py,,0\n{DIST_INFO}/RECORD,,\n"
    files = {"my_pkg/__init__.py": "x" * 10_000, "my_pkg/empty.py": "", f"{DIST_INFO}/METADATA": "Name: my-pkg\n"}
    files[f"{DIST_INFO}/INSTALLER"] = "uv\n"
    write_files(tmp_path / "env" / "site", {**files, f"{DIST_INFO}/RECORD": record})
    return tmp_path / "env" / "site"


def saved_in(site: Path) -> Receipt:
    receipt.save(site.parent, Receipt(layers=(Layer(str(site), "venv"),)))
    loaded = receipt.load(site.parent)
    assert loaded
    return loaded


@pytest.mark.parametrize(
    ("name", "size", "truncated"),
    [
        ("my_pkg/__init__.py", 0, [DIST_INFO]),
        ("my_pkg/__init__.py", 8192, [DIST_INFO]),
        ("my_pkg/__init__.py", 9999, []),  # somebody has edited it
        ("my_pkg/__init__.py", None, []),  # somebody has removed it
        (f"{DIST_INFO}/RECORD", 0, [DIST_INFO]),
        (f"{DIST_INFO}/METADATA", 0, [DIST_INFO]),
        (f"{DIST_INFO}/INSTALLER", 0, [DIST_INFO]),
    ],
)
def test_a_file_without_its_content_is_noticed(
    name: str,
    size: int | None,
    truncated: list[str],
    site: Path,
    tmp_path: Path,
) -> None:
    saved, cache = saved_in(site), Cache(tmp_path / "cache")
    if size is None:
        (site / name).unlink()
    else:
        with (site / name).open("r+") as file:
            file.truncate(size)

    assert durability.is_synced(saved, site.parent, cache) is not bool(truncated)
    assert list(durability.truncated_distributions([str(site)])) == [str(site / name) for name in truncated]


@pytest.mark.parametrize(("target", "truncated"), [("/base/my_pkg", [DIST_INFO]), ("", [])], ids=["links", "copies"])
def test_a_file_that_was_written_for_links_is_never_empty(target: str, truncated: list[str], site: Path) -> None:
    write_files(
        site / DIST_INFO, {"INSTALLER": "thinvenv\n", "RECORD": f"linked,,\n{DIST_INFO}/WHEEL,,\n", "WHEEL": ""}
    )
    (site / "linked").symlink_to(target) if target else (site / "linked").touch()

    assert list(durability.truncated_distributions([str(site)])) == [str(site / name) for name in truncated]


def test_files_of_a_new_environment_without_their_content_are_noticed(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"bin/activate": "", "bin/tool": "", "_thinvenv.pth": "", "_thinvenv.py": "x", "empty.py": ""}
    )
    site, scripts = str(tmp_path), str(tmp_path / "bin")
    environment = Environment("", "", "", "", "", "", "", site, site, scripts, (), {})

    assert durability.emptied_files(environment) == [str(tmp_path / "_thinvenv.pth"), str(tmp_path / "bin/activate")]
    assert durability.emptied_files(environment._replace(scripts=f"{scripts}/absent", purelib=scripts)) == []


def test_the_answer_is_kept_until_the_receipt_changes(site: Path, tmp_path: Path) -> None:
    """Nothing is written into the environment: it may be a part of an image."""
    saved, cache = saved_in(site), Cache(tmp_path / "cache")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "env").rglob("*")}
    assert durability.is_synced(saved, site.parent, cache)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "env").rglob("*")} == before
    (site / "my_pkg" / "__init__.py").write_text("")

    assert durability.is_synced(saved, site.parent, cache)
    receipt.save(site.parent, saved)
    assert not durability.is_synced(saved, site.parent, cache)


@pytest.mark.parametrize("seconds", [3600, 30, -3600])
def test_where_runs_of_the_system_have_no_identity_a_receipt_from_before_the_start_is_checked(
    seconds: int, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receipt was written some seconds after the start. A file loses its content later."""
    monkeypatch.setattr(receipt, "boot_id", lambda: "")
    saved, cache = saved_in(site), Cache(tmp_path / "cache")
    monkeypatch.setattr(time, "monotonic", lambda: float(seconds))
    assert durability.is_synced(saved, site.parent, cache)
    (site / "my_pkg" / "__init__.py").write_text("")

    assert durability.is_synced(saved, site.parent, cache) == (seconds == 3600)


def test_a_receipt_from_the_future_is_checked(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt, "boot_id", lambda: "")
    saved = saved_in(site)
    os.utime(site.parent / receipt.FILE_NAME, (2**32, 2**32))
    (site / "my_pkg" / "__init__.py").write_text("")

    assert not durability.is_synced(saved, site.parent, Cache(tmp_path / "cache"))


def test_a_script_without_its_content_is_noticed(site: Path, tmp_path: Path) -> None:
    scripts = {"tool": WrittenScript("my-pkg", "digest")}
    environment = Environment("", "", "", "", "", "", "", "", "", str(tmp_path), (), {})
    saved = saved_in(site)._replace(scripts=scripts, environment=environment)
    (tmp_path / "tool").touch()

    assert not durability.is_synced(saved, site.parent, Cache(tmp_path / "cache"))


def test_a_receipt_that_lists_something_as_pending_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written afterwards must not be on the disk without it."""
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", synced.append)

    receipt.save(tmp_path, Receipt())
    assert synced == []
    receipt.save(tmp_path, Receipt(pending=("my-pkg",)))
    assert len(synced) == 2  # the file, and the folder that has its name
    receipt.save(tmp_path, Receipt())
    assert len(synced) == 3  # the file, since the receipt before it has the roots


def test_a_view_that_was_cut_off_is_made_again(tmp_path: Path) -> None:
    dist, cache = Distribution("alpha", "1.0", "/base/alpha-1.0.dist-info", "/base"), Cache(tmp_path)
    path = metadata_view.create_view([dist], cache) / "alpha-1.0.dist-info" / "METADATA"
    text = path.read_text()
    path.write_text("")

    assert metadata_view.create_view([dist], cache) == path.parent.parent
    assert path.read_text() == text

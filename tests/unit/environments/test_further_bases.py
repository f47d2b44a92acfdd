"""The module ``_thinvenv_base``, run in this process over bases of the test."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Load = Callable[[str], Any]


@pytest.fixture
def bases(tmp_path: Path) -> list[str]:
    """Return two bases, each with a path file that names a directory."""
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        (folder / "more").mkdir(parents=True)
        (folder / "more.pth").write_text("more\n")
    return list(map(str, folders))


@pytest.mark.parametrize("is_on_path", [True, False])
def test_what_a_base_adds_comes_right_after_it(
    load: Load, site: Path, bases: list[str], monkeypatch: pytest.MonkeyPatch, *, is_on_path: bool
) -> None:
    (site / "_thinvenv_base.start").write_text(f"# {bases}\n_thinvenv_base:start\n")
    monkeypatch.setattr(sys, "path", [str(site), *(bases if is_on_path else ()), "/last"])
    module = load("_thinvenv_base")

    module.start()
    module.start()

    first, second = bases
    added = [first, f"{first}/more", second, f"{second}/more"]
    assert sys.path == ([str(site), *added, "/last"] if is_on_path else [str(site), "/last", *added])


def test_the_files_of_a_base_in_pythonpath_are_not_read(
    load: Load, site: Path, bases: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bases
    monkeypatch.setattr(sys, "path", [first, str(site), second])

    load("_thinvenv_base").start(bases)

    assert sys.path == [first, str(site), second, f"{second}/more"]


def test_a_start_without_the_site_directory_reads_all(
    load: Load, bases: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", ["/standard-library"])

    load("_thinvenv_base").start(bases[:1])

    assert sys.path == ["/standard-library", bases[0], f"{bases[0]}/more"]

"""The module ``_thinvenv_base``, run in this process over bases of the test."""

from __future__ import annotations

import importlib
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
    (site / "~thinvenv_base.start").write_text(f"# {bases}\n_thinvenv_base:start\n")
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


FINDER = """\
import importlib
import sys
from importlib.machinery import PathFinder

class Finder:
    def find_spec(self, name, path=None, target=None):
        return PathFinder.find_spec(name, [{folder!r}]) if name in {modules} else None

sys.meta_path.insert({position}, Finder())
"""
FRONT, END = 0, 1000


def write_finder(site: Path, name: str, position: int, *modules: str) -> Path:
    """Write a finder of some modules and its path file into a site directory, and return the folder of the modules."""
    folder = site / f"project-of-{name}"
    folder.mkdir()
    for module in modules:
        (folder / f"{module}.py").touch()
    (site / f"{name}.py").write_text(FINDER.format(folder=str(folder), modules=modules, position=position))
    (site / f"{name}.pth").write_text(f"import {name}\n")
    return folder


def origin_of(name: str) -> str:
    """Return where the first finder that finds a module finds it."""
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
    spec = next(filter(None, (finder.find_spec(name, None) for finder in finders)), None)
    return str(spec and spec.origin)


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a base on the path, behind ``site``."""
    folder = tmp_path / "base"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    return folder


@pytest.mark.parametrize("position", [FRONT, END])
def test_own_modules_come_before_those_of_a_finder_of_a_base(
    load: Load, site: Path, base: Path, unload: Callable[..., None], position: int
) -> None:
    (site / "own_module.py").touch()
    (site / "own_space").mkdir()
    project = write_finder(base, "finder_of_base", position, "own_module", "own_space", "base_module")
    unload("finder_of_base")

    load("_thinvenv_base").start([str(base)])

    assert origin_of("own_module") == str(site / "own_module.py")
    assert origin_of("base_module") == str(project / "base_module.py")
    if position == FRONT:
        wrapper: Any = next(finder for finder in sys.meta_path if hasattr(finder, "is_own"))
        assert wrapper.find_spec("own_space") is None
        assert wrapper.find_spec("own_space.missing") is None
        assert wrapper.finder.__module__ == "finder_of_base"


@pytest.mark.parametrize("position", [FRONT, END])
def test_modules_of_an_own_finder_come_before_those_of_a_base(
    load: Load, site: Path, base: Path, unload: Callable[..., None], position: int
) -> None:
    project = write_finder(site, "own_finder", position, "own_module")
    write_finder(base, "finder_of_base", FRONT, "own_module")
    (base / "own_module.py").touch()
    unload("own_finder", "finder_of_base")
    importlib.import_module("own_finder")

    load("_thinvenv_base").start([str(base)])

    assert origin_of("own_module") == str(project / "own_module.py")
    (site / "own_module.py").touch()  # in its own part of the path, an environment imports as any other does
    importlib.invalidate_caches()
    assert origin_of("own_module") == str((project if position == FRONT else site) / "own_module.py")


def test_the_finder_of_setuptools_stays_as_it_is(load: Load, base: Path, unload: Callable[..., None]) -> None:
    write_finder(base, "finder_of_base", FRONT)
    source = (base / "finder_of_base.py").read_text("utf-8")
    (base / "finder_of_base.py").write_text(f"__name__ = '_distutils_hack'\n{source}")
    unload("finder_of_base")
    finders = list(sys.meta_path)

    load("_thinvenv_base").start([str(base)])

    assert type(sys.meta_path[0]).__name__ == "Finder"
    assert sys.meta_path[1:] == finders

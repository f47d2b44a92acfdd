"""The modules ``_thinvenv`` and ``_thinvenv_late``, run in this process over a site directory of the test."""

from __future__ import annotations

import importlib
import os
import sys
from importlib.machinery import PathFinder
from importlib.metadata import MetadataPathFinder, distributions
from threading import Thread
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Load = Callable[[str], Any]


@pytest.fixture
def main(load: Load) -> Any:
    """Return ``_thinvenv``, after ``_thinvenv_late`` has been loaded."""
    module = load("_thinvenv")
    load("_thinvenv_late")
    return module


def write_metadata(folder: Path, entry: str, name: str, version: str) -> None:
    path = folder / entry / ("PKG-INFO" if entry.endswith("EGG-INFO") else "METADATA")
    path.parent.mkdir(parents=True)
    path.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def versions(**options: Any) -> list[tuple[str, str]]:
    return sorted((distribution.metadata["Name"], distribution.version) for distribution in distributions(**options))


def change(folder: Path, name: str, text: str) -> None:
    """Write a file, and let the time of the directory differ from all earlier times."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    time = folder.stat().st_mtime_ns + 10**9
    os.utime(folder, ns=(time, time))


def test_only_the_first_distribution_of_a_name_is_visible(
    main: Any, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, egg = tmp_path / "base", tmp_path / "egg-3.0-py3.egg"
    write_metadata(site, "my_tool-2.0.dist-info", "My.Tool", "2.0")
    write_metadata(base, "my_tool-1.0.dist-info", "my-tool", "1.0")
    write_metadata(base, "other-one.dist-info", "other-one", "1")
    write_metadata(base, "other-two.dist-info", "other-two", "1")
    write_metadata(egg, "EGG-INFO", "egg", "3.0")
    monkeypatch.setattr(sys, "path", [str(site), str(base), str(egg)])

    main.start()
    main.start()  # some versions of Python read the files twice

    visible = [("My.Tool", "2.0"), ("egg", "3.0"), ("other-one", "1"), ("other-two", "1")]
    assert versions() == visible
    assert versions(path=sys.path) == sorted([*visible, ("my-tool", "1.0")])
    assert sys.meta_path.count(main.LateInstallFinder) == 1


def test_the_finder_of_a_backport_hides_the_same(
    load: Load, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backport removes the finder of the standard library, and adds a copy of this finder."""
    monkeypatch.delattr(PathFinder, "find_distributions")
    sys.meta_path.append(MetadataPathFinder())
    write_metadata(site, "tool-2.0.dist-info", "tool", "2.0")
    write_metadata(tmp_path / "base", "tool-1.0.dist-info", "tool", "1.0")
    monkeypatch.setattr(sys, "path", [str(site), str(tmp_path / "base")])
    main = load("_thinvenv")
    load("_thinvenv_late")
    assert versions() == [("tool", "1.0"), ("tool", "2.0")]

    main.start()

    assert versions() == [("tool", "2.0")]


def test_a_path_that_an_install_adds_is_found(
    main: Any, site: Path, tmp_path: Path, unload: Callable[..., None]
) -> None:
    unload("late_module")
    change(tmp_path / "elsewhere", "late_module.py", "")
    main.start()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("late_module")

    change(site, "late.pth", f"# comment\n{tmp_path / 'elsewhere'}\n/missing\n")

    assert importlib.import_module("late_module").__file__ == str(tmp_path / "elsewhere" / "late_module.py")
    change(site, "other.txt", "")  # nothing to run
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("missing_module")


def test_a_module_is_not_found_once_the_environment_is_gone(main: Any, site: Path) -> None:
    main.start()
    site.rmdir()

    assert main.LateInstallFinder.find_spec("late_module") is None


def test_isolated_builds_find_the_second_module(main: Any, site: Path) -> None:
    (site / "_thinvenv_late.py").touch()

    assert main.LateInstallFinder.find_spec("_thinvenv_late").origin == str(site / "_thinvenv_late.py")


def test_nothing_happens_while_another_thread_catches_up(
    main: Any, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = sys.modules["_thinvenv_late"]
    monkeypatch.setattr(late, "LOCK_TIMEOUT", 0)
    main.start()
    change(site, "late.pth", "import sys; sys.late_line_has_run = True\n")
    specs: list[object] = []
    with late._lock:
        thread = Thread(target=lambda: specs.append(main.LateInstallFinder.find_spec("late_module")))
        thread.start()
        thread.join()

    assert specs == [None]
    assert not hasattr(sys, "late_line_has_run")


def test_a_namespace_package_gets_a_part_in_the_environment(
    main: Any, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unload: Callable[..., None]
) -> None:
    unload("names", "names.base", "names.own")
    change(tmp_path / "base" / "names", "base.py", "")
    monkeypatch.syspath_prepend(str(tmp_path / "base"))
    main.start()
    importlib.import_module("names.base")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("names.own")

    (site / "names").mkdir()
    (site / "names" / "own.py").touch()

    spec = main.LateInstallFinder.find_spec("names.own", sys.modules["names"].__path__)
    assert spec.origin == str(site / "names" / "own.py")
    assert main.LateInstallFinder.find_spec("importlib.own", importlib.__path__) is None  # a regular package


def test_a_namespace_package_of_the_base_begins_in_the_environment(
    main: Any, site: Path, tmp_path: Path, unload: Callable[..., None]
) -> None:
    unload("names")
    own, base = site / "names", tmp_path / "base" / "names"
    (site / "_thinvenv.start").write_text(f"# { {'names': [str(base)], 'missing': ['/base']} }\n_thinvenv:start\n")
    (site / "_thinvenv.pth").write_text("import _thinvenv; _thinvenv.start()\n")
    own.mkdir()

    vars(main).update(SUFFIXES=(".pth", ".start"))
    main.start()

    assert list(sys.modules["names"].__path__) == [str(own), str(base)]
    assert "missing" not in sys.modules


def test_what_an_install_adds_to_a_namespace_is_seen(
    main: Any, site: Path, tmp_path: Path, unload: Callable[..., None]
) -> None:
    unload("names")
    (site / "names").mkdir()
    vars(main).update(SUFFIXES=(".pth", ".start"), READS_START_FILES=True)
    main.start(path_files={})

    change(site, "_thinvenv.start", f"# { {'names': [str(tmp_path / 'base')]} }\n_thinvenv:start\n")

    assert main.LateInstallFinder.find_spec("late_module") is None
    assert list(sys.modules["names"].__path__) == [str(site / "names"), str(tmp_path / "base")]


@pytest.mark.parametrize(
    ("reads_start_files", "calls"),
    [(False, ["first"]), (True, ["first", "third", "entry point"])],
    ids=["3.14", "3.15"],
)
def test_a_line_that_fails_is_reported(
    main: Any,
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    reads_start_files: bool,
    calls: list[str],
) -> None:
    late, recorder = sys.modules["_thinvenv_late"], ModuleType("line_recorder")
    lines: list[str] = []
    vars(recorder).update(add=lines.append, add_entry_point=lambda: lines.append("entry point"))
    monkeypatch.setitem(sys.modules, "line_recorder", recorder)
    vars(main).update(READS_START_FILES=reads_start_files, SUFFIXES=(".pth", ".start") if reads_start_files else ".pth")
    statements = ["line_recorder.add('first')", "1 / 0", "line_recorder.add('third')"]
    text = "".join(f"import line_recorder; {statement}\n" for statement in statements)
    entry_points = b"# comment\n\nline_recorder:add_entry_point\n"

    assert late.run_new_lines({}, {"a.pth": text.encode(), "b.start": entry_points}, str(site))

    assert lines == calls
    message = f"Error in {site / 'a.pth'}: ZeroDivisionError('division by zero')"
    assert capsys.readouterr().err == message + ("\n" if reads_start_files else "; the rest of the file is ignored\n")

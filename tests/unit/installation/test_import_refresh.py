"""What lets running interpreters see an install: times of directories, ``.pth`` files and loaded modules."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from thinvenv.environments import probe
from thinvenv.installation import import_refresh

if TYPE_CHECKING:
    from thinvenv.model import Environment


@lru_cache
def this_environment() -> Environment:
    return probe.probe(Path(sys.executable), dict(os.environ))


@pytest.mark.parametrize("offset", [0, 3600, -3600], ids=["now", "future", "past"])
def test_touch_changes_the_time_that_importers_compare(tmp_path: Path, offset: int) -> None:
    time = tmp_path.stat().st_mtime_ns + offset * 10**9
    os.utime(tmp_path, ns=(time, time))
    old = tmp_path.stat().st_mtime

    for _ in range(3):
        import_refresh.touch([str(tmp_path)])
        assert tmp_path.stat().st_mtime > old
        old = tmp_path.stat().st_mtime


def test_a_directory_that_is_missing_is_not_touched(tmp_path: Path) -> None:
    import_refresh.touch([str(tmp_path / "missing"), str(tmp_path)])

    assert not (tmp_path / "missing").exists()


def test_path_files_are_read_by_name(tmp_path: Path) -> None:
    contents = {"one.pth": b"/one\n", "one.start": b"one:run\n"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "module.py").touch()

    assert import_refresh.read_path_files(this_environment()._replace(purelib=str(tmp_path))) == contents


def test_a_site_directory_that_is_missing_has_no_path_files(tmp_path: Path) -> None:
    environment = this_environment()._replace(purelib=str(tmp_path / "missing"))

    assert import_refresh.read_path_files(environment) == {}


def test_only_the_environment_of_this_process_is_running(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(sys.prefix)

    assert import_refresh.is_running(this_environment())
    assert import_refresh.is_running(this_environment()._replace(prefix=str(tmp_path / "link")))
    assert not import_refresh.is_running(this_environment()._replace(prefix=str(tmp_path)))


def test_another_environment_changes_nothing_here(tmp_path: Path) -> None:
    finders = list(sys.meta_path)

    import_refresh.refresh(this_environment()._replace(prefix=str(tmp_path), purelib=str(tmp_path)), {})

    assert sys.meta_path == finders


def test_namespace_packages_do_not_count_as_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "a_namespace", ModuleType("a_namespace"))

    assert import_refresh.loaded_modules(["pytest", "a_namespace", "not_loaded"]) == ["pytest"]

"""A running process catches up with start-up files as an interpreter that reads them anew (PEP 829)."""

from __future__ import annotations

import importlib
import site
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support import site_of_315
from support.start_files import MODELS
from thinvenv.environments import injected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATH_LINES = ["one", "two", "../other", "missing", "# import nothing", "", "  two  ", "import a_missing_module"]
PATH_LINES += ["import recorder; recorder.first()", "import\trecorder; recorder.group.second()"]
START_LINES = ["recorder:first", "recorder:group.second", "recorder", "recorder:", "recorder:fails", "recorder:missing"]
START_LINES += ["a_missing_module:run", "# comment", "", "not an entry point"]
NAMES = st.sampled_from(["A", "b", "c-1.0-nspkg"])


def files(lines: list[str], suffix: str) -> st.SearchStrategy[dict[str, str]]:
    """Return a strategy for the content of start-up files by name."""
    texts = st.lists(st.sampled_from(lines), max_size=4).map("\n".join)
    return st.dictionaries(NAMES.map(lambda name: name + suffix), texts)


@pytest.fixture(scope="module")
def late() -> Iterator[Any]:
    """Return the module of environments that catches up, in a process whose ``site`` reads ``.start`` files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(injected.__path__[0])
        patch.setattr(site, "StartupState", site_of_315.StartupState, raising=False)
        yield importlib.import_module("_thinvenv_late")


def recorded(folder: str, run: Callable[[], object]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the functions that are called, with the end of the path that they see, and what is added to the path."""
    calls: list[tuple[str, str]] = []
    recorder = ModuleType("recorder")
    group = SimpleNamespace(second=lambda: calls.append(("second", sys.path[-1])))
    vars(recorder).update(first=lambda: calls.append(("first", sys.path[-1])), group=group, fails=lambda: 1 / 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "recorder", recorder)
        patch.setattr(sys, "path", [*sys.path, folder])
        count = len(sys.path)
        run()
        return calls, sys.path[count:]


@settings(max_examples=100, deadline=None)
@given(files(PATH_LINES, ".pth"), files(START_LINES, ".start"), st.sampled_from(["3.15", "3.18"]))
def test_everything_new_runs_as_at_a_start(
    late: Any, path_files: dict[str, str], start_files: dict[str, str], version: str
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        site_folder = Path(folder, "site")
        for path in (site_folder / "one", site_folder / "two", Path(folder, "other")):
            path.mkdir(parents=True)
        contents = {name: text.encode() for name, text in {**path_files, **start_files}.items()}
        for name, content in contents.items():
            (site_folder / name).write_bytes(content)
        patch.setattr(site_of_315, "runs_import_lines", MODELS[version])
        patch.setattr(late, "RUNS_IMPORT_LINES", MODELS[version])

        at_start = recorded(str(site_folder), lambda: site_of_315.addsitedir(str(site_folder)))
        caught_up = recorded(str(site_folder), lambda: late.run_new_lines({}, contents, str(site_folder)))
        later = recorded(str(site_folder), lambda: late.run_new_lines(contents, contents, str(site_folder)))

        assert caught_up == at_start
        assert later == ([], [])

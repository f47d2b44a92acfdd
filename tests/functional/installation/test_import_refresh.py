"""New distributions can be imported at once: in the installing process, and in one that already runs."""

from __future__ import annotations

import site
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import thinvenv
from support.bases import installed_interpreters, make_base
from support.processes import RunningInterpreter
from support.projects import Project, install_into, make_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.venv import Indexer, Venv

PYTHONS = installed_interpreters()
TOOL_PATHS = [str(Path(thinvenv.__file__).parent.parent), *site.getsitepackages()]
PLUGIN = "[app.plugins]\nlate = late\n"
FINDER = """
import sys
from importlib.util import spec_from_file_location
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "found_by_finder":
            return spec_from_file_location(name, {path!r})
def install():
    sys.lines_run = getattr(sys, "lines_run", 0) + 1
    sys.meta_path.append(Finder)
"""
LOOK_BEFORE = """
import sys, importlib.metadata as metadata, importlib.util
import space.old
missing = [name for name in ("late", "src_late") if importlib.util.find_spec(name)]
try:
    import space.new
except ImportError:
    pass
else:
    missing.append("space.new")
answer = missing + [dist.metadata["Name"] for dist in metadata.distributions() if dist.metadata["Name"] == "late"]
"""
LOOK_AFTER = """
import late, space.new, src_late, found_by_finder
def points(group):
    all_points = metadata.entry_points()
    return all_points.select(group=group) if hasattr(all_points, "select") else all_points.get(group, ())
answer = [late.__version__, space.new.part, src_late.__version__, found_by_finder.here, metadata.version("late"),
          sorted(point.name for point in points("app.plugins")), sys.lines_run]
"""


def every_kind(folder: Path) -> tuple[Project, ...]:
    """Return projects that are imported from a directory, a namespace and by a finder, one with an entry point."""
    (folder / "elsewhere.py").write_text("here = 'elsewhere'\n")
    modules = {
        "_the_finder.py": FINDER.format(path=str(folder / "elsewhere.py")),
        "_the_finder.pth": "import _the_finder; _the_finder.install()\n",
    }
    return (
        Project("late", "1.0", entry_points=PLUGIN),
        Project("space-new", modules={"space/new.py": "part = 'new'\n"}),
        Project("found-by-finder", modules=modules),
    )


@pytest.fixture(params=PYTHONS)
def old_venv(request: pytest.FixtureRequest, tmp_path: Path, make_venv: Callable[..., Venv]) -> Venv:
    """Return a thin environment of each CPython of this machine, over a base with a part of a namespace."""
    base = make_base(tmp_path / "base", PYTHONS[request.param])
    install_into(base.prefix, base.python, Project("space-old", modules={"space/old.py": "part = 'old'\n"}))
    return make_venv(python=str(base.python))


def test_a_running_process_imports_new_distributions(old_venv: Venv, tmp_path: Path, index: Indexer) -> None:
    index(*every_kind(tmp_path))
    source = make_source(tmp_path / "source", Project("src-late", "2.0"))

    with RunningInterpreter(old_venv.python) as process:
        assert process.execute(LOOK_BEFORE) == []
        old_venv.install("late", "space-new", "found-by-finder", "-e", str(source))

        assert process.execute(LOOK_AFTER) == ["1.0", "new", "2.0", "elsewhere", "1.0", ["late"], 1]

    with RunningInterpreter(old_venv.python) as process:
        assert process.execute(LOOK_BEFORE.split("import space.old", maxsplit=1)[0]) is None
        assert process.execute(LOOK_AFTER)[:3] == ["1.0", "new", "2.0"]


def test_a_failing_pth_line_does_not_stop_the_others(
    venv: Venv, index: Indexer, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = {"broken.pth": "import a_module_that_is_not_there\n", "works.pth": "import sys; sys.works = True\n"}
    index(Project("late", modules={"late.py": "", **lines}))

    with RunningInterpreter(venv.python) as process:
        process.execute("pass")
        venv.install("late")

        assert process.execute(
            "import sys, late\ntry:\n    import nowhere\nexcept ImportError:\n    answer = sys.works"
        )

    assert "broken.pth: ModuleNotFoundError" in capfd.readouterr().err


def test_a_change_within_one_clock_tick_is_noticed(venv: Venv, index: Indexer) -> None:
    index(Project("first"), Project("second"))

    with RunningInterpreter(venv.python) as process:
        for name in ("first", "second"):
            # Import's cache lists the site directory in the clock tick in which it then changes.
            process.execute(f"import importlib.util; answer = importlib.util.find_spec({name!r}) is None")
            seen = venv.site.stat().st_mtime
            venv.install(name)
            assert venv.site.stat().st_mtime != seen
            assert process.execute(f"import {name}; answer = {name}.__version__") == "1.0"


@pytest.mark.parametrize("version", [version for version in PYTHONS if version in {"3.11", "3.12", "3.13"}])
def test_the_installing_process_imports_new_distributions(
    version: str, tmp_path: Path, make_venv: Callable[..., Venv], index: Indexer
) -> None:
    venv = make_venv(python=str(make_base(tmp_path / "base", PYTHONS[version]).python))
    counting = "import sys; sys.lines_run = getattr(sys, 'lines_run', 0) + 1\n"
    index(
        Project("late", "1.0", entry_points=PLUGIN),
        Project("counting", modules={"counting.py": "", "counting.pth": counting}),
        Project("more", modules={"more.py": "", "more.pth": counting.replace("lines_run", "more_run")}),
    )
    source = make_source(tmp_path / "source", Project("src-late", "2.0"))

    with RunningInterpreter(venv.python) as process:
        process.execute(f"import sys; sys.path += {TOOL_PATHS!r}\nimport thinvenv, importlib.metadata as metadata")
        process.execute("len(list(metadata.distributions()))")
        process.execute(f"thinvenv.install('late', 'counting', editables=[{str(source)!r}])")
        process.execute("thinvenv.install('more')")

        imported = process.execute("import late, src_late, sys; answer = [late.__version__, src_late.__version__]")
        assert imported == ["1.0", "2.0"]
        assert process.execute("answer = [metadata.version('late'), sys.lines_run, sys.more_run]") == ["1.0", 1, 1]


@pytest.mark.parametrize("version", [version for version in PYTHONS if version in {"3.11", "3.12", "3.13"}])
def test_the_installing_process_finds_namespaces_finders_and_entry_points(
    version: str, tmp_path: Path, make_venv: Callable[..., Venv], index: Indexer
) -> None:
    """A new part of a namespace, a finder and entry points work without a restart."""
    base = make_base(tmp_path / "base", PYTHONS[version])
    install_into(base.prefix, base.python, Project("space-old", modules={"space/old.py": "part = 'old'\n"}))
    venv = make_venv(python=str(base.python))
    index(*every_kind(tmp_path))
    source = make_source(tmp_path / "source", Project("src-late", "2.0"))

    with RunningInterpreter(venv.python) as process:
        process.execute(f"import sys; sys.path += {TOOL_PATHS!r}\nimport thinvenv")
        assert process.execute(LOOK_BEFORE) == []
        process.execute(f"thinvenv.install('late', 'space-new', 'found-by-finder', editables=[{str(source)!r}])")

        assert process.execute(LOOK_AFTER) == ["1.0", "new", "2.0", "elsewhere", "1.0", ["late"], 1]


def test_the_installing_process_is_refreshed_in_an_environment_of_another_tool(
    venv: Venv, index: Indexer, tmp_path: Path
) -> None:
    for path in venv.site.glob("_thinvenv*"):
        path.unlink()
    counting = "import sys; sys.lines_run = getattr(sys, 'lines_run', 0) + 1\n"
    (venv.site / "there_before.pth").write_text(counting)
    index(Project("late"))
    source = make_source(tmp_path / "source", Project("src-late", "2.0"))

    with RunningInterpreter(venv.python) as process:
        at_start = process.execute(f"import sys; sys.path += {TOOL_PATHS!r}\nimport thinvenv; answer = sys.lines_run")
        process.execute(f"thinvenv.install('late', editables=[{str(source)!r}])")

        assert process.execute("import late, src_late; answer = [src_late.__version__, sys.lines_run]") == [
            "2.0",
            at_start,
        ]


def test_a_loaded_module_of_an_old_version_is_reported(venv: Venv, index: Indexer) -> None:
    index(Project("late", "1.0"), Project("late", "2.0"))

    with RunningInterpreter(venv.python) as process:
        process.execute(f"import sys; sys.path += {TOOL_PATHS!r}\nimport thinvenv")
        process.execute(
            "from thinvenv import engine\nfrom thinvenv.requirements.arguments import request_from\n"
            "from thinvenv.context.context import current_context\nfrom thinvenv.context.reporter import Reporter"
        )
        process.execute("notes, reporter = [], Reporter()\nreporter.note = notes.append")
        process.execute("import os, pathlib\nhere = current_context(reporter)")
        for wanted in ("late==1.0", "late==2.0"):
            process.execute(
                f"engine.install(request_from([{wanted!r}], here.cwd, here.environ), pathlib.Path(sys.prefix), here)"
            )
            process.execute("import late")

        assert process.execute("answer = notes") == [
            "this process has already loaded `late` of late 1.0. Restart it to use late 2.0"
        ]

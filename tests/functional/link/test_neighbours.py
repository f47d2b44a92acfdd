"""Modules that follow links from their own path, and look there for those of other distributions, as PySide6 does."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from support.bases import make_base, snapshot
from support.projects import Project
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv

COLLECTING = (
    "from pathlib import Path\n__all__ = sorted(path.stem for path in Path(__file__).resolve().parent.glob('Qt*.py'))\n"
)
PROJECTS = (
    Project("essentials", modules={"side/QtCore.py": "", "side/inner/__init__.py": COLLECTING}),
    Project("addons", modules={"side/QtCharts.py": ""}, requires=("essentials",)),
    Project("side", modules={"side/__init__.py": COLLECTING, "side/other.py": ""}, requires=("addons",)),
)
LOOK = "import side; print(*side.__all__)"


def make(place: str, folder: Path, base: Base, index: Indexer, make_venv: Callable[..., Venv]) -> Callable[[str], Venv]:
    """Return a function that creates an environment where the distributions lie in a place."""
    bases = [make_base(folder / project.name) for project in PROJECTS] if place == "bases" else []
    for other, project in zip(bases, PROJECTS, strict=False):
        other.install(project)
    if not bases:
        index(*PROJECTS)
    stores = [str(folder / "store")] if place == "store" else []

    def create(name: str) -> Venv:
        reuse, prefixes = "link" if bases else "off", [str(other.prefix) for other in bases]
        return make_venv(name, str(base.python), reuse=reuse, bases=prefixes, stores=stores)

    return create


@pytest.mark.parametrize("place", ["environment", "bases", "store"])
def test_a_module_finds_the_neighbours_that_a_full_environment_has(
    tmp_path: Path, base: Base, index: Indexer, make_venv: Callable[..., Venv], place: str
) -> None:
    create = make(place, tmp_path, base, index, make_venv)
    venv = create("first")
    venv.install("side")
    module = venv.site / "side" / "__init__.py"
    is_linked = place != "environment"
    before = snapshot(tmp_path / "store" / "entries") if place == "store" else {}

    assert venv.run(LOOK) == "QtCharts QtCore"
    assert not module.is_symlink()
    assert (venv.site / "side" / "other.py").is_symlink() is is_linked
    assert (venv.site / "side" / "inner").is_symlink() is is_linked
    assert check.check(venv.prefix, venv.context).ok
    replayed = create("second")
    replayed.install("side")
    assert replayed.run(LOOK) == "QtCharts QtCore"
    assert (replayed.site / "side" / "__init__.py").read_bytes() == module.read_bytes()
    if place == "bases":
        assert_an_edit_in_a_base_counts(next(tmp_path.glob("side/lib/*/site-packages/side/__init__.py")), create)

    if is_linked:
        module.unlink()
        assert not check.check(venv.prefix, venv.context).ok
        venv.install("essentials")
        assert module.read_text() == COLLECTING
    uv = shutil.which("uv") or ""
    venv.call(uv, "pip", "uninstall", "--python", venv.python, "side")
    assert not module.exists()
    assert venv.run("import side.inner; print(side.__path__)")
    assert (snapshot(tmp_path / "store" / "entries") if place == "store" else {}) == before


def assert_an_edit_in_a_base_counts(module: Path, create: Callable[[str], Venv]) -> None:
    """Assert that a new environment gets a copy of a module as it is now, and restore the module."""
    module.write_text(f"{COLLECTING}edited = True\n")
    edited = create("edited")
    edited.install("side")
    assert edited.run("import side; print(side.edited)") == "True"
    module.write_text(COLLECTING)


def test_the_file_of_another_installer_is_no_copy(
    tmp_path: Path, base: Base, index: Indexer, make_venv: Callable[..., Venv]
) -> None:
    venv = make("store", tmp_path, base, index, make_venv)("venv")
    venv.install("side")
    module = venv.site / "side" / "__init__.py"
    module.write_text("mine = 1\n")
    index(Project("other"))

    venv.install("other")

    assert module.read_text() == "mine = 1\n"
    assert "side/__init__.py" not in (venv.site / "side-1.0.dist-info" / "RECORD").read_text()

"""Compiled libraries that find those of other distributions by paths relative to themselves, as torch does."""

from __future__ import annotations

import os
import shutil
import subprocess
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

COMPILER = shutil.which("cc")
LIBRARIES = {
    "nv/linker/lib/liblinker.so": ("int linker() { return 40; }", "", ""),
    "nv/blas/lib/libblas.so": ("int linker(); int blas() { return linker() + 1; }", "linker", "../../linker/lib"),
    "tensors/lib/libtensors.so": ("int blas(); int tensors() { return blas() + 1; }", "blas", "../../nv/blas/lib"),
    "tensors/_C.so": ("int tensors(); int answer() { return tensors(); }", "tensors", "lib"),
}
"""The code of each library, the library that it needs, and where it looks for that relative to itself."""
LOAD = "import ctypes, os\nanswer = ctypes.CDLL(os.path.join(os.path.dirname(__file__), '_C.so')).answer()\n"


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, ...]:
    """Return ``tensors``, whose library needs that of ``blas``, which needs that of ``linker``."""
    folder, options, files = tmp_path_factory.mktemp("libraries"), [f"-L{os.curdir}"], {}
    for path, (code, needed, origin) in LIBRARIES.items():
        command = [COMPILER or "cc", "-shared", "-fPIC", "-x", "c", "-", "-x", "none", "-o", os.path.basename(path)]
        linked = [*options, f"-l{needed}", f"-Wl,-rpath,$ORIGIN/{origin}", "-Wl,--allow-shlib-undefined"]
        subprocess.run([*command, *(linked if needed else ())], cwd=folder, input=code, text=True, check=True)
        files[path] = os.fsdecode((folder / os.path.basename(path)).read_bytes())
    parts = [
        {path: text for path, text in files.items() if path.startswith(f"{start}/")}
        for start in ("nv/linker", "nv/blas", "tensors")
    ]
    return (
        Project("linker", modules=parts[0], pure=False),
        Project("blas", modules=parts[1], pure=False, requires=("linker",)),
        Project("tensors", modules={"tensors/__init__.py": LOAD} | parts[2], pure=False, requires=("blas",)),
    )


@pytest.mark.skipif(not COMPILER, reason="needs a C compiler")
@pytest.mark.parametrize("place", ["environment", "base", "bases", "store"])
def test_libraries_find_each_other_wherever_their_distributions_lie(
    tmp_path: Path,
    base: Base,
    index: Indexer,
    make_venv: Callable[..., Venv],
    projects: tuple[Project, ...],
    place: str,
) -> None:
    folders = [make_base(tmp_path / project.name) for project in projects] if place == "bases" else [base] * 3
    if place in {"base", "bases"}:
        for folder, project in zip(folders, projects, strict=True):
            folder.install(project)
    else:
        index(*projects)
    bases = [str(folder.prefix) for folder in folders if folder is not base]
    stores = [str(tmp_path / "store")] if place == "store" else []
    venv = make_venv(python=str(base.python), reuse="link", bases=bases, stores=stores)
    before = [snapshot(folder.prefix) for folder in folders]

    venv.install("tensors")

    assert venv.run("import tensors; print(tensors.answer)") == "42"
    assert (venv.site / "tensors" / "_C.so").is_symlink() is (place != "environment")
    assert check.check(venv.prefix, venv.context).ok
    assert [snapshot(folder.prefix) for folder in folders] == before

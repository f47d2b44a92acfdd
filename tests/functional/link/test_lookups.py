"""Reuse mode ``link``: distributions find files in their metadata, and beside their shared objects."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.bases import make_base, snapshot
from support.projects import Project
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.bases import Base
    from support.venv import Indexer, Venv

COMPILER = shutil.which("cc")
SOLVER = "int number_of_linker(); int solve() { return number_of_linker(); }"
LINKER = "int number_of_linker() { return %d; }"
LOAD = """
import ctypes, os
library = os.path.join(os.path.dirname(__file__), "..", "lib", "libsolver.so")
answer = ctypes.CDLL(library).solve()
"""
DATA = {"data/bin/tool": "a tool\n", "data/share/text.txt": "a text\n"}


def asker(name: str, code: str) -> Project:
    """Return a project with data, whose module runs some code."""
    return Project(
        name, modules={f"{name}/__init__.py": code} | {f"{name}/{path}": text for path, text in DATA.items()}
    )


@pytest.mark.parametrize(
    "code",
    [
        "from importlib.metadata import distribution\nfiles = distribution('asker').files\n",
        "import importlib.metadata as m\nfiles = m.files(__package__)\n",
        "import importlib.metadata as m\nNAME = 'Asker'\nfiles = m.distribution(NAME).files\n",
        "import importlib.metadata\nfiles = importlib.metadata.Distribution.from_name('asker').files\n",
    ],
)
def test_files_that_a_distribution_asks_its_metadata_for_are_listed(linked: Venv, base: Base, code: str) -> None:
    base.install(asker("asker", code))
    before = snapshot(base.prefix)

    linked.install("asker")

    script = (
        "import asker; print(*(f.locate().read_text().strip() for f in asker.files if f.parts[1] == 'data'), sep=',')"
    )
    assert linked.run(script) == "a tool,a text"
    assert check.check(linked.prefix, linked.context).ok
    assert snapshot(base.prefix) == before


def test_files_that_another_distribution_asks_for_are_listed(linked: Venv, base: Base) -> None:
    code = "from importlib.metadata import distribution\nfiles = distribution('other').files\n"
    base.install(asker("asker", code), asker("other", ""))

    linked.install("asker", "other")

    script = "import asker; print([str(f) for f in asker.files if f.parts[1] == 'data'])"
    assert linked.run(script) == "['other/data/bin/tool', 'other/data/share/text.txt']"
    assert (linked.site / "asker" / "data").is_symlink()


def test_other_uses_of_the_metadata_do_not_make_more_links(linked: Venv, base: Base) -> None:
    code = "from importlib.metadata import version\nfrom importlib.resources import files\ntext = files(__package__)\n"
    resources = "from importlib import resources\npath = resources.files('plain')\nlist_of = path.files\n"
    base.install(asker("plain", resources), asker("asker", code.replace("files(__package__)", "version('asker')")))

    linked.install("plain", "asker")

    assert (linked.site / "plain" / "data").is_symlink()
    assert (linked.site / "asker" / "data").is_symlink()


def test_a_changed_distribution_is_searched_again(linked: Venv, base: Base) -> None:
    base.install(asker("asker", ""))
    linked.install("asker")
    assert (linked.site / "asker" / "data").is_symlink()
    shutil.rmtree(base.site / "asker-1.0.dist-info")
    code = "from importlib.metadata import distribution\nfiles = distribution('asker').files\n"
    project = asker("asker", code)
    base.install(Project("asker", "1.1", modules=project.modules))

    linked.install("asker")

    assert not (linked.site / "asker" / "data").is_symlink()


def test_scanners_find_the_files_of_licences(linked: Venv, base: Base) -> None:
    licence = "alpha-1.0.dist-info/licenses/vendored/LICENSE.txt"
    base.install(Project("alpha", modules={"alpha.py": "", licence: "Free.\n"}))

    linked.install("alpha")

    script = (
        "import importlib.metadata as m; print([f.read_text() for f in m.files('alpha') if f.name == 'LICENSE.txt'])"
    )
    assert linked.run(script) == r"['Free.\n']"
    assert linked.run("import importlib.metadata as m; print(m.packages_distributions()['alpha'])") == "['alpha']"


@pytest.fixture
def solver(tmp_path: Path) -> Callable[[Base], None]:
    """Return a function that installs ``solver``, whose library needs that of ``linker`` beside it."""
    scratch = make_base(tmp_path / "scratch")
    install_linker(scratch, 0)

    def install(base: Base) -> None:
        modules = {
            "nv/solver/__init__.py": "",
            "nv/solver/lib/libsolver.so": "",
            "nv/solver/ext/load.py": LOAD,
        }
        base.install(Project("solver", requires=("linker",), modules=modules, pure=False))
        options = ("-L", str(scratch.site / "nv/linker/lib"), "-llinker", "-Wl,-rpath,$ORIGIN/../../linker/lib")
        library = base.site / "nv/solver/lib/libsolver.so"
        compile_library(library, SOLVER, *options)

    return install


def install_linker(base: Base, answer: int) -> None:
    """Install ``linker`` into a base: a library that returns a number."""
    version = f"1.{answer}"
    base.install(Project("linker", version, modules={"nv/linker/lib/liblinker.so": "", "nv/linker/data.txt": ""}))
    library = base.site / "nv" / "linker" / "lib" / "liblinker.so"
    compile_library(library, LINKER % answer)


def compile_library(path: Path, code: str, *options: str) -> None:
    source = path.with_suffix(".c")
    source.write_text(code)
    subprocess.run([COMPILER or "cc", "-shared", "-fPIC", "-o", path, source, *options], check=True)
    source.unlink()


@pytest.mark.skipif(not COMPILER, reason="needs a C compiler")
def test_libraries_find_each_other_over_several_bases(
    tmp_path: Path, base: Base, make_venv: Callable[..., Venv], solver: Callable[[Base], None]
) -> None:
    first, second = make_base(tmp_path / "first"), make_base(tmp_path / "second")
    solver(first)
    install_linker(second, 42)
    before = snapshot(first.prefix), snapshot(second.prefix)
    bases = [str(first.prefix), str(second.prefix)]
    venv = make_venv(python=str(base.python), reuse="link", bases=bases)

    venv.install("solver")

    assert venv.run("from nv.solver.ext import load; print(load.answer)") == "42"
    assert (venv.site / "nv" / "solver" / "lib").is_dir()
    assert not (venv.site / "nv" / "solver" / "lib").is_symlink()
    assert check.check(venv.prefix, venv.context).ok
    assert (snapshot(first.prefix), snapshot(second.prefix)) == before


@pytest.mark.skipif(not COMPILER, reason="needs a C compiler")
def test_libraries_that_do_not_find_each_other_in_mode_inherit_are_reported(
    tmp_path: Path, base: Base, make_venv: Callable[..., Venv], solver: Callable[[Base], None]
) -> None:
    bases = [make_base(tmp_path / name) for name in ("first", "second")]
    solver(bases[0])
    install_linker(bases[1], 42)
    venv = make_venv(python=str(base.python), bases=[str(folder.prefix) for folder in bases])
    expected = (
        f"`solver 1.0` in {bases[0].site} looks beside itself for the libraries of `linker 1.42` in {bases[1].site}, "
        "and may fail to import; reuse mode `link` links both into the environment"
    )

    assert venv.install("solver").warnings == (expected,)
    assert [finding.text for finding in check.check(venv.prefix, venv.context).findings] == [expected]
    assert venv.install("linker").warnings == ()

    install_linker(bases[0], 42)
    assert [finding.kind for finding in check.check(venv.prefix, venv.context).findings] == ["drift"]


@pytest.mark.skipif(not COMPILER, reason="needs a C compiler")
def test_libraries_of_the_base_find_those_of_the_environment(
    base: Base, linked: Venv, solver: Callable[[Base], None], index: Indexer
) -> None:
    solver(base)
    install_linker(base, 1)
    index(Project("linker", "1.2", modules={"nv/linker/lib/liblinker.so": "", "nv/linker/data.txt": ""}))
    linked.install("solver")
    assert linked.run("from nv.solver.ext import load; print(load.answer)") == "1"

    linked.install("linker==1.2")
    compile_library(linked.site / "nv/linker/lib/liblinker.so", LINKER % 2)

    assert linked.run("from nv.solver.ext import load; print(load.answer)") == "2"


@pytest.mark.registry
def test_cmake_finds_its_data(make_venv: Callable[..., Venv]) -> None:
    full = make_venv("full", reuse="off")
    full.install("cmake")
    thin = make_venv("thin", str(full.python), reuse="link")

    thin.install("cmake")

    assert thin.call(thin.prefix / "bin" / "cmake", "--version").startswith("cmake version")


@pytest.mark.registry
def test_pinocchio_loads_with_each_distribution_in_a_base_of_its_own(
    tmp_path: Path, make_venv: Callable[..., Venv]
) -> None:
    full = make_venv("full", reuse="off")
    full.install("pin")
    names = full.run("import importlib.metadata as m; print(*(d.name for d in m.distributions()))").split()
    assert len(names) > 5
    bases = [str(extract(full, name, tmp_path / "bases" / name)) for name in names]
    thin = make_venv("thin", reuse="link", bases=bases)

    thin.install("pin")

    assert thin.run("import pinocchio; print(pinocchio.buildSampleModelManipulator().nq)") == "6"


def extract(venv: Venv, name: str, folder: Path) -> Path:
    """Put the files of one distribution into a folder, as ``pip install --target`` would have: as hard links."""
    script = f"import importlib.metadata as m; print(*(f for f in m.files({name!r}) if f.parts[0] != '..'), sep='\\n')"
    for path in map(Path, venv.run(script).splitlines()):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        os.link(venv.site / path, folder / path, follow_symlinks=False)
    return folder

"""What extension modules were built against, as their machine code shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.projects import Project, unpack_into
from thinvenv.inventory.built_against import is_compiled_for, numpy_versions, refers_to
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".cpython-312-x86_64-linux-gnu.so", ".so")
NUMPY_1 = "\x7fELF\0numpy.core._multiarray_umath\0module compiled against ABI version 0x%x\0"
MESSAGE = "module was compiled against NumPy C-API version 0x%x (NumPy {}) but the running NumPy has\0"
NUMPY_2 = f"\x7fELF\0numpy._core._multiarray_umath\0numpy.core._multiarray_umath\0{MESSAGE.format('1.20')}"


def distribution(folder: Path, name: str, **modules: str) -> Distribution:
    """Return a distribution with extension modules of some content."""
    project = Project(name, modules={f"{name}/{module}.so": text for module, text in modules.items()}, pure=False)
    unpack_into(folder, project)
    return Distribution(name, "1.0", str(folder / f"{project.stem}.dist-info"), str(folder))


@pytest.mark.parametrize(
    ("contents", "versions"),
    [
        ([NUMPY_1], "<2"),
        ([NUMPY_2], ">=1.20"),
        ([NUMPY_1 + MESSAGE.format("1.25")], "<2,>=1.25"),
        (["\x7fELF\0numpy.core.multiarray failed to import\0"], "<2"),  # of Cython's declarations
        (["\x7fELF\0numpy._core\0"], ""),  # pybind11 finds out itself
        (["\x7fELF\0numpy\0"], ""),
        (["\x7fELF\0", NUMPY_1], "<2"),
        ([""], None),
        (["numpy.core.multiarray"], None),  # no machine code
        ([], None),
    ],
)
def test_versions_of_numpy(tmp_path: Path, contents: list[str], versions: str | None) -> None:
    modules = {f"m{number}": content for number, content in enumerate(contents)}

    answer = numpy_versions(distribution(tmp_path, "frames", **modules), SUFFIXES)

    assert versions == (None if answer is None else str(answer))


def test_modules_for_another_interpreter_say_nothing(tmp_path: Path) -> None:
    """fonttools leaves the Python source beside each of its modules."""
    other = distribution(tmp_path, "fonts", **{"m.cpython-39-x86_64-linux-gnu": NUMPY_1})

    assert numpy_versions(other, SUFFIXES) is None
    assert not is_compiled_for(other, SUFFIXES)
    assert is_compiled_for(distribution(tmp_path, "frames", m=NUMPY_1), SUFFIXES)


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ("\x7fELF\0trees\0", True),
        ("\x7fELF\0trees.nodes\0", True),
        ("\x7fELF\0libleaf.so.2\0", True),
        ("\x7fELF\0strees\0trees_of\0the trees\0", False),
        ("\x7fELF\0libprivate.so\0", False),
        ("trees", None),
    ],
)
def test_references_to_another_distribution(tmp_path: Path, content: str, answer: bool | None) -> None:  # noqa: FBT001 - one of three
    modules = {"trees/__init__.py": "", "trees/lib/libleaf.so.2": "", "trees.libs/libprivate.so": ""}
    unpack_into(tmp_path, Project("trees", modules=modules))
    trees = Distribution("trees", "1.0", str(tmp_path / "trees-1.0.dist-info"), str(tmp_path))

    assert refers_to(distribution(tmp_path, "forest", m=content), trees, SUFFIXES) is answer

"""Extension modules that only another interpreter can import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.metadata_formats import write_files
from thinvenv.inventory.foreign_abi import foreign_module, foreign_module_below
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".cpython-312-x86_64-linux-gnu.so"
SUFFIXES = (SUFFIX, ".abi3.so", ".so")
PYPY = (".pypy39-pp73-x86_64-linux-gnu.so",)
DEBUG = (".cpython-312d-x86_64-linux-gnu.so", *SUFFIXES)
FREE_THREADED = (".cpython-313t-x86_64-linux-gnu.so", ".so")
MUSL = (".cpython-312-x86_64-linux-musl.so", ".abi3.so", ".so")
ALPINE_39 = (".cpython-39-x86_64-linux-gnu.so", ".abi3.so", ".so")
WINDOWS = (".cp312-win_amd64.pyd", ".pyd")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (("pkg/fast.cpython-39-x86_64-linux-gnu.so",), "pkg/fast.cpython-39-x86_64-linux-gnu.so"),
        (("pkg/fast.pypy39-pp73-x86_64-linux-gnu.so",), "pkg/fast.pypy39-pp73-x86_64-linux-gnu.so"),
        (("pkg/fast.cp39-win_amd64.pyd",), "pkg/fast.cp39-win_amd64.pyd"),
        ((f"pkg/fast{SUFFIX}",), ""),
        # Linux distributions ship the modules of several interpreters together.
        (("pkg/fast.cpython-39-x86_64-linux-gnu.so", f"pkg/fast{SUFFIX}"), ""),
        (("pkg/fast.abi3.so", "pkg/fast.so", "pkg/lib.1.so", "pkg/a.py"), ""),
        (("pkg/a.cpython-39.pyc",), ""),
        # Cython compiles modules that stay beside the result, and so does mypyc, with a library that only they import.
        (("pkg/a.cpython-39-x86_64-linux-gnu.so", "pkg/a.py"), ""),
        (("pkg/a.cpython-39-x86_64-linux-gnu.so", "pkg/a/__init__.py"), ""),
        (("pkg/a.cpython-39-x86_64-linux-gnu.so", "pkg/a.py", "pkg/a__mypyc.cpython-39-x86_64-linux-gnu.so"), ""),
    ],
)
@pytest.mark.parametrize("has_record", [True, False])
def test_the_tag_in_a_file_name_decides(
    tmp_path: Path, files: tuple[str, ...], expected: str, *, has_record: bool
) -> None:
    write_files(tmp_path, dict.fromkeys(files, ""))
    if has_record:
        write_files(tmp_path, {"pkg-1.0.dist-info/RECORD": "".join(f"{path},,\n" for path in files)})
    distribution = Distribution("pkg", "1.0", str(tmp_path / "pkg-1.0.dist-info"), str(tmp_path))

    assert foreign_module(distribution, SUFFIXES) == expected
    assert foreign_module_below(str(tmp_path), SUFFIXES) == expected


def test_a_module_that_is_listed_and_missing_is_not_foreign(tmp_path: Path) -> None:
    record = '"pkg/a,b.cpython-39-x86_64-linux-gnu.so",,\npkg/gone.cpython-39-x86_64-linux-gnu.so,,\n'
    write_files(tmp_path, {"pkg-1.0.dist-info/RECORD": record})
    distribution = Distribution("pkg", "1.0", str(tmp_path / "pkg-1.0.dist-info"), str(tmp_path))
    assert foreign_module(distribution, SUFFIXES) == ""

    write_files(tmp_path, {"pkg/a,b.cpython-39-x86_64-linux-gnu.so": ""})
    assert foreign_module(distribution, SUFFIXES) == "pkg/a,b.cpython-39-x86_64-linux-gnu.so"


@pytest.mark.parametrize(
    ("suffixes", "name", "is_foreign"),
    [
        (PYPY, "fast.abi3.so", True),
        (PYPY, f"fast{PYPY[0]}", False),
        (PYPY, "libfast.so", False),  # a library that ctypes may load
        (SUFFIXES, "fast.cpython-312d-x86_64-linux-gnu.so", True),
        (DEBUG, f"fast{SUFFIX}", False),
        (FREE_THREADED, "fast.cpython-313-x86_64-linux-gnu.so", True),
        (FREE_THREADED, "fast.abi3.so", True),
        (SUFFIXES, "fast.abi3t.so", True),
        (MUSL, f"fast{SUFFIX}", True),
        (SUFFIXES, "fast.cpython-312-aarch64-linux-gnu.so", True),
        (WINDOWS, "fast.cp312-win32.pyd", True),
        (WINDOWS, "fast.pyd", False),
    ],
)
def test_the_interpreter_decides(tmp_path: Path, suffixes: tuple[str, ...], name: str, *, is_foreign: bool) -> None:
    write_files(tmp_path, {f"pkg/{name}": "", "pkg-1.0.dist-info/RECORD": f"pkg/{name},,\n"})
    distribution = Distribution("pkg", "1.0", str(tmp_path / "pkg-1.0.dist-info"), str(tmp_path))

    assert foreign_module(distribution, suffixes) == (f"pkg/{name}" if is_foreign else "")


@pytest.mark.parametrize(
    ("suffixes", "name", "tags", "is_foreign"),
    [
        (SUFFIXES, "fast.so", ["cp39-cp39-manylinux_2_17_x86_64"], True),
        (SUFFIXES, "fast.so", ["cp311-cp311-linux_x86_64", "cp312-cp312-linux_x86_64"], False),
        (SUFFIXES, "fast.so", ["py3-none-manylinux_2_17_x86_64"], False),
        (SUFFIXES, "fast.so", ["py3-none-manylinux_2_17_aarch64"], True),
        (SUFFIXES, "fast.so", [], False),
        (DEBUG, "fast.so", ["cp312-cp312-manylinux_2_17_x86_64"], False),
        (PYPY, "fast.so", ["pp39-pypy39_pp73-manylinux_2_17_x86_64"], False),
        (PYPY, "fast.so", ["cp39-cp39-manylinux_2_17_x86_64"], True),
        (SUFFIXES, "fast.abi3.so", ["cp39-abi3-manylinux1_x86_64.manylinux_2_17_x86_64"], False),
        (SUFFIXES, "fast.abi3.so", ["cp313-abi3-manylinux_2_17_x86_64"], True),
        (SUFFIXES, "fast.abi3.so", ["cp39-abi3-musllinux_1_2_x86_64"], True),
        (MUSL, "fast.abi3.so", ["cp39-abi3-musllinux_1_2_x86_64"], False),
        (MUSL, "fast.abi3.so", ["cp39-abi3-manylinux_2_17_x86_64"], True),
        (ALPINE_39, "fast.abi3.so", ["cp39-abi3-musllinux_1_2_x86_64"], False),
        # Debian's cryptography and PyNaCl, whose tags are those of the Pythons that they were built with.
        (SUFFIXES, "fast.abi3.so", ["cp311-cp311-linux_x86_64"], False),
        (SUFFIXES, "fast.abi3.so", ["cp39-cp39-linux_x86_64", "cp310-cp310-linux_x86_64"], False),
        # A name with a tag says more than the tags of the wheel.
        (SUFFIXES, f"fast{SUFFIX}", ["cp311-cp311-linux_x86_64"], False),
        (WINDOWS, "fast.pyd", ["cp39-abi3-win_amd64"], False),
    ],
)
def test_the_tags_of_a_wheel_decide_about_modules_without_a_tag(
    tmp_path: Path, suffixes: tuple[str, ...], name: str, tags: list[str], *, is_foreign: bool
) -> None:
    metadata = tmp_path / "pkg-1.0.dist-info"
    wheel = "Wheel-Version: 1.0\n" + "".join(f"Tag: {tag}\n" for tag in tags)
    write_files(tmp_path, {f"pkg/{name}": "", f"{metadata.name}/WHEEL": wheel})
    write_files(tmp_path, {f"{metadata.name}/RECORD": f"pkg/{name},,\n{metadata.name}/WHEEL,,\n"})

    module = foreign_module(Distribution("pkg", "1.0", str(metadata), str(tmp_path)), suffixes)

    assert module == (f"pkg/{name}" if is_foreign else "")


def test_a_module_without_a_package_and_a_list_of_files_is_looked_at(tmp_path: Path) -> None:
    modules = ["_fast.cpython-39-x86_64-linux-gnu.so", "_fast.cpython-311-x86_64-linux-gnu.so"]
    write_files(tmp_path, {"pkg-1.0.egg-info/top_level.txt": "_fast\npkg\n", "pkg/__init__.py": ""})
    write_files(tmp_path, dict.fromkeys(modules, ""))
    distribution = Distribution("pkg", "1.0", str(tmp_path / "pkg-1.0.egg-info"), str(tmp_path))

    assert foreign_module(distribution, SUFFIXES) in modules
    assert foreign_module(distribution, (".cpython-39-x86_64-linux-gnu.so",)) == ""


def test_a_namespace_does_not_belong_to_each_of_its_distributions(tmp_path: Path) -> None:
    """Debian's zope.event has no list of files, and its zope.interface lies beside it."""
    module = "_fast.cpython-39-x86_64-linux-gnu.so"
    packages = {
        "python3-zope.event": ["zope.event-1.0.egg-info", "zope/event.py"],
        "python3-zope.interface": ["zope.interface-1.0.egg-info", f"zope/interface/{module}"],
    }
    site = tmp_path / "usr" / "lib" / "python3" / "dist-packages"
    lists = {
        f"var/lib/dpkg/info/{name}.list": "".join(f"/usr/lib/python3/dist-packages/{path}\n" for path in paths)
        for name, paths in packages.items()
    }
    write_files(tmp_path, {"var/lib/dpkg/status": "", **lists})
    write_files(site, {path: "" for paths in packages.values() for path in paths if not path.endswith(".egg-info")})
    for name in ("event", "interface"):
        write_files(site, {f"zope.{name}-1.0.egg-info/top_level.txt": "zope\n"})

    modules = {
        name: foreign_module(Distribution(name, "1.0", str(site / f"{name}-1.0.egg-info"), str(site)), SUFFIXES)
        for name in ("zope.event", "zope.interface")
    }

    assert modules == {
        "zope.event": "",
        "zope.interface": f"zope/interface/{module}",
    }


@pytest.mark.parametrize(
    "tag", ["a", "a-b-c-d", ".".join(map(str, range(300))) + "-a.b-c.d", "cp3" + "9" * 5000 + "-abi3-any"]
)
def test_a_tag_that_is_invalid_or_stands_for_too_many_does_not_count(tag: str, tmp_path: Path) -> None:
    write_files(
        tmp_path, {"m.so": "", "pkg-1.0.dist-info/RECORD": "m.so,,\n", "pkg-1.0.dist-info/WHEEL": f"Tag: {tag}\n"}
    )
    distribution = Distribution("pkg", "1.0", str(tmp_path / "pkg-1.0.dist-info"), str(tmp_path))

    assert foreign_module(distribution, SUFFIXES) == ""

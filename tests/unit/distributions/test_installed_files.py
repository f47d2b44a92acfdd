"""The files of a distribution: listed in RECORD or installed-files.txt, or found by the names of its modules."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from support.metadata_formats import write_files, write_zip
from thinvenv.distributions.disk_usage import size_of, usage_of
from thinvenv.distributions.installed_files import (
    files_below,
    files_of,
    is_compiled,
    modules_of,
    owns,
    parse_record,
    paths_of,
    recorded_files,
    top_level_names,
)
from thinvenv.links.unrecorded_files import find_files
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from pathlib import Path


def make(site: Path, entry: str, files: dict[str, str]) -> Distribution:
    """Write files into a site directory, and return the distribution whose metadata are in ``entry``."""
    site.mkdir(exist_ok=True)
    write_files(site, files)
    return Distribution("my-pkg", "1.0", str(site / entry), str(site))


def recorded(site: Path, record: str, **files: str) -> Distribution:
    return make(site, "my_pkg-1.0.dist-info", {"my_pkg-1.0.dist-info/RECORD": record, **files})


def listed(site: Path, lines: str) -> Distribution:
    return make(site, "my_pkg-1.0.egg-info", {"my_pkg-1.0.egg-info/installed-files.txt": lines})


def test_record_has_paths_and_sizes(tmp_path: Path) -> None:
    distribution = recorded(tmp_path, 'my_pkg/__init__.py,sha256=abc,12\r\n"my_pkg/a,b.txt",,30\r\nmy_pkg/c.pyc,,\r\n')

    assert paths_of(distribution) == ["my_pkg/__init__.py", "my_pkg/a,b.txt", "my_pkg/c.pyc"]
    assert recorded_files(distribution.location) == [
        ("my_pkg/__init__.py", 12),
        ("my_pkg/a,b.txt", 30),
        ("my_pkg/c.pyc", 0),
    ]


def test_paths_that_no_file_can_have_are_left_out(tmp_path: Path) -> None:
    names = ["a\0b.py", "x" * 256, "é" * 128, "../" * 2000 + "bin/tool", "bin/" + "x" * 255]
    distribution = recorded(tmp_path, "".join(f"{name},,5\n" for name in names))

    assert paths_of(distribution) == [names[-1]]
    assert paths_of(listed(tmp_path, "../a\0b.py\n../b.py\n")) == ["b.py"]


def test_sizes_are_those_of_the_files_on_disk_with_their_byte_code(tmp_path: Path) -> None:
    distribution = recorded(tmp_path, "my_pkg/__init__.py,,900\nmy_pkg/fast.so,,900\nmy_pkg/absent.py,,900\na\0b,,1\n")
    for name, size in {"__init__.py": 10, "fast.so": 5000, "__pycache__/__init__.cpython-312.pyc": 7}.items():
        path = tmp_path / "my_pkg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))

    usage = usage_of(distribution)
    assert (usage.files, usage.apparent_bytes) == (3, 5017)
    assert usage.disk_bytes >= 5017


@pytest.mark.parametrize("digits", ["9" * 5000, "-3", "²", "1.5", "0x3"])
def test_a_size_that_is_no_number_counts_as_none(digits: str, tmp_path: Path) -> None:
    assert recorded_files(recorded(tmp_path, f"a.py,,{digits}\n").location) == [("a.py", 0)]


def test_a_tree_that_is_too_deep_is_searched_up_to_a_depth(tmp_path: Path) -> None:
    """Python's own search recurses, and fails at a depth that every user can create."""
    folder = tmp_path
    for _ in range(150):
        folder /= "d"
        folder.mkdir()
        (folder / "file").touch()

    paths = list(files_below("d", str(tmp_path)))

    assert paths == ["d/" * depth + "file" for depth in range(1, 102)]


def test_paths_are_normalized_and_have_forward_slashes(tmp_path: Path) -> None:
    distribution = recorded(tmp_path, "my_pkg\\a.py,,\n./my_pkg//b.py,,\n..\\..\\Scripts\\tool.exe,,\n")

    assert paths_of(distribution) == ["my_pkg/a.py", "my_pkg/b.py", "../../Scripts/tool.exe"]


def test_an_invalid_csv_is_still_read() -> None:
    assert parse_record('a.py,,\n"' + "b.py,,\n" * 30_000)[0] == ["a.py", "", ""]


def test_lines_without_hash_and_size_are_paths(tmp_path: Path) -> None:
    distribution = recorded(tmp_path, "a.py\n\nb.py,\n")

    assert recorded_files(distribution.location) == [("a.py", 0), ("b.py", 0)]


def test_installed_files_are_relative_to_the_egg_info(tmp_path: Path) -> None:
    distribution = listed(tmp_path, "../my_pkg/__init__.py\r\n../../bin/tool\r\nPKG-INFO\r\n\r\n/etc/absolute\r\n")

    assert paths_of(distribution) == [
        "my_pkg/__init__.py",
        "../bin/tool",
        "my_pkg-1.0.egg-info/PKG-INFO",
        "/etc/absolute",
    ]


def test_without_a_list_the_names_of_modules_lead_to_files(tmp_path: Path) -> None:
    files = {"my.egg-info/top_level.txt": "pkg\nmod\n", "pkg/a.py": "1", "pkg/sub/b.py": "22", "mod.py": "333"}
    distribution = make(tmp_path, "my.egg-info", files)

    assert paths_of(distribution) == ["pkg/", "mod.py"]
    assert sorted(files_of(distribution)) == ["mod.py", "pkg/a.py", "pkg/sub/b.py"]
    assert size_of(distribution) == 6


@pytest.mark.parametrize("name", [".", "..", "/", "/usr", "../other", "pkg/../..", "pkg/..", "pkg//etc", "~", "C:\\x"])
def test_a_path_is_no_top_level_name(name: str, tmp_path: Path) -> None:
    distribution = make(tmp_path / "site", "my.egg-info", {"my.egg-info/top_level.txt": f"{name}\n", "my_pkg.py": ""})
    (tmp_path / "other").mkdir()

    assert top_level_names(distribution) == []
    assert paths_of(distribution) == ["my_pkg.py"]
    assert find_files(distribution) == ["my_pkg.py"]


def test_a_part_of_a_namespace_package_is_a_top_level_name(tmp_path: Path) -> None:
    text = "google/cloud zope.interface pkg-stubs _x9"
    distribution = make(tmp_path, "my.egg-info", {"my.egg-info/top_level.txt": text})

    assert top_level_names(distribution) == text.split()


def test_without_any_file_the_name_leads_to_files(tmp_path: Path) -> None:
    distribution = make(
        tmp_path, "my_pkg-1.0.egg-info", {"my_pkg/__init__.py": "", "my_pkg-1.0.egg-info": "Name: my-pkg\n"}
    )

    assert paths_of(distribution) == ["my_pkg/"]


def test_a_link_to_a_directory_is_one_of_the_files(tmp_path: Path) -> None:
    distribution = make(tmp_path, "my_pkg-1.0.egg-info", {"my_pkg/__init__.py": "", "data/x.txt": ""})
    (tmp_path / "my_pkg" / "data").symlink_to(tmp_path / "data")

    assert sorted(files_of(distribution)) == ["my_pkg/__init__.py", "my_pkg/data"]


def test_a_development_install_has_its_files_in_its_project(tmp_path: Path) -> None:
    project, site = tmp_path / "project", tmp_path / "site"
    distribution = make(project, "my_pkg.egg-info", {"my_pkg/__init__.py": "1234", "my_pkg/fast.so": ""})
    distribution = distribution._replace(layer=str(site))

    assert paths_of(distribution) == ["my_pkg/"]
    assert size_of(distribution) == 4
    assert is_compiled(distribution)


def test_metadata_in_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / "lib.zip"
    write_zip(archive, {"my_pkg-1.0.dist-info/RECORD": "my_pkg.py,,3\n", "my_pkg.py": "abc"})
    distribution = Distribution("my-pkg", "1.0", str(archive / "my_pkg-1.0.dist-info"), str(archive))

    assert paths_of(distribution) == ["my_pkg.py"]
    assert not is_compiled(distribution)  # it has no WHEEL
    assert size_of(distribution) == archive.stat().st_size


def test_a_file_that_is_no_archive_has_no_files(tmp_path: Path) -> None:
    (tmp_path / "lib.zip").write_text("not a zip archive")
    distribution = Distribution("my-pkg", "1.0", str(tmp_path / "lib.zip" / "EGG-INFO"), str(tmp_path / "lib.zip"))

    assert not zipfile.is_zipfile(tmp_path / "lib.zip")
    assert paths_of(distribution) == ["my_pkg.py"]


@pytest.mark.parametrize(
    ("record", "start", "expected"),
    [
        ("ns/a.py,,\nns/b/c.py,,\n", "ns/", True),
        ("ns/a.py,,\nns/b/c.py,,\n", "ns/b/", True),
        ("ns/a.py,,\nns/b/c.py,,\n", "b/", False),
        ("a.py,,\n", "a.py/", False),
        ('"ns/a,b.py",,\n', "ns/", True),
        ('x.py,,\n"ns/a""b.py",,\n', "ns/", True),
        ("x.py,,\nns\\a.py,,\n", "ns/", True),
    ],
)
def test_owns(tmp_path: Path, record: str, start: str, *, expected: bool) -> None:
    assert owns(recorded(tmp_path, record), start) is expected


def test_a_package_that_is_not_listed_file_by_file_owns_all_below_it(tmp_path: Path) -> None:
    distribution = make(tmp_path, "my_pkg-1.0.egg-info", {"my_pkg/__init__.py": ""})

    assert owns(distribution, "my_pkg/")
    assert owns(distribution, "my_pkg/sub/")
    assert not owns(distribution, "other/")


def test_modules_are_top_level_names(tmp_path: Path) -> None:
    record = "my_pkg/__init__.py,,\nmy_pkg/sub/a.py,,\nmod.py,,\n_fast.cpython-312-x86_64-linux-gnu.so,,\n"
    others = "../../bin/tool,,\nmy_pkg-1.0.dist-info/METADATA,,\n/opt/x.py,,\n.hidden,,\n"

    assert modules_of(recorded(tmp_path, record + others)) == ("my_pkg", "mod", "_fast")


@pytest.mark.parametrize("purelib", [True, False])
def test_the_wheel_file_decides_whether_a_distribution_is_compiled(tmp_path: Path, *, purelib: bool) -> None:
    files = {"my_pkg-1.0.dist-info/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: {str(purelib).lower()}\n"}

    assert is_compiled(recorded(tmp_path, "my_pkg/fast.so,,\n", **files)) is not purelib


def test_without_a_wheel_file_extension_modules_decide(tmp_path: Path) -> None:
    assert is_compiled(recorded(tmp_path / "one", "my_pkg/fast.so,,\n"))
    assert not is_compiled(recorded(tmp_path / "two", "my_pkg/slow.py,,\n"))
    assert is_compiled(make(tmp_path / "three", "my_pkg-1.0.egg-info", {"my_pkg/a.pyd": ""}))

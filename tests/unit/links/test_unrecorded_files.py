"""The files of distributions that list none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.metadata_formats import write_files
from thinvenv.links.unrecorded_files import find_files
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from pathlib import Path


def make(layer: Path, name: str, *files: str, top_level: str = "") -> Distribution:
    """Write files and an ``egg-info``, and return its distribution."""
    entry = f"{name.replace('-', '_')}-1.0.egg-info"
    write_files(layer, {**dict.fromkeys(files, ""), f"{entry}/PKG-INFO": f"Name: {name}\n"})
    if top_level:
        write_files(layer, {f"{entry}/top_level.txt": top_level})
    return Distribution(name, "1.0", str(layer / entry), str(layer))


def test_top_level_names_lead_to_packages_modules_and_stubs(tmp_path: Path) -> None:
    files = (
        "pkg/__init__.py",
        "pkg/sub/data.txt",
        "pkg-stubs/__init__.pyi",
        "mod.py",
        "_fast.cpython-312.so",
        "mod.txt",
    )
    distribution = make(tmp_path, "other-name", *files, "unrelated.py", top_level="pkg\nmod\n_fast\n")

    assert sorted(find_files(distribution)) == sorted(set(files) - {"mod.txt"})


def test_the_name_of_a_distribution_leads_to_its_module_in_any_case(tmp_path: Path) -> None:
    assert find_files(make(tmp_path, "my-pkg", "My_Pkg/__init__.py")) == ["My_Pkg/__init__.py"]
    assert find_files(make(tmp_path, "single", "Single.py")) == ["Single.py"]


def test_start_up_files_and_libraries_belong_to_it(tmp_path: Path) -> None:
    files = ("my_pkg/__init__.py", "my_pkg-1.0-nspkg.pth", "my_pkg-1.0.start", "my_pkg.libs/libx.so")

    assert sorted(find_files(make(tmp_path, "my-pkg", *files, "other-nspkg.pth", "other.start"))) == sorted(files)


def test_a_distribution_without_modules_has_no_files(tmp_path: Path) -> None:
    distribution = make(tmp_path, "my-pkg", "my_pkg.libs/libx.so", "my_pkg-1.0-nspkg.pth")

    assert find_files(distribution) == []
    assert find_files(distribution._replace(layer=str(tmp_path / "missing"))) == []


def test_parts_of_a_namespace_that_others_are_named_after_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "google-auth", "google/auth/__init__.py", top_level="google\n")
    make(tmp_path, "google-api-core", "google/api_core/__init__.py", top_level="google\n")
    make(tmp_path, "google-cloud-storage", "google/cloud/storage/__init__.py", top_level="google\n")
    shared = make(tmp_path, "google-common", "google/common/__init__.py", "google/rpc/a.py", top_level="google\n")

    assert sorted(find_files(shared)) == ["google/common/__init__.py", "google/rpc/a.py"]


def test_a_part_within_its_own_part_is_not_left_out(tmp_path: Path) -> None:
    outer = make(tmp_path, "ns-core", "ns/core/__init__.py", "ns/core/extra/__init__.py", top_level="ns\n")
    inner = make(tmp_path, "ns-core-extra", top_level="ns\n")

    assert find_files(outer) == ["ns/core/__init__.py"]
    assert sorted(find_files(inner)) == ["ns/core/__init__.py", "ns/core/extra/__init__.py"]


def test_a_regular_package_is_not_shared_with_others(tmp_path: Path) -> None:
    make(tmp_path, "pkg-plugin", top_level="pkg_plugin\n")
    distribution = make(tmp_path, "pkg", "pkg/__init__.py", "pkg/plugin/__init__.py", top_level="pkg\n")

    assert sorted(find_files(distribution)) == ["pkg/__init__.py", "pkg/plugin/__init__.py"]


def test_dpkg_decides_which_files_belong_to_a_debian_package(tmp_path: Path) -> None:
    layer = tmp_path / "usr" / "lib" / "python3" / "dist-packages"
    first = make(layer, "ns-one", "ns/one.py", "ns/part/a.py", top_level="ns\n")
    second = make(layer, "ns-two", "ns/two.py", top_level="nothing_here\n")
    site = "/usr/lib/python3/dist-packages"
    first_list = f"{site}/ns_one-1.0.egg-info\n{site}/ns/one.py\n"
    second_list = f"{site}/ns_two-1.0.egg-info\n{site}/ns/two.py\n{site}/ns/part/a.py\n"
    status = "Package: python3-ns-one\n\nPackage: python3-ns-two\n"
    lists = {"info/python3-ns-one.list": first_list, "info/python3-ns-two.list": second_list}
    write_files(tmp_path / "var" / "lib" / "dpkg", {"status": status, **lists})

    assert find_files(first) == ["ns/one.py"]
    assert sorted(find_files(second)) == ["ns/part/a.py", "ns/two.py"]

"""The database of dpkg, in a root directory that the tests write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.metadata_formats import write_files
from thinvenv.inventory import dpkg
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from collections.abc import Mapping

SITE = "usr/lib/python3/dist-packages"

STATUS = """\
Package: python3-alpha
Status: install ok installed
Depends: python3:any, python3-beta (>= 2.0),
 python3-gamma-parts | python3-other, libc6
Pre-Depends: dpkg
Description: a package
 Depends: python3-not-this

Package: python3-beta
Architecture: all

Package: python3-gamma-parts
Depends: python3-gamma

Package: python3-gamma
Depends: python3-alpha

Package: libc6
Depends: python3-beta
"""

FILES = {
    "python3-alpha": ("alpha/__init__.py", "alpha-1.0.egg-info", "alpha-1.0.egg-info/requires.txt", "ns/alpha.py"),
    "python3-beta:amd64": ("beta.py", "beta-2.0.egg-info"),
    "python3-gamma-parts": ("gamma/part.py",),
    "python3-gamma": ("gamma/__init__.py", "gamma-3.0.dist-info"),
}


@pytest.fixture
def layer(tmp_path: Path) -> str:
    """A site directory with four packages, which dpkg knows."""
    root = tmp_path / "root"
    write_database(root, STATUS, FILES)
    (root / SITE).mkdir(parents=True)
    return str(root / SITE)


def write_database(root: Path, status: str, files: Mapping[str, tuple[str, ...]]) -> None:
    folder = root / "var" / "lib" / "dpkg"
    lists = {f"info/{name}.list": "".join(f"/{SITE}/{path}\n" for path in paths) for name, paths in files.items()}
    write_files(folder, {"status": status, **lists, "info/libc6.list": "/.\n/usr/lib/libc.so.6\n"})


def make(layer: str, entry: str) -> Distribution:
    return Distribution(entry.partition("-")[0], "1.0", f"{layer}/{entry}", layer)


def test_files_come_from_the_lists_of_packages(layer: str) -> None:
    packages = dpkg.packages_of(layer)

    assert packages
    assert packages.files_of(make(layer, "beta-2.0.egg-info")) == frozenset({"beta.py", "beta-2.0.egg-info"})
    assert packages.files_of(make(layer, "unknown-1.0.egg-info")) is None
    assert "libc6" not in packages.files


def test_dependencies_are_names_without_versions_and_with_alternatives(layer: str) -> None:
    packages = dpkg.packages_of(layer)

    assert packages
    assert packages.depends["python3-alpha"] == (
        "python3",
        "python3-beta",
        "python3-gamma-parts",
        "python3-other",
        "libc6",
        "dpkg",
    )
    assert packages.depends["python3-beta"] == ()
    assert "libc6" not in packages.depends


def test_a_distribution_requires_those_that_its_package_depends_on(layer: str) -> None:
    packages = dpkg.packages_of(layer)
    alpha, beta, gamma = (
        make(layer, entry) for entry in ("alpha-1.0.egg-info", "beta-2.0.egg-info", "gamma-3.0.dist-info")
    )

    assert packages
    # A package without metadata leads on to its own dependencies.
    assert packages.required(alpha, [alpha, beta, gamma]) == ("beta", "gamma")
    assert packages.required(gamma, [alpha, beta, gamma]) == ("alpha",)
    assert packages.required(beta, [alpha, beta, gamma]) == ()
    assert packages.required(make(layer, "unknown-1.0.egg-info"), [alpha]) is None


def test_the_files_of_a_package_without_metadata_belong_to_no_other_distribution(layer: str) -> None:
    packages, gamma = dpkg.packages_of(layer), make(layer, "gamma-3.0.dist-info")

    assert packages
    assert packages.belongs_to_another("ns/alpha.py", gamma)
    assert not packages.belongs_to_another("gamma/__init__.py", gamma)
    assert not packages.belongs_to_another("gamma/part.py", gamma)
    assert not packages.belongs_to_another("unknown.py", gamma)


def test_a_changed_database_is_read_again(layer: str, tmp_path: Path) -> None:
    assert dpkg.packages_of(layer)

    write_database(tmp_path / "root", f"{STATUS}\nPackage: python3-new\n", {"python3-new": ("new.py",)})

    packages = dpkg.packages_of(layer)
    assert packages
    assert "python3-new" in packages.files


@pytest.mark.parametrize("path", ["usr/local/lib/python3/dist-packages", "usr/lib/python3/site-packages"])
def test_dpkg_knows_no_other_directory(layer: str, tmp_path: Path, path: str) -> None:
    assert dpkg.database_of(layer) == tmp_path / "root" / "var" / "lib" / "dpkg"
    assert dpkg.packages_of(str(tmp_path / "root" / path)) is None


def test_a_system_without_dpkg_has_no_packages(tmp_path: Path) -> None:
    assert dpkg.packages_of(str(tmp_path / SITE)) is None


@pytest.mark.parametrize(
    ("requires", "expected"), [("", True), ("\n[test]\npytest\n", True), ("numpy\n", False), (None, False)]
)
def test_an_empty_list_of_requirements_shows_that_debian_removed_them(
    layer: str, requires: str | None, *, expected: bool
) -> None:
    distribution = make(layer, "delta-1.0.egg-info")
    if requires is not None:
        write_files(Path(layer), {"delta-1.0.egg-info/requires.txt": requires})

    assert dpkg.has_lost_requirements(distribution) is expected
    assert not dpkg.has_lost_requirements(distribution._replace(layer="/usr/lib/python3.11/site-packages"))

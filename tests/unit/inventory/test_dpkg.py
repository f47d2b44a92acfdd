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
Version: 1.0-1
Depends: python3:any, python3-beta (>= 2.0), python3-beta (<< 3~),
 python3-other | python3-gamma-parts, libc6, python3-theta | python3 (>> 3.8)
Pre-Depends: dpkg
Description: a package
 Depends: python3-not-this

Package: python3-beta
Version: 1:2.0+dfsg-1
Architecture: all

Package: python3-gamma-parts
Version: 3.0-4
Depends: python3-gamma (= 3.0-4)
Provides: python3-gamma-api-min (= 97), python3-gamma-any

Package: python3-gamma
Version: 3.0-4
Depends: python3-alpha (>= 1.0)

Package: python3-delta
Depends: python3-gamma-api-min (<= 97), python3-beta (<< 1:40) | python3-theta

Package: python3-epsilon
Depends: python3-gamma-api-min (>> 97) | python3-eta | python3-theta,
 python3-transitional, python3-eta

Package: python3-transitional
Depends: python3-beta

Package: python3-eta
Status: deinstall ok config-files

Package: python3-zeta
Depends: python3-eta | mime-support, python3-theta | python3-eta, libc7

Package: python3-theta

Package: libc6
Depends: python3-beta
"""

FILES = {
    "python3-alpha": ("alpha/__init__.py", "alpha-1.0.egg-info", "alpha-1.0.egg-info/requires.txt", "ns/alpha.py"),
    "python3-beta:amd64": ("beta.py", "beta-2.0.egg-info"),
    "python3-gamma-parts": ("gamma/part.py",),
    "python3-gamma": ("gamma/__init__.py", "gamma-3.0.dist-info"),
    "python3-delta": ("delta/__init__.py", "delta", "delta-1.0.egg-info", "_delta.so", "delta/data/x.egg-info"),
    "python3-epsilon": ("epsilon.py", "epsilon-1.0.egg-info", "second.py", "second-1.0.dist-info"),
    "python3-zeta": ("zeta.py", "zeta-1.0.egg-info"),
    "python3-theta": ("theta.py", "theta-1.0.egg-info"),
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


def distributions(layer: str) -> dict[str, Distribution]:
    names = {"beta": "2.0+dfsg", "gamma": "3.0"}
    entries = [entry for paths in FILES.values() for entry in paths if "/" not in entry and entry.endswith("-info")]
    unnumbered = {entry: make(layer, entry) for entry in entries}
    return {entry: dist._replace(version=names.get(dist.name, "1.0")) for entry, dist in unnumbered.items()}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        # The bounds of several relations count together. A package without metadata leads on to its own
        # dependencies, but is in lockstep with them alone. The interpreter as an alternative is a marker.
        ("alpha-1.0.egg-info", ("beta", "gamma", 'theta; python_full_version < "3.8"')),
        ("beta-2.0.egg-info", ()),
        ("gamma-3.0.dist-info", ("alpha>=1.0",)),
        # A virtual package stands for those that provide it; of alternatives, the first that is installed counts.
        ("delta-1.0.egg-info", ("beta<40", "gamma")),
        # An alternative that is not satisfied, or no longer installed, does not count. A package without files leads
        # on.
        ("epsilon-1.0.egg-info", ("beta", "theta")),
        ("zeta-1.0.egg-info", ("theta",)),
        ("unknown-1.0.egg-info", None),
    ],
)
def test_the_requirements_of_a_distribution_follow_from_the_dependencies_of_its_package(
    layer: str, entry: str, expected: tuple[str, ...] | None
) -> None:
    packages = dpkg.packages_of(layer)

    assert packages
    assert packages.required(make(layer, entry), distributions(layer)) == expected


def test_bounds_count_where_the_package_is_numbered_as_the_distribution(layer: str, tmp_path: Path) -> None:
    status = STATUS.replace("Version: 1:2.0+dfsg-1", "Version: 2.0+dfsg-1")
    write_database(tmp_path / "root", status, FILES)
    packages = dpkg.packages_of(layer)

    assert packages
    assert packages.required(make(layer, "alpha-1.0.egg-info"), distributions(layer)) == (
        "beta<3,>=2.0",
        "gamma",
        'theta; python_full_version < "3.8"',
    )


def test_a_distribution_whose_metadata_have_been_deleted_is_still_required(layer: str) -> None:
    packages = dpkg.packages_of(layer)
    remaining = distributions(layer)
    del remaining["gamma-3.0.dist-info"]

    assert packages
    assert packages.required(make(layer, "delta-1.0.egg-info"), remaining) == ("beta<40", "gamma")


def test_packages_that_dpkg_does_not_have_are_missing(layer: str) -> None:
    packages = dpkg.packages_of(layer)
    write_files(Path(layer), {"gamma/part.py": ""})

    assert packages
    missing = {dist.name: packages.missing_packages(dist) for dist in distributions(layer).values()}
    assert {name: names for name, names in missing.items() if names} == {
        "epsilon": ["python3-eta"],
        "second": ["python3-eta"],
        "zeta": ["python3-eta"],
    }
    (Path(layer) / "gamma" / "part.py").unlink()
    assert packages.missing_packages(make(layer, "alpha-1.0.egg-info")) == ["python3-gamma-parts"]


def test_own_files_are_those_of_the_package_and_borrowed_ones_those_of_packages_without_metadata(layer: str) -> None:
    packages = dpkg.packages_of(layer)
    delta, epsilon = (make(layer, entry) for entry in ("delta-1.0.egg-info", "epsilon-1.0.egg-info"))

    assert packages
    assert packages.own_files(delta) == [
        "_delta.so",
        "delta-1.0.egg-info",
        "delta/__init__.py",
        "delta/data/x.egg-info",
    ]
    assert packages.borrowed_files(delta) == ["gamma/part.py"]
    # Which of the files of a package with several distributions are whose is not known.
    assert packages.own_files(epsilon) == packages.borrowed_files(epsilon) == []
    unknown = make(layer, "unknown-1.0.egg-info")
    assert packages.own_files(unknown) == packages.borrowed_files(unknown) == []


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
    distribution = make(layer, "unlisted-1.0.egg-info")
    if requires is not None:
        write_files(Path(layer), {"unlisted-1.0.egg-info/requires.txt": requires})

    assert dpkg.may_lack_requirements(distribution) is expected
    assert not dpkg.may_lack_requirements(distribution._replace(layer="/usr/lib/python3.11/site-packages"))


def test_metadata_that_are_one_file_have_no_requirements_and_may_lack_some_where_only_dpkg_writes(
    layer: str, tmp_path: Path
) -> None:
    local = tmp_path / "root" / "usr" / "local" / "lib" / "python3.11" / "dist-packages"
    write_files(Path(layer), {"unlisted-1.0.egg-info": "", "beta-2.0.egg-info": ""})
    write_files(local, {"unlisted-1.0.egg-info": ""})

    assert dpkg.may_lack_requirements(make(layer, "unlisted-1.0.egg-info"))
    assert not dpkg.may_lack_requirements(make(layer, "beta-2.0.egg-info"))
    assert not dpkg.may_lack_requirements(make(str(local), "unlisted-1.0.egg-info"))

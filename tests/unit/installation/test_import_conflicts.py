"""Modules that a package in another layer hides, found in directories and RECORD files alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from thinvenv.installation.import_conflicts import Conflicts, find_conflicts
from thinvenv.model import Distribution, Inventory, Layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EXTENDS_PATH = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
NSPKG = "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('ns',))\n"


@pytest.fixture
def venv(tmp_path: Path) -> Layer:
    (tmp_path / "venv").mkdir()
    return Layer(str(tmp_path / "venv"), "venv")


@pytest.fixture
def base(tmp_path: Path) -> Layer:
    (tmp_path / "base").mkdir()
    return Layer(str(tmp_path / "base"), "base")


def install(layer: Layer, name: str, files: Mapping[str, str] | Iterable[str]) -> Distribution:
    """Write the files of a distribution, with a RECORD, into a layer; without content they are empty."""
    contents = dict(files) if isinstance(files, dict) else dict.fromkeys(files, "")
    metadata = Path(layer.path, f"{name}-1.0.dist-info")
    contents[f"{metadata.name}/RECORD"] = "".join(f"{path},,\n" for path in contents)
    for path, text in contents.items():
        file = Path(layer.path, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Distribution(name, "1.0", str(metadata), layer.path)


def conflicts(
    venv: Layer,
    base: Layer,
    *distributions: Distribution,
    unused: Iterable[Distribution] = (),
    base_first: bool = False,
) -> Conflicts:
    layers = (base, venv) if base_first else (venv, base)
    return find_conflicts(Inventory(layers, (*distributions, *unused)), distributions)


def hidden(all_conflicts: Conflicts) -> dict[str, str]:
    """Return the owner of each hidden module."""
    return {conflict.module: conflict.owner.name for conflict in all_conflicts.hidden}


def test_parts_of_a_native_namespace_package_do_not_conflict(venv: Layer, base: Layer) -> None:
    new, old = install(venv, "new", ["ns/new.py"]), install(base, "old", ["ns/old.py"])

    assert conflicts(venv, base, new, old) == Conflicts()


def test_a_package_in_the_venv_hides_the_part_of_a_used_distribution(venv: Layer, base: Layer) -> None:
    new, old = install(venv, "new", ["ns/__init__.py"]), install(base, "old", ["ns/old.py"])

    assert hidden(conflicts(venv, base, new, old)) == {"ns": "old"}


def test_a_part_that_no_requirement_uses_may_be_hidden(venv: Layer, base: Layer) -> None:
    new, old = install(venv, "new", ["ns/__init__.py"]), install(base, "old", ["ns/old.py"])

    assert conflicts(venv, base, new, unused=[old]) == Conflicts()


def test_a_module_in_the_venv_hides_a_package_of_the_same_name(venv: Layer, base: Layer) -> None:
    new, old = install(venv, "new", ["py.py"]), install(base, "old", ["py/__init__.py"])

    assert hidden(conflicts(venv, base, new, old)) == {"py": "old"}


def test_a_package_in_the_base_hides_a_part_in_the_venv(venv: Layer, base: Layer) -> None:
    new, old = install(venv, "new", ["ns/new.py"]), install(base, "old", ["ns/__init__.py"])

    assert hidden(conflicts(venv, base, new, unused=[old])) == {"ns": "old"}


def test_a_package_that_no_distribution_owns_begins_in_the_venv(venv: Layer, base: Layer) -> None:
    new = install(venv, "new", ["ns/new.py"])
    Path(base.path, "ns").mkdir()
    Path(base.path, "ns", "__init__.py").touch()

    assert conflicts(venv, base, new) == Conflicts(venv_first={"ns": (f"{base.path}/ns",)})


def test_a_package_that_extends_its_path_includes_the_venv(venv: Layer, base: Layer) -> None:
    new, old = install(venv, "new", ["ns/new.py"]), install(base, "old", {"ns/__init__.py": EXTENDS_PATH})

    assert conflicts(venv, base, new, old) == Conflicts()


def test_a_package_that_extends_its_path_prefers_its_own_modules(venv: Layer, base: Layer) -> None:
    new = install(venv, "new", ["ns/part.py"])
    old = install(base, "old", {"ns/__init__.py": EXTENDS_PATH, "ns/part.py": ""})

    assert hidden(conflicts(venv, base, new, unused=[old])) == {"ns": "old"}


def test_packages_within_namespace_packages_are_compared(venv: Layer, base: Layer) -> None:
    new = install(venv, "new", {"ns/__init__.py": EXTENDS_PATH, "ns/sub/__init__.py": ""})
    old = install(base, "old", {"ns/__init__.py": EXTENDS_PATH, "ns/sub/old.py": ""})

    assert hidden(conflicts(venv, base, new, old)) == {"ns.sub": "old"}


def test_a_base_that_precedes_the_venv_is_no_conflict(venv: Layer, base: Layer) -> None:
    new, old = install(venv, "new", ["ns/new.py"]), install(base, "old", ["ns/__init__.py"])

    assert conflicts(base, venv, new, old) == Conflicts()


@pytest.mark.parametrize("name", ["tests", "docs", "examples"])
def test_packages_that_wheels_contain_by_mistake_do_not_count(venv: Layer, base: Layer, name: str) -> None:
    new, old = install(venv, "new", [f"{name}/__init__.py"]), install(base, "old", [f"{name}/old.py"])

    assert conflicts(venv, base, new, old) == Conflicts()


@pytest.mark.parametrize("path", ["ns-data/old.py", "__pycache__/ns.pyc", "ns.txt"])
def test_what_cannot_be_imported_does_not_count(venv: Layer, base: Layer, path: str) -> None:
    new, old = install(venv, "new", [path]), install(base, "old", [path])

    assert conflicts(venv, base, new, old) == Conflicts()


def test_a_path_file_in_the_base_claims_a_namespace(venv: Layer, base: Layer) -> None:
    new = install(venv, "new", ["ns/new.py"])
    old = install(base, "old", {"ns/old.py": "", "old-nspkg.pth": NSPKG})

    assert conflicts(venv, base, new, old) == Conflicts(venv_first={"ns": (f"{base.path}/ns",)})


def test_a_path_file_in_the_venv_claims_it_too(venv: Layer, base: Layer) -> None:
    new = install(venv, "new", {"ns/new.py": "", "new-nspkg.pth": NSPKG})
    old = install(base, "old", {"ns/old.py": "", "old-nspkg.pth": NSPKG})

    assert conflicts(venv, base, new, old) == Conflicts()


def test_a_layer_that_does_not_exist_has_no_modules(venv: Layer, tmp_path: Path) -> None:
    new = install(venv, "new", ["ns/new.py"])

    assert conflicts(venv, Layer(str(tmp_path / "missing"), "base"), new) == Conflicts()

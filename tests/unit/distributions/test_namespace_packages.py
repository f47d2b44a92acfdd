"""Directories that several distributions may have parts of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thinvenv.distributions.namespace_packages import is_namespace_init, is_namespace_package

if TYPE_CHECKING:
    from pathlib import Path

PKGUTIL = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
SETUPTOOLS = "__import__('pkg_resources').declare_namespace(__name__)\n"


@pytest.mark.parametrize("text", [PKGUTIL, SETUPTOOLS, "# a long licence\n" * 1000 + PKGUTIL])
def test_a_package_that_extends_its_path_is_a_namespace_package(tmp_path: Path, text: str) -> None:
    (tmp_path / "__init__.py").write_text(text)

    assert is_namespace_init(str(tmp_path / "__init__.py"))
    assert is_namespace_package(str(tmp_path))


@pytest.mark.parametrize("name", ["__init__.py", "__init__.cpython-312-x86_64-linux-gnu.so", "__init__.pyi"])
def test_a_package_without_path_extension_is_no_namespace_package(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")

    assert not is_namespace_init(str(tmp_path / name))
    assert not is_namespace_package(str(tmp_path))


def test_only_python_source_extends_a_path(tmp_path: Path) -> None:
    (tmp_path / "__init__.so").write_text(PKGUTIL)

    assert not is_namespace_package(str(tmp_path))


def test_a_directory_without_init_is_a_namespace_package(tmp_path: Path) -> None:
    folder = tmp_path / "with [brackets]"
    folder.mkdir()

    assert is_namespace_package(str(folder))
    assert not is_namespace_init(str(folder / "__init__.py"))


def test_a_file_or_nothing_is_no_namespace_package(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert not is_namespace_package(str(tmp_path / "file"))
    assert not is_namespace_package(str(tmp_path / "missing"))

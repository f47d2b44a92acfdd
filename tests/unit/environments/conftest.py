"""Fixtures for the modules that are copied into environments: they run here, over site directories of the tests."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder, SourceFileLoader
from importlib.metadata import MetadataPathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from thinvenv.environments import injected

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the site directory of an environment, which is on the path."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    return folder


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> type[SourceFileLoader]:
    """Return a class of loaders that a module of environments may patch, and restore the finders after the test."""
    # Libraries that other tests import add finders at the end, or replace that of distributions by a backport.
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[: sys.meta_path.index(PathFinder) + 1])
    monkeypatch.setattr(PathFinder, "find_distributions", MetadataPathFinder.find_distributions, raising=False)
    return type("Loader", (SourceFileLoader,), {})


@pytest.fixture
def load(site: Path, loader: type[SourceFileLoader], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Return a function that loads a module of environments as if it were in ``site``."""

    def load_module(name: str) -> Any:
        file = Path(injected.__path__[0], f"{name}.py")
        spec = spec_from_file_location(name, file, loader=loader(name, str(file)))
        assert spec
        assert spec.loader
        module = module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        vars(module).update(SITE=str(site))
        return module

    return load_module


@pytest.fixture
def unload(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that lets modules be imported anew, and removes them after the test."""

    def remove(*names: str) -> None:
        for name in names:
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
            del sys.modules[name]

    return remove

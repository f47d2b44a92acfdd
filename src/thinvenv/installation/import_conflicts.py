"""Finds modules that imports do not find because a package in another layer hides them.

In a full environment all distributions share one directory. In a thin one they are in several
layers, and the first layer that has a package hides what the others have of the same name: an
``ns/__init__.py`` in the base hides ``ns/part`` in the venv, a ``py.py`` in the venv hides ``py/``
in the base (pytest-dev/pytest#10603). This module lists directories as the path finders do, and
imports nothing.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from thinvenv.distributions import installed_files
from thinvenv.distributions.namespace_packages import is_namespace_init
from thinvenv.files import is_directory, is_regular_file, names_in, raise_if_transient, read_if_any
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from thinvenv.model import Distribution, Inventory, Layer

Modules: TypeAlias = dict[str, list[str]]
"""The modules in one directory, each with its file names. The name of a folder ends with a slash."""

# Many wheels contain these by mistake. Nothing imports them.
IGNORED_PACKAGES = frozenset({"tests", "test", "docs", "doc", "examples", "benchmarks"})

_NSPKG_NAME = re.compile(r"\*\((?P<parts>(?:'[^']+',? ?)+)\)")


class HiddenModule(NamedTuple):
    """A module that imports do not find where it was installed.

    Attributes:
        module: Its dotted name.
        owner: The base distribution that has to be installed into the venv as well, so that imports
            find the module.

    """

    module: str
    owner: Distribution


@dataclass(frozen=True, slots=True)
class Conflicts:
    """The conflicts of an environment, by what solves them.

    Attributes:
        hidden: Solved by installing base distributions into the venv as well.
        venv_first: The namespace packages that have to begin in the venv, because the base claims
            them without a distribution in use that owns them; each with its directories in the base.

    """

    hidden: tuple[HiddenModule, ...] = ()
    venv_first: dict[str, tuple[str, ...]] = field(default_factory=dict)


def find_conflicts(inventory: Inventory, used: Iterable[Distribution]) -> Conflicts:
    """Return the conflicts between the layers of an environment.

    Args:
        inventory: All distributions that the environment can import.
        used: The distributions in the closure of its requirements.

    """
    search = _Search(inventory, tuple(used))
    parts = [
        _Part(layer.path, layer, _modules_in(layer.path))
        for layer in inventory.layers
        if layer.kind in {"venv", "base"}
    ]
    search.visit_path_files(parts)
    search.visit("", parts)
    return Conflicts(tuple(search.hidden.values()), search.venv_first)


class _Part(NamedTuple):
    """A directory of a package in one layer, or the layer itself."""

    path: str
    layer: Layer
    modules: Modules

    def sub_part(self, name: str) -> _Part:
        path = os.path.join(self.path, name)
        return _Part(path, self.layer, _modules_in(path))

    def has_folder(self, name: str) -> bool:
        return f"{name}/" in self.modules.get(name, ())

    def init_file(self, name: str) -> str:
        """Return the file that makes a folder a regular package, or an empty string."""
        path = os.path.join(self.path, name, "__init__.py")
        return path if self.has_folder(name) and is_regular_file(path) else ""

    def ends_search(self, name: str) -> bool:
        """Return whether a path finder stops here: at a module or a regular package, not at a part of a namespace."""
        return bool(self.init_file(name)) or any(not file.endswith("/") for file in self.modules.get(name, ()))


@dataclass
class _Search:
    """The search for conflicts: it begins with the layers, and descends into packages that several layers have."""

    inventory: Inventory
    used: Sequence[Distribution]
    hidden: dict[str, HiddenModule] = field(default_factory=dict)
    venv_first: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def visit_path_files(self, parts: Sequence[_Part]) -> None:
        """Find the namespaces that a ``*-nspkg.pth`` in the base claims when an interpreter starts."""
        in_venv = {name for part in parts if part.layer.kind == "venv" for name in _nspkg_names(part.path)}
        for part in parts:
            if part.layer.kind == "base":
                for name in set(_nspkg_names(part.path)) - in_venv:
                    self.put_venv_first(name, parts)

    def put_venv_first(self, name: str, parts: Sequence[_Part]) -> None:
        folders = [(part.layer, os.path.join(part.path, *name.split("."))) for part in parts]
        existing = [(layer, folder) for layer, folder in folders if is_directory(folder)]
        if any(layer.kind == "venv" for layer, _ in existing):
            self.venv_first[name] = tuple(folder for layer, folder in existing if layer.kind == "base")

    def visit(self, package: str, parts: Sequence[_Part]) -> None:
        """Visit each module of a package that is both in the venv and in the base.

        Args:
            package: The dotted name of the package; empty for the layers themselves.
            parts: Its directories, in the order in which imports search them.

        """
        for name in _names_in_both(parts):
            module = f"{package}.{name}" if package else name
            if module in self.venv_first or (not package and name in IGNORED_PACKAGES):
                continue
            candidates = [part for part in parts if name in part.modules]
            winner = next((part for part in candidates if part.ends_search(name)), None)
            if winner is None:
                self.visit(module, [part.sub_part(name) for part in candidates])
            elif winner.layer.kind == "venv":
                self.visit_found_in_venv(module, name, winner, candidates)
            elif candidates.index(winner) > 0:  # nothing can be done about what precedes the venv on the path
                self.visit_found_in_base(module, name, winner, candidates)

    def visit_found_in_venv(self, module: str, name: str, winner: _Part, candidates: Sequence[_Part]) -> None:
        """Find the used base distributions whose part of a module is hidden by the venv."""
        if is_namespace_init(winner.init_file(name)):
            self.visit(module, [part.sub_part(name) for part in candidates if part.has_folder(name)])
            return
        layers = {part.layer.path for part in candidates if part.layer.kind == "base"}
        for distribution in self.used:
            if distribution.layer in layers and _owns_module(distribution, module, within=True):
                self.hidden.setdefault(distribution.name, HiddenModule(module, distribution))

    def visit_found_in_base(self, module: str, name: str, winner: _Part, candidates: Sequence[_Part]) -> None:
        """Find the base distribution that hides the venv's part of a module."""
        inner = [part.sub_part(name) for part in candidates if part.has_folder(name)]
        if is_namespace_init(winner.init_file(name)) and not _names_in_both(inner):
            return  # the package includes the part in the venv, and has no module of the same name
        in_layer = (dist for dist in self.inventory.visible.values() if dist.layer == winner.layer.path)
        owner = next((dist for dist in in_layer if _owns_module(dist, module, within=False)), None)
        if owner is None:
            self.venv_first[module] = tuple(part.path for part in inner if part.layer.kind == "base")
        else:
            self.hidden.setdefault(owner.name, HiddenModule(module, owner))


def _owns_module(distribution: Distribution, module: str, *, within: bool) -> bool:
    """Return whether a distribution has a module, or the ``__init__`` of a package.

    Args:
        distribution: A distribution.
        module: The dotted name of the module.
        within: Whether any file within the package counts.

    """
    path = module.replace(".", "/")
    starts = (f"{path}/", f"{path}.") if within else (f"{path}/__init__.", f"{path}.")
    return any(installed_files.owns(distribution, start) for start in starts)


def _names_in_both(parts: Sequence[_Part]) -> list[str]:
    """Return the names of the modules that are both in the venv and in the base."""
    venv = {name for part in parts if part.layer.kind == "venv" for name in part.modules}
    base = {name for part in parts if part.layer.kind == "base" for name in part.modules}
    return sorted(venv & base)


def _modules_in(path: str) -> Modules:
    """Return the modules that can be imported from a directory."""
    modules: Modules = {}
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                name, dot, _ = entry.name.partition(".")
                if not name.isidentifier() or name in {"__pycache__", "__init__"}:
                    continue
                if not dot and entry.is_dir():
                    modules.setdefault(name, []).append(f"{name}/")
                elif entry.name.endswith((".py", *installed_files.EXTENSION_MODULES)):
                    modules.setdefault(name, []).append(entry.name)
    except OSError as error:
        raise_if_transient(error)
        return {}
    return modules


def _nspkg_names(path: str) -> Iterator[str]:
    """Yield the namespace packages that the ``*-nspkg.pth`` files of setuptools in a directory create."""
    for name in (name for name in names_in(path) if name.endswith("-nspkg.pth")):
        for match in _NSPKG_NAME.finditer(read_if_any(os.path.join(path, name)).decode(errors="replace")):
            yield ".".join(re.findall(r"'([^']+)'", match["parts"]))

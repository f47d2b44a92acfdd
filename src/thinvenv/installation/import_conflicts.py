"""What the path finders would load, compared with what was installed, without importing it.

In a full environment all distributions share one directory. In a thin one they lie in
several, and the first that has a package hides what the others have of the same name: a
base's ``ns/__init__.py`` hides ``ns/part`` of the venv, a ``py.py`` in the venv hides the
``py/`` of the base (pytest-dev/pytest#10603).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from thinvenv.distributions import installed_files
from thinvenv.distributions.namespace_packages import is_namespace_init

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from thinvenv.model import Distribution, Inventory, Layer

Names: TypeAlias = dict[str, list[str]]
"""The modules of one directory, each with its files; a directory has a slash at its end."""

# Not in tools of packaging's vocabulary, but in many a wheel by mistake; nobody imports them.
STRAY = frozenset({"tests", "test", "docs", "doc", "examples", "benchmarks"})

_NSPKG_NAME = re.compile(r"\*\((?P<parts>(?:'[^']+',? ?)+)\)")


@dataclass(frozen=True, slots=True)
class Hidden:
    """A module that is not found where it was put.

    Attributes:
        module: Its dotted name.
        owner: The base distribution that has to lie in the venv too, so that it is found.

    """

    module: str
    owner: Distribution


@dataclass(frozen=True, slots=True)
class Comparison:
    """What has to be done so that imports find what was installed.

    Attributes:
        hidden: What can be mended by installing base distributions into the venv as well.
        first: The namespace packages that have to begin in the venv although the base claims
            them for what no distribution in use owns; each with its directories in the base.

    """

    hidden: tuple[Hidden, ...] = ()
    first: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    """A directory of a package, or of the path itself, in one layer."""

    path: str
    layer: Layer
    names: Names

    def under(self, name: str) -> _Part:
        path = os.path.join(self.path, name)
        return _Part(path, self.layer, _names(path))

    def has_folder(self, name: str) -> bool:
        return f"{name}/" in self.names.get(name, ())

    def init(self, name: str) -> str:
        """Return the file that makes a regular package of a folder, or an empty string."""
        path = os.path.join(self.path, name, "__init__.py")
        return path if self.has_folder(name) and os.path.isfile(path) else ""

    def stops_at(self, name: str) -> bool:
        """Tell whether a search for a module ends here: a package or a module, no mere portion."""
        return bool(self.init(name)) or any(not one.endswith("/") for one in self.names.get(name, ()))


def compare(inventory: Inventory, used: Iterable[Distribution]) -> Comparison:
    """Compare what imports find with what the distributions of an environment brought.

    Args:
        inventory: All that the environment can import.
        used: The distributions that the closure of its requirements uses.

    """
    walk = _Walk(inventory, tuple(used))
    parts = [
        _Part(layer.path, layer, _names(layer.path)) for layer in inventory.layers if layer.kind in {"venv", "base"}
    ]
    walk.claimed_by_path_files(parts)
    walk.visit("", parts)
    return Comparison(tuple(walk.hidden.values()), walk.first)


@dataclass
class _Walk:
    inventory: Inventory
    used: Sequence[Distribution]
    hidden: dict[str, Hidden] = field(default_factory=dict)
    first: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def claimed_by_path_files(self, parts: Sequence[_Part]) -> None:
        """Note the namespaces that a base's ``*-nspkg.pth`` takes before anyone asks for them."""
        own = {name for part in parts if part.layer.kind == "venv" for name in _nspkg_names(part.path)}
        for part in parts:
            if part.layer.kind == "base":
                for name in set(_nspkg_names(part.path)) - own:
                    self.begin_here(name, parts)

    def begin_here(self, name: str, parts: Sequence[_Part]) -> None:
        folders = [(part, os.path.join(part.path, *name.split("."))) for part in parts]
        there = [(part, folder) for part, folder in folders if os.path.isdir(folder)]
        if any(part.layer.kind == "venv" for part, _ in there):
            self.first[name] = tuple(folder for part, folder in there if part.layer.kind == "base")

    def visit(self, prefix: str, parts: Sequence[_Part]) -> None:
        """Look at every name that both the venv and the base have at one level."""
        for name in _shared(parts):
            dotted = f"{prefix}.{name}" if prefix else name
            if dotted in self.first or (not prefix and name in STRAY):
                continue
            having = [part for part in parts if name in part.names]
            stop = next((part for part in having if part.stops_at(name)), None)
            if stop is None:
                self.visit(dotted, [part.under(name) for part in having])
            elif stop.layer.kind == "venv":
                self.found_in_venv(dotted, name, stop, having)
            elif having.index(stop) > 0:  # what comes before the venv on the path cannot be helped
                self.found_in_base(dotted, name, stop, having)

    def found_in_venv(self, dotted: str, name: str, stop: _Part, having: Sequence[_Part]) -> None:
        if is_namespace_init(stop.init(name)):
            self.visit(dotted, [part.under(name) for part in having if part.has_folder(name)])
            return
        start = dotted.replace(".", "/")
        layers = {part.layer.path for part in having if part.layer.kind == "base"}
        for one in self.used:
            if one.layer in layers and (
                installed_files.owns(one, f"{start}/") or installed_files.owns(one, f"{start}.")
            ):
                self.hidden.setdefault(one.name, Hidden(dotted, one))

    def found_in_base(self, dotted: str, name: str, stop: _Part, having: Sequence[_Part]) -> None:
        inner = [part.under(name) for part in having if part.has_folder(name)]
        if is_namespace_init(stop.init(name)) and not _shared(inner):
            return  # it takes in the venv's part, and has nothing of its own in place of it
        start = dotted.replace(".", "/")
        here = (one for one in self.inventory.visible.values() if one.layer == stop.layer.path)
        owner = next(
            (
                one
                for one in here
                if installed_files.owns(one, f"{start}/__init__.") or installed_files.owns(one, f"{start}.")
            ),
            None,
        )
        if owner is None:
            self.first[dotted] = tuple(part.path for part in inner if part.layer.kind == "base")
        else:
            self.hidden.setdefault(owner.name, Hidden(dotted, owner))


def _shared(parts: Sequence[_Part]) -> list[str]:
    """Return the names that lie in the venv and in the base."""
    venv = {name for part in parts if part.layer.kind == "venv" for name in part.names}
    base = {name for part in parts if part.layer.kind == "base" for name in part.names}
    return sorted(venv & base)


def _names(path: str) -> Names:
    """Return what a directory holds that can be imported."""
    found: Names = {}
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                name, dot, _ = entry.name.partition(".")
                if not name.isidentifier() or name in {"__pycache__", "__init__"}:
                    continue
                if not dot and entry.is_dir():
                    found.setdefault(name, []).append(f"{name}/")
                elif entry.name.endswith((".py", ".so", ".pyd")):
                    found.setdefault(name, []).append(entry.name)
    except OSError:
        return {}
    return found


def _nspkg_names(path: str) -> Iterator[str]:
    """Yield the namespaces that setuptools' ``*-nspkg.pth`` files of a directory set up."""
    try:
        names = [name for name in os.listdir(path) if name.endswith("-nspkg.pth")]
    except OSError:
        return
    for name in names:
        with open(os.path.join(path, name), encoding="utf-8", errors="replace") as file:
            for match in _NSPKG_NAME.finditer(file.read()):
                yield ".".join(re.findall(r"'([^']+)'", match["parts"]))

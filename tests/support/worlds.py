"""Small random worlds: distributions that require one another, in a venv, a base and an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from packaging.requirements import Requirement

from support.bases import make_base
from support.projects import Project
from support.venvs import Venv
from thinvenv.creation import create
from thinvenv.model import Distribution, Inventory, Layer, Root

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAMES = ("ant", "bee", "cat", "dog", "elk")
VERSIONS = ("1.0", "2.0", "3.0")
EXTRA = "x"
VENV, BASE = Layer("/venv", "venv"), Layer("/base", "base")
MARKERS = {"python_version": "3.11", "python_full_version": "3.11.7", "sys_platform": "linux"}


@dataclass(frozen=True)
class World:
    """What there is, what could be had, and what is asked for."""

    venv: tuple[Project, ...]
    base: tuple[Project, ...]
    index: tuple[Project, ...]
    roots: tuple[str, ...]

    @property
    def inventory(self) -> Inventory:
        found = [_distribution(one, VENV) for one in self.venv] + [_distribution(one, BASE) for one in self.base]
        return Inventory((VENV, BASE), tuple(found))


def _distribution(project: Project, layer: Layer) -> Distribution:
    where = f"{layer.path}/{project.stem}.dist-info"
    return Distribution(project.name, project.version, where, layer.path, project.requires, project.extras)


def roots_of(texts: Iterable[str]) -> tuple[Root, ...]:
    return tuple(map(Root, texts))


def venv_of(world: World, folder: Path) -> Venv:
    """Return a new environment over the base of a world."""
    base = make_base(folder / "base").install(*world.base)
    venv = Venv(folder / "venv", [])
    create.create(venv.prefix, venv.context, python=str(base.python))
    return venv


@st.composite
def requirements(draw: st.DrawFn, *, plain: bool = False) -> str:
    """A requirement, now and then with an extra or a marker."""
    name = draw(st.sampled_from(NAMES))
    limit = draw(st.sampled_from(["", "", *(f"{sign}{version}" for sign in (">=", "<", "==") for version in VERSIONS)]))
    if plain:
        return name + limit
    extra = draw(st.sampled_from(["", "", f"[{EXTRA}]"]))
    marker = draw(
        st.sampled_from(["", "", f"; extra == '{EXTRA}'", "; python_version < '3'", "; python_version > '3'"])
    )
    return f"{name}{extra}{limit}{marker}"


@st.composite
def projects(draw: st.DrawFn, *, plain: bool = False) -> Project:
    name, version = draw(st.sampled_from(NAMES)), draw(st.sampled_from(VERSIONS))
    wanted = draw(st.lists(requirements(plain=plain), max_size=3, unique=True))
    asked = tuple(one for one in wanted if Requirement(one).name != name)
    return Project(name, version, asked, extras=() if plain else (EXTRA,))


def _sets(*, plain: bool, by: str) -> st.SearchStrategy[tuple[Project, ...]]:
    key = {"name": lambda one: one.name, "stem": lambda one: one.stem}[by]
    return st.lists(projects(plain=plain), max_size=6, unique_by=key).map(tuple)


@st.composite
def worlds(draw: st.DrawFn, *, plain: bool = False) -> World:
    """A world; a ``plain`` one has no extras and markers, and an empty venv."""
    roots = draw(st.lists(requirements(plain=plain), min_size=1, max_size=3, unique=True))
    return World(
        venv=() if plain else draw(_sets(plain=plain, by="name")),
        base=draw(_sets(plain=plain, by="name")),
        index=draw(_sets(plain=plain, by="stem")),
        roots=tuple(roots),
    )

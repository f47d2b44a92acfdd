"""Random scenarios: distributions that require one another, in a venv, a base and an index, and requirements."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from packaging.requirements import Requirement

from support.bases import make_base
from support.projects import Project
from support.venv import Venv
from thinvenv.creation import create
from thinvenv.model import Distribution, Inventory, Layer, Root

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NAMES = ("ant", "bee", "cat", "dog", "elk")
VERSIONS = ("1.0", "2.0", "3.0")
LIMITS = tuple(sign + version for sign in (">=", "<", "==") for version in VERSIONS)
EXTRA = "x"
VENV, BASE = Layer("/venv", "venv"), Layer("/base", "base")
MARKERS = {"python_version": "3.11", "python_full_version": "3.11.7", "sys_platform": "linux"}


@dataclass(frozen=True)
class Scenario:
    """Distributions of an environment and of its base, projects on the index, and the requirements to install."""

    venv: tuple[Project, ...]
    base: tuple[Project, ...]
    index: tuple[Project, ...]
    roots: tuple[str, ...]

    @property
    def inventory(self) -> Inventory:
        """The distributions of the environment and its base."""
        distributions = [distribution_of(project, VENV) for project in self.venv]
        distributions += [distribution_of(project, BASE) for project in self.base]
        return Inventory((VENV, BASE), tuple(distributions))


def distribution_of(project: Project, layer: Layer) -> Distribution:
    """Return the distribution that a project is where it is installed in a layer."""
    location = f"{layer.path}/{project.stem}.dist-info"
    return Distribution(project.name, project.version, location, layer.path, project.requires, project.extras)


def roots_of(texts: Iterable[str]) -> tuple[Root, ...]:
    """Return requirements as the roots of a request."""
    return tuple(map(Root, texts))


def venv_of(scenario: Scenario, folder: Path) -> Venv:
    """Make an environment over the base of a scenario."""
    base = make_base(folder / "base").install(*scenario.base)
    venv = Venv(folder / "venv", [])
    create.create(venv.prefix, venv.context, python=str(base.python))
    return venv


@st.composite
def requirements(draw: st.DrawFn, *, plain: bool = False, names: Sequence[str] = NAMES) -> str:
    """Draw a requirement; only those that are not ``plain`` can have an extra or a marker."""
    name = draw(st.sampled_from(names))
    limit = draw(st.just("") | st.sampled_from(LIMITS))
    if plain:
        return name + limit
    extra = draw(st.sampled_from(["", "", f"[{EXTRA}]"]))
    marker = draw(
        st.sampled_from(["", "", f"; extra == '{EXTRA}'", "; python_version < '3'", "; python_version > '3'"])
    )
    return f"{name}{extra}{limit}{marker}"


@st.composite
def projects(draw: st.DrawFn, *, plain: bool = False) -> Project:
    """Draw a project that requires up to two others."""
    name, version = draw(st.sampled_from(NAMES)), draw(st.sampled_from(VERSIONS))
    drawn = draw(st.lists(requirements(plain=plain), max_size=2, unique=True))
    requires = tuple(requirement for requirement in drawn if Requirement(requirement).name != name)
    return Project(name, version, requires, extras=() if plain else (EXTRA,))


@st.composite
def scenarios(draw: st.DrawFn, *, plain: bool = False) -> Scenario:
    """Draw a scenario; a ``plain`` one has no extras, no markers and an empty environment.

    Most of the roots name a project that the base or the index has, or hardly any scenario had a solution.
    """
    one_of_each_name = st.lists(projects(plain=plain), max_size=len(NAMES), unique_by=attrgetter("name")).map(tuple)
    one_of_each_version = st.lists(projects(plain=plain), max_size=10, unique_by=attrgetter("stem")).map(tuple)
    venv = () if plain else draw(one_of_each_name)
    base, index = draw(one_of_each_name), draw(one_of_each_version)
    names = [project.name for project in (*base, *index)] or [NAMES[0]]
    roots = draw(st.lists(requirements(plain=plain, names=[*names, *NAMES[:1]]), min_size=1, max_size=3, unique=True))
    return Scenario(venv, base, index, tuple(roots))

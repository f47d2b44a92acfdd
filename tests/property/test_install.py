"""Planned versions are the imported ones: random scenarios with a real resolver and a real interpreter."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from packaging.requirements import Requirement

from support.projects import Project, make_index
from support.scenarios import NAMES, Scenario, scenarios, venv_of
from thinvenv.errors import ResolutionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.venv import Venv

IMPORTED_VERSIONS = """
import importlib, json, sys
from importlib.metadata import version
names = sys.argv[1:]
print(json.dumps({name: [importlib.import_module(name).__version__, version(name)] for name in names}))
"""


def has_solution(scenario: Scenario) -> bool:
    """Return whether the requirements can be satisfied, by trying every choice of versions.

    As for pip and uv, a version that is installed hides the same version on the index, whatever that requires.
    """
    in_base = {project.stem for project in scenario.base}
    projects = (*scenario.base, *(project for project in scenario.index if project.stem not in in_base))
    choices = [[None, *(project for project in projects if project.name == name)] for name in NAMES]
    for choice in itertools.product(*choices):
        chosen = {project.name: project for project in choice if project}
        wanted = [*scenario.roots, *(text for project in chosen.values() for text in project.requires)]
        if all(_satisfied(Requirement(text), chosen) for text in wanted):
            return True
    return False


def _satisfied(requirement: Requirement, chosen: Mapping[str, Project]) -> bool:
    project = chosen.get(requirement.name)
    return project is not None and requirement.specifier.contains(project.version)


def scenario(*roots: str, base: tuple[Project, ...] = (), index: tuple[Project, ...] = ()) -> Scenario:
    return Scenario((), base, index, roots)


def test_planned_versions_are_imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(scenario=scenarios(plain=True))
    # Reused, with what it requires.
    @example(scenario=scenario("ant", base=(Project("ant", requires=("bee",)), Project("bee"))))
    # Partly reused, partly installed.
    @example(scenario=scenario("ant", base=(Project("bee"),), index=(Project("ant", requires=("bee",)),)))
    # The base's version is shadowed by a newer one, and with it the distribution that requires the old one.
    @example(
        scenario=scenario(
            *("ant>=2.0", "bee"),
            base=(Project("ant", "1.0"), Project("bee", "1.0", requires=("ant<2.0",))),
            index=(Project("ant", "2.0"), Project("bee", "2.0", requires=("ant>=2.0",))),
        )
    )
    # Two requirements contradict each other.
    @example(scenario=scenario("ant<2.0", "ant>=2.0", index=(Project("ant", "1.0"), Project("ant", "2.0"))))
    def check(scenario: Scenario) -> None:
        folder = tmp_path_factory.mktemp("scenario")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("UV_DEFAULT_INDEX", make_index(folder / "index", scenario.index))
            venv = venv_of(scenario, folder)
            seen.update(install_and_check(venv, scenario))

    check()
    assert set(seen) >= {"reuse", "install", "shadow", "unsolvable"}, seen


def install_and_check(venv: Venv, scenario: Scenario) -> list[str]:
    """Install the requirements of a scenario, check what is imported then, and return the actions of the plan."""
    try:
        expected = venv.plan(*scenario.roots)
        plan = venv.install(*scenario.roots)
    except ResolutionError:
        assert not has_solution(scenario)
        return ["unsolvable"]

    # An install in one step ends where the plan leads to that a resolver has made.
    assert [(step.action, step.name, step.version) for step in plan.steps] == [
        (step.action, step.name, step.version) for step in expected.steps
    ]
    planned = {step.name: str(step.version) for step in (*plan.reused, *plan.installed)}
    assert planned
    imported = json.loads(venv.run(IMPORTED_VERSIONS, *planned))
    assert imported == {name: [version, version] for name, version in planned.items()}
    assert venv.install(*scenario.roots).changes == ()
    in_base = {(project.name, project.version) for project in scenario.base}
    assert in_base.isdisjoint((step.name, str(step.version)) for step in plan.installed)
    return [step.action for step in plan.steps]

"""What the plan says is what imports: a few random scenarios with a real resolver and a real interpreter."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from packaging.requirements import Requirement

from support.projects import Project, make_index
from support.scenarios import NAMES, Scenario, scenarios, venv_of
from thinvenv.errors import ResolutionError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOK = """
import importlib, json, sys
from importlib.metadata import version
names = sys.argv[1:]
print(json.dumps({name: [importlib.import_module(name).__version__, version(name)] for name in names}))
"""


def has_solution(scenario: Scenario) -> bool:
    """Tell by trying every choice of versions whether all that is asked for can be had."""
    versions = {name: [one for one in (*scenario.base, *scenario.index) if one.name == name] for name in NAMES}
    for choice in itertools.product(*([None, *found] for found in versions.values())):
        chosen = {one.name: one for one in choice if one}
        wanted = [*scenario.roots, *(text for one in chosen.values() for text in one.requires)]
        if all(_met(Requirement(text), chosen) for text in wanted):
            return True
    return False


def _met(wanted: Requirement, chosen: Mapping[str, Project]) -> bool:
    found = chosen.get(wanted.name)
    return found is not None and wanted.specifier.contains(found.version)


# What the random examples may not contain: a distribution that is reused beside one that hides a base version and one
# that nobody has, and requirements without a solution.
SHADOWED = Scenario(
    venv=(),
    base=(Project("ant"), Project("bee", requires=("ant<3",))),
    index=(Project("ant", "2.0"), Project("ant", "3.0"), Project("cat", requires=("ant>=2",))),
    roots=("bee", "cat"),
)
NO_SOLUTION = Scenario((), (Project("ant"),), (Project("ant", "2.0"),), ("ant>=3",))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(scenario=scenarios(plain=True))
@example(scenario=SHADOWED)
@example(scenario=NO_SOLUTION)
def test_planned_versions_are_imported(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_DEFAULT_INDEX", make_index(folder / "index", scenario.index))
        venv = venv_of(scenario, folder)
        try:
            plan = venv.install(*scenario.roots)
        except ResolutionError:
            assert not has_solution(scenario)
            return

        said = {step.name: step.version for step in plan.reused}
        said |= {step.name: str(step.version) for step in plan.installed}
        seen = json.loads(venv.run(LOOK, *said))
        assert seen == {name: [version, version] for name, version in said.items()}
        assert venv.install(*scenario.roots).changes == ()
        in_base = {(one.name, one.version) for one in scenario.base}
        assert not in_base & {(step.name, step.version) for step in plan.installed}

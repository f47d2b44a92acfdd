"""Whatever there is and whatever is requested, the resolution is consistent, and resolving in part changes nothing."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from support.projects import Project, make_index
from support.scenarios import NAMES, VENV, VERSIONS, Scenario, distribution_of, requirements, scenarios
from thinvenv.context.context import current_context
from thinvenv.creation import create
from thinvenv.environments import probe
from thinvenv.environments.receipt import Receipt
from thinvenv.environments.state import EnvironmentState
from thinvenv.errors import ResolutionError
from thinvenv.model import Layer, Plan
from thinvenv.requirements.arguments import request_from
from thinvenv.resolution import missing
from thinvenv.resolution.closure import compute_closure
from thinvenv.resolution.prepare import prepare

if TYPE_CHECKING:
    from pathlib import Path

    from thinvenv.model import Environment, Inventory, Request

NEW = Layer("/new", "venv")
OPTIONS = ((), (), ("--upgrade",), ("--reinstall",), *(("-P", name) for name in NAMES))
INTERESTING = {"satisfied", "unsolvable", "partial", "full", "reuse", "install", "shadow", "remove"}
"""What has to happen at least once, or the test says nothing about it."""


@dataclass(frozen=True)
class Case:
    """Requirements and options of an install into the environment of a scenario."""

    scenario: Scenario
    roots: tuple[str, ...]
    limits: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    never_reuse: tuple[str, ...] = ()

    def request(self, folder: Path) -> Request:
        """Return the request, with the limits as a constraints file in ``folder``."""
        (folder / "limits.txt").write_text("\n".join(self.limits))
        words = [*self.roots, *self.options, "-c", str(folder / "limits.txt")]
        request = request_from(words, str(folder), os.environ)
        return request._replace(policy=request.policy._replace(never_reuse=self.never_reuse))


def case(
    *roots: str, venv: tuple[Project, ...] = (), base: tuple[Project, ...] = (), index: tuple[Project, ...] = ()
) -> Case:
    return Case(Scenario(venv, base, index, ()), roots)


BEES = tuple(Project("bee", version) for version in VERSIONS)
MISSING = Scenario((), (Project("ant", requires=("bee<3",)),), BEES, ())
REPLACED = Scenario(
    venv=(),
    base=(Project("bee"), Project("cat", requires=("bee<3",))),
    index=(*BEES, Project("dog", requires=("bee>=2",))),
    roots=(),
)
cases = st.builds(
    Case,
    scenario=scenarios(),
    roots=st.lists(requirements().map(lambda text: text.partition(";")[0]), min_size=1, max_size=3, unique=True).map(
        tuple
    ),
    limits=st.lists(requirements(plain=True), max_size=2).map(tuple),
    options=st.sampled_from(OPTIONS),
    never_reuse=st.sampled_from(((), (), *((name,) for name in NAMES))),
)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment of this interpreter, which stands for that of every scenario."""
    prefix = tmp_path_factory.mktemp("environment") / "venv"
    create.create(prefix, current_context())
    return probe.probe(prefix / "bin" / "python", os.environ)


def test_partial_resolution_equals_full_resolution_and_is_consistent(
    environment: Environment, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    # The base has everything: no resolver runs.
    @example(case=case("ant", base=(Project("ant"),)))
    # Nothing has it.
    @example(case=case("ant", base=(Project("bee"),)))
    # What is missing is resolved alone, and its answer changes nothing that is used.
    @example(case=case("ant", base=(Project("ant", requires=("bee",)),), index=(Project("bee"),)))
    # What is missing is resolved alone, and its answer wants another version of what is used: all is resolved again.
    @example(
        case=case(
            *("ant", "bee"),
            base=(Project("ant", "1.0"),),
            index=(Project("ant", "2.0"), Project("bee", requires=("ant>=2.0",))),
        )
    )
    # The environment's own copy is removed, so that the base's version is found.
    @example(case=case("ant<2.0", venv=(Project("ant", "3.0"),), base=(Project("ant", "1.0"),)))
    # A constraint limits what is missing.
    @example(case=Case(MISSING, roots=("ant",), limits=("bee<2.0",)))
    # All or one is upgraded, and one is not reused.
    @example(case=Case(REPLACED, roots=("cat", "bee"), options=("--upgrade",), never_reuse=("cat",)))
    @example(case=Case(REPLACED, roots=("bee",), options=("-P", "bee")))
    # The index has the same version with other metadata, and those of the base contradict a constraint.
    @example(
        case=Case(
            Scenario((), (Project("ant", requires=("bee",)), Project("bee", "1.0")), (Project("ant"),), ()),
            roots=("ant",),
            limits=("bee>=2.0",),
            options=("--reinstall",),
        )
    )
    def check(case: Case) -> None:
        folder = tmp_path_factory.mktemp("scenario")
        request = case.request(folder)
        state = EnvironmentState(folder, environment, "", case.scenario.inventory, Receipt())
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("UV_DEFAULT_INDEX", make_index(folder / "index", case.scenario.index))
            decisions = record_results(patch, "changes_nothing_used")
            plan = planned(request, state)
            patch.setattr(missing, "missing_roots", lambda _roots, _closure: ())
            assert plan == planned(request, state)

        seen.update("partial" if decision else "full" for decision in decisions)
        if isinstance(plan, str):
            seen["unsolvable"] += 1
        else:
            seen.update(step.action for step in plan.steps)
            seen["satisfied"] += not plan.changes
            assert_consistent(plan, request, case, environment)

    check()
    assert set(seen) >= INTERESTING, seen


def record_results(patch: pytest.MonkeyPatch, name: str) -> list[Any]:
    """Return a list that gets the result of each call of a function of :mod:`missing`."""
    real, results = getattr(missing, name), []

    def call(*arguments: object) -> Any:
        results.append(real(*arguments))
        return results[-1]

    patch.setattr(missing, name, call)
    return results


def planned(request: Request, state: EnvironmentState) -> Plan | str:
    """Return the plan for a request, or why there is none."""
    try:
        return prepare(request, state, {}, current_context()).plan
    except ResolutionError as error:
        return str(error)


def assert_consistent(plan: Plan, request: Request, case: Case, environment: Environment) -> None:
    """Assert that after a plan all requirements are satisfied, by what it reuses and installs and nothing else."""
    after = inventory_after(plan, case)
    used = compute_closure(request.roots, after, environment.markers, request.policy)
    assert used.satisfied, used.problems
    assert {step.distribution for step in plan.reused} == {
        use.distribution for use in used.uses if use.distribution.layer not in {VENV.path, NEW.path}
    }
    if not request.ignores_installed:
        reusable = [project for project in case.scenario.base if project.name not in case.never_reuse]
        installed = {(step.name, str(step.version)) for step in plan.installed}
        assert installed.isdisjoint((project.name, project.version) for project in reusable)


def inventory_after(plan: Plan, case: Case) -> Inventory:
    """Return the distributions of a scenario that may be used once a plan has been applied."""
    inventory = case.scenario.inventory
    index = {(project.name, project.version): project for project in case.scenario.index}
    installed = {step.name: index[step.name, str(step.version)] for step in plan.installed}
    removed = [step.distribution for step in plan.removed]
    kept = [
        distribution
        for distribution in inventory.distributions
        if distribution not in removed
        and distribution.name not in (installed if distribution.layer == VENV.path else case.never_reuse)
    ]
    return inventory.replaced(
        inventory.distributions, [*(distribution_of(project, NEW) for project in installed.values()), *kept]
    )

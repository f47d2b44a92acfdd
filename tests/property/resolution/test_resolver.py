"""Plans for random scenarios, made with uv: they are consistent, however much of the request uv has to look at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from support.projects import Project, make_index
from support.scenarios import NAMES, VENV, Scenario, distribution_of, requirements, scenarios
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

    from thinvenv.model import Environment, Request

OPTIONS = ((), (), ("--upgrade",), ("--reinstall",), *(("-P", name) for name in NAMES))
INSTALLED = Layer("/installed", "venv")
words = st.lists(requirements().map(lambda text: text.partition(";")[0]), min_size=1, max_size=3, unique=True)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment of this interpreter, in place of which the scenarios are planned for."""
    prefix = tmp_path_factory.mktemp("environment") / "venv"
    create.create(prefix, current_context())
    return probe.probe(prefix / "bin" / "python", os.environ)


BEES = tuple(Project("bee", version) for version in ("1.0", "2.0", "3.0"))
ONE_IS_MISSING = Scenario((), (Project("ant", requires=("bee<3",)),), BEES, ())
MISSING_REPLACES_USED = Scenario(
    venv=(),
    base=(Project("bee"), Project("cat", requires=("bee<3",))),
    index=(*BEES, Project("dog", requires=("bee>=2",))),
    roots=(),
)
NO_SOLUTION = Scenario((), (Project("ant", requires=("bee<2",)),), BEES, ())


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    scenario=scenarios(),
    roots=words,
    limits=st.lists(requirements(plain=True), max_size=2),
    options=st.sampled_from(OPTIONS),
    never=st.sampled_from(((), (), *((name,) for name in NAMES))),
)
# What the random examples may not contain: a resolution of the missing alone that is the answer, one that is
# not, one that is limited by a constraint, an upgrade, a distribution that is not reused, and no solution.
@example(scenario=ONE_IS_MISSING, roots=["ant"], limits=[], options=(), never=())
@example(scenario=MISSING_REPLACES_USED, roots=["cat", "dog"], limits=[], options=(), never=())
@example(scenario=ONE_IS_MISSING, roots=["ant"], limits=["bee<2"], options=(), never=())
@example(scenario=MISSING_REPLACES_USED, roots=["cat", "bee"], limits=[], options=("--upgrade",), never=("cat",))
@example(scenario=MISSING_REPLACES_USED, roots=["bee"], limits=[], options=("-P", "bee"), never=())
@example(scenario=NO_SOLUTION, roots=["ant", "bee>=2"], limits=[], options=(), never=())
def test_partial_resolution_equals_full_resolution_and_is_consistent(
    scenario: Scenario,
    roots: list[str],
    limits: list[str],
    options: tuple[str, ...],
    never: tuple[str, ...],
    environment: Environment,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("scenario")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_DEFAULT_INDEX", make_index(folder / "index", scenario.index))
        (folder / "limits.txt").write_text("\n".join(limits))
        request = request_from([*roots, *options, "-c", str(folder / "limits.txt")], str(folder), os.environ)
        request = request._replace(policy=request.policy._replace(never_reuse=never))
        plan = plan_or_error(request, scenario, environment, folder)
        patch.setattr(missing, "missing_roots", lambda _roots, _closure: ())
        assert plan == plan_or_error(request, scenario, environment, folder)

    if isinstance(plan, Plan):
        check_consistency(plan, request, scenario, environment)


def check_consistency(plan: Plan, request: Request, scenario: Scenario, environment: Environment) -> None:
    """Assert that a plan satisfies its request, reuses exactly what is used, and duplicates nothing."""
    never = request.policy.never_reuse
    installed = {step.name: str(step.version) for step in plan.installed}
    index = {(project.name, project.version): project for project in scenario.index}
    new = [distribution_of(index[pair], INSTALLED) for pair in installed.items()]
    eligible = [d for d in scenario.inventory.distributions if d.layer == VENV.path or d.name not in never]
    removed = [step.distribution for step in plan.removed]
    kept = [d for d in eligible if d not in removed and (d.layer != VENV.path or d.name not in installed)]
    after = scenario.inventory.replaced(scenario.inventory.distributions, [*new, *kept])
    closure = compute_closure(request.roots, after, environment.markers, constraints=request.policy.constraints)
    used = {use.distribution for use in closure.uses}
    assert closure.satisfied, closure.problems
    assert {step.distribution for step in plan.reused} == {
        distribution for distribution in used if distribution.layer not in {VENV.path, INSTALLED.path}
    }
    if not request.ignores_installed:
        base = {
            (distribution.name, distribution.version) for distribution in eligible if distribution.layer != VENV.path
        }
        assert base.isdisjoint(installed.items())


def plan_or_error(request: Request, scenario: Scenario, environment: Environment, folder: Path) -> Plan | str:
    """Return the plan for a request, or the error that there is no solution as text."""
    state = EnvironmentState(folder, environment, "", scenario.inventory, Receipt())
    try:
        return prepare(request, state, {}, current_context()).plan
    except ResolutionError as error:
        return str(error)

"""Whatever there is and whatever is asked for: what comes fits, with extras, markers, constraints and options."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.projects import make_index
from support.scenarios import NAMES, VENV, Scenario, requirements, scenarios
from thinvenv.context.context import current_context
from thinvenv.creation import create
from thinvenv.environments import probe
from thinvenv.environments.receipt import Receipt
from thinvenv.environments.state import EnvironmentState
from thinvenv.errors import ResolutionError
from thinvenv.model import Distribution, Plan
from thinvenv.requirements.arguments import request_from
from thinvenv.resolution import missing
from thinvenv.resolution.closure import compute_closure
from thinvenv.resolution.prepare import prepare

if TYPE_CHECKING:
    from pathlib import Path

    from support.projects import Project
    from thinvenv.model import Environment, Request

OPTIONS = ((), (), ("--upgrade",), ("--reinstall",), *(("-P", name) for name in NAMES))
words = st.lists(requirements().map(lambda text: text.partition(";")[0]), min_size=1, max_size=3, unique=True)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment of this interpreter, which the scenarios are put before."""
    prefix = tmp_path_factory.mktemp("environment") / "venv"
    create.create(prefix, current_context())
    return probe.probe(prefix / "bin" / "python", os.environ)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    scenario=scenarios(),
    roots=words,
    limits=st.lists(requirements(plain=True), max_size=2),
    options=st.sampled_from(OPTIONS),
    never=st.sampled_from(((), (), *((name,) for name in NAMES))),
)
def test_partial_resolution_equals_full_resolution_and_is_consistent(
    scenario: Scenario,
    roots: list[str],
    limits: list[str],
    options: tuple[str, ...],
    never: tuple[str, ...],
    environment: Environment,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_DEFAULT_INDEX", make_index(folder / "index", scenario.index))
        (folder / "limits.txt").write_text("\n".join(limits))
        asked = request_from([*roots, *options, "-c", str(folder / "limits.txt")], str(folder), os.environ)
        request = asked._replace(policy=asked.policy._replace(never_reuse=never))
        plan = planned(request, scenario, environment, folder)
        patch.setattr(missing, "missing_roots", lambda _roots, _closure: ())
        assert plan == planned(request, scenario, environment, folder)

    if plan is None:
        return
    coming = {step.name: str(step.version) for step in plan.installed}
    index = {(one.name, one.version): one for one in scenario.index}
    new = [index[pair] for pair in coming.items()]
    there = [one for one in scenario.inventory.distributions if one.layer == VENV.path or one.name not in never]
    kept = [one for one in there if one.layer != VENV.path or one.name not in coming]
    kept = [one for one in kept if one not in [step.distribution for step in plan.removed]]
    after = scenario.inventory.replaced(scenario.inventory.distributions, [*map(distribution, new), *kept])
    used = compute_closure(request.roots, after, environment.markers, constraints=request.policy.constraints)
    assert used.satisfied, used.problems
    assert {step.distribution for step in plan.reused} == {
        use.distribution for use in used.uses if use.distribution.layer not in {VENV.path, "/new"}
    }
    if not request.ignores_installed:
        assert set(coming.items()).isdisjoint((one.name, one.version) for one in there if one.layer != VENV.path)


def distribution(one: Project) -> Distribution:
    return Distribution(one.name, one.version, f"/new/{one.name}", "/new", one.requires, one.extras)


def planned(request: Request, scenario: Scenario, environment: Environment, folder: Path) -> Plan | None:
    state = EnvironmentState(folder, environment, "", scenario.inventory, Receipt())
    try:
        return prepare(request, state, {}, current_context()).plan
    except ResolutionError:
        return None

"""Plans, outcomes and pruning, checked against the distributions that they are made from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from support.scenarios import MARKERS, NAMES, VERSIONS, Scenario, roots_of, scenarios
from thinvenv.model import Candidate, Plan, Remove, Resolution, Reuse
from thinvenv.resolution.closure import compute_closure, contradictions
from thinvenv.resolution.planner import Outcome, compute_outcome, make_plan
from thinvenv.resolution.pruning import prune, superfluous_copies

resolutions = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VERSIONS), max_size=3).map(
    lambda versions: Resolution(tuple(Candidate(name, version) for name, version in versions.items()))
)


def outcome_of(scenario: Scenario, resolution: Resolution) -> Outcome:
    return compute_outcome(roots_of(scenario.roots), scenario.inventory, scenario.inventory, resolution, MARKERS)


def plan_of(scenario: Scenario, resolution: Resolution) -> Plan:
    return make_plan(outcome_of(scenario, resolution), scenario.inventory, MARKERS)


@given(scenarios(), resolutions)
def test_a_plan_is_deterministic_and_has_one_step_for_each_name(scenario: Scenario, resolution: Resolution) -> None:
    inventory = scenario.inventory

    plan = plan_of(scenario, resolution)

    assert plan == plan_of(scenario, resolution)
    installed = [step.name for step in plan.installed]
    reused = [step.name for step in plan.reused]
    assert len({*installed, *reused}) == len(installed) + len(reused)
    assert all(inventory.in_venv(step.distribution) for step in plan.steps if isinstance(step, Remove))
    assert not any(inventory.in_venv(step.distribution) for step in plan.steps if isinstance(step, Reuse))


@given(scenarios(), resolutions)
def test_a_plan_installs_no_version_that_the_base_has(scenario: Scenario, resolution: Resolution) -> None:
    plan = plan_of(scenario, resolution)

    base = {(project.name, project.version) for project in scenario.base}
    assert not base & {(step.name, step.version) for step in plan.installed}


@given(scenarios(), resolutions)
def test_the_steps_of_a_plan_lead_to_its_outcome(scenario: Scenario, resolution: Resolution) -> None:
    inventory = scenario.inventory
    outcome = outcome_of(scenario, resolution)
    plan = make_plan(outcome, inventory, MARKERS)

    base = {dist.name: dist.version for dist in inventory.distributions if not inventory.in_venv(dist)}
    venv = {dist.name: dist.version for dist in inventory.distributions if inventory.in_venv(dist)}
    for step in plan.removed:
        venv.pop(step.name)
    venv |= {step.name: str(step.version) for step in plan.installed}

    assert {name: dist.version for name, dist in outcome.eligible.visible.items()} == {**base, **venv}
    assert outcome.closure == compute_closure(roots_of(scenario.roots), outcome.eligible, MARKERS)


@given(scenarios())
def test_pruning_adds_no_problems(scenario: Scenario) -> None:
    roots, inventory = roots_of(scenario.roots), scenario.inventory
    outcome = outcome_of(scenario, Resolution())

    pruned = prune(outcome, roots, MARKERS)

    assert all(inventory.in_venv(dist) for dist in pruned.removed)
    assert inventory.visible.keys() == pruned.eligible.visible.keys()
    assert pruned.eligible == inventory.replaced(pruned.removed, ())
    assert pruned.closure == compute_closure(roots, pruned.eligible, MARKERS)
    assert set(map(str, pruned.closure.problems)) <= set(map(str, outcome.closure.problems))
    before, after = (
        {str(problem) for problem in contradictions(distributions, MARKERS)}
        for distributions in (inventory, pruned.inventory)
    )
    assert after <= before


@given(scenarios())
def test_pruning_is_idempotent(scenario: Scenario) -> None:
    roots, inventory = roots_of(scenario.roots), scenario.inventory
    pruned = superfluous_copies(roots, inventory, MARKERS)

    names = {dist.name for dist in superfluous_copies(roots, inventory.replaced(pruned, ()), MARKERS)}

    assert names.isdisjoint(dist.name for dist in pruned)

"""The walk over requirements, the plan and pruning, against what anyone can check by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from support.scenarios import MARKERS, NAMES, VERSIONS, Scenario, roots_of, scenarios
from thinvenv.model import Candidate, Distribution, Inventory, Remove, Resolution, Reuse
from thinvenv.resolution import planner, pruning
from thinvenv.resolution.closure import compute_closure, contradictions


def applies(wanted: Requirement, extras: set[str]) -> bool:
    return wanted.marker is None or any(wanted.marker.evaluate({**MARKERS, "extra": one}) for one in {"", *extras})


def by_hand(texts: tuple[str, ...], inventory: Inventory) -> tuple[dict[str, set[str]], set[tuple[str, str]]]:
    """Return what is used, with which extras, and what lacks or conflicts: by brute force, to a fixed point."""
    there: dict[str, Distribution] = {}
    for one in reversed(inventory.distributions):
        there[one.name] = one
    used: dict[str, set[str]] = {}
    problems: set[tuple[str, str]] = set()
    while True:
        wanted = [one for one in map(Requirement, texts) if applies(one, set())]
        for name, extras in used.items():
            wanted += [one for one in map(Requirement, there[name].requires) if applies(one, extras)]
        before = (sum(map(len, used.values())), len(used), len(problems))
        for each in wanted:
            if each.name not in there:
                problems.add((str(each), ""))
                continue
            if not each.specifier.contains(there[each.name].version, prereleases=True):
                problems.add((str(each), each.name))
            used.setdefault(each.name, set()).update(each.extras)
        if before == (sum(map(len, used.values())), len(used), len(problems)):
            return used, problems


@given(scenarios())
def test_closure_equals_brute_force(scenario: Scenario) -> None:
    used, problems = by_hand(scenario.roots, scenario.inventory)

    found = compute_closure(roots_of(scenario.roots), scenario.inventory, MARKERS)

    assert {one.distribution.name: set(one.extras) for one in found.uses} == used
    assert {(one.requirement, one.found.name if one.found else "") for one in found.problems} == problems


@given(scenarios())
def test_every_chain_leads_from_a_root_to_its_distribution(scenario: Scenario) -> None:
    for use in compute_closure(roots_of(scenario.roots), scenario.inventory, MARKERS).uses:
        assert use.because[0] in scenario.roots
        assert Requirement(use.because[-1]).name == use.distribution.name


resolutions = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VERSIONS), max_size=3).map(
    lambda chosen: Resolution(tuple(Candidate(name, version) for name, version in chosen.items()))
)


@given(scenarios(), resolutions)
def test_a_plan_is_deterministic_and_has_one_step_for_each_name(scenario: Scenario, resolution: Resolution) -> None:
    inventory, roots = scenario.inventory, roots_of(scenario.roots)

    plan = planner.make(roots, inventory, inventory, resolution, MARKERS)

    assert plan == planner.make(roots, scenario.inventory, scenario.inventory, resolution, MARKERS)
    brought = [step.name for step in plan.installed]
    reused = [step.name for step in plan.reused]
    assert len({*brought, *reused}) == len(brought) + len(reused)
    assert all(inventory.in_venv(step.distribution) for step in plan.steps if isinstance(step, Remove))
    assert not any(inventory.in_venv(step.distribution) for step in plan.steps if isinstance(step, Reuse))


@given(scenarios(), resolutions)
def test_a_plan_installs_no_version_that_the_base_has(scenario: Scenario, resolution: Resolution) -> None:
    plan = planner.make(roots_of(scenario.roots), scenario.inventory, scenario.inventory, resolution, MARKERS)

    in_base = {(one.name, one.version) for one in scenario.base}
    assert not in_base & {(step.name, step.version) for step in plan.installed}


@given(scenarios(), resolutions)
def test_the_steps_of_a_plan_lead_to_its_outcome(scenario: Scenario, resolution: Resolution) -> None:
    inventory = scenario.inventory
    plan = planner.make(roots_of(scenario.roots), inventory, inventory, resolution, MARKERS)

    after = {one.name: one.version for one in reversed(inventory.distributions) if not inventory.in_venv(one)}
    after |= {one.name: one.version for one in inventory.distributions if inventory.in_venv(one)}
    for step in plan.removed:
        name = step.name
        after.pop(name)
        after |= {one.name: one.version for one in scenario.base if one.name == name}
    after |= {step.name: str(step.version) for step in plan.installed}

    outcome = planner.outcome(resolution, inventory, inventory)
    assert {name: one.version for name, one in outcome.visible.items()} == after


@given(scenarios())
def test_pruning_adds_no_problems(scenario: Scenario) -> None:
    roots, inventory = roots_of(scenario.roots), scenario.inventory

    pruned = pruning.superfluous(roots, inventory, MARKERS)

    gone = [
        one for one in inventory.distributions if inventory.in_venv(one) and one.name in {each.name for each in pruned}
    ]
    after = inventory.replaced(gone, ())
    assert {one.name: one.version for one in pruned} == {one.name: after.visible[one.name].version for one in pruned}
    for look in (
        lambda one: compute_closure(roots, one, MARKERS).problems,
        lambda one: contradictions(one, MARKERS),
    ):
        assert {str(one) for one in look(after)} <= {str(one) for one in look(inventory)}


@given(scenarios())
def test_pruning_is_idempotent(scenario: Scenario) -> None:
    roots, inventory = roots_of(scenario.roots), scenario.inventory
    pruned = {one.name for one in pruning.superfluous(roots, inventory, MARKERS)}
    gone = [one for one in inventory.distributions if inventory.in_venv(one) and one.name in pruned]

    again = pruning.superfluous(roots, inventory.replaced(gone, ()), MARKERS)

    assert not pruned & {one.name for one in again}

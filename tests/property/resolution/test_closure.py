"""The closure, compared with a search by brute force."""

from __future__ import annotations

from hypothesis import assume, given
from packaging.requirements import Requirement

from support.scenarios import MARKERS, Scenario, roots_of, scenarios
from thinvenv.model import Distribution, Inventory, Layer, Root
from thinvenv.resolution.closure import compute_closure


def applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**MARKERS, "extra": extra}) for extra in {"", *extras})


def brute_force(texts: tuple[str, ...], inventory: Inventory) -> tuple[dict[str, set[str]], set[tuple[str, str]]]:
    """Return the used names with their extras, and the problems, by repeating all steps until nothing changes."""
    visible: dict[str, Distribution] = {}
    for distribution in reversed(inventory.distributions):
        visible[distribution.name] = distribution
    used: dict[str, set[str]] = {}
    problems: set[tuple[str, str]] = set()
    while True:
        pending = [requirement for requirement in map(Requirement, texts) if applies(requirement, set())]
        for name, extras in used.items():
            requirements = map(Requirement, visible[name].requires)
            pending += [requirement for requirement in requirements if applies(requirement, extras)]
        before = (sum(map(len, used.values())), len(used), len(problems))
        for requirement in pending:
            if requirement.name not in visible:
                problems.add((str(requirement), ""))
                continue
            if not requirement.specifier.contains(visible[requirement.name].version, prereleases=True):
                problems.add((str(requirement), requirement.name))
            used.setdefault(requirement.name, set()).update(requirement.extras)
        if before == (sum(map(len, used.values())), len(used), len(problems)):
            return used, problems


@given(scenarios())
def test_closure_equals_brute_force(scenario: Scenario) -> None:
    used, problems = brute_force(scenario.roots, scenario.inventory)

    closure = compute_closure(roots_of(scenario.roots), scenario.inventory, MARKERS)

    assert {use.distribution.name: set(use.extras) for use in closure.uses} == used
    assert {
        (problem.requirement, problem.found.name if problem.found else "") for problem in closure.problems
    } == problems


@given(scenarios())
def test_every_chain_leads_from_a_root_to_its_distribution(scenario: Scenario) -> None:
    closure = compute_closure(roots_of(scenario.roots), scenario.inventory, MARKERS)
    assume(closure.uses)

    for use in closure.uses:
        assert use.because[0] in scenario.roots
        assert Requirement(use.because[-1]).name == use.distribution.name


@given(scenarios())
def test_problems_name_the_distribution_that_has_the_requirement(scenario: Scenario) -> None:
    closure = compute_closure(roots_of(scenario.roots), scenario.inventory, MARKERS)
    assume(closure.problems)

    for problem in closure.problems:
        if problem.required_by is None:
            assert [str(Requirement(text)) for text in problem.chain] == [problem.requirement]
            continue
        assert problem.requirement in map(str, map(Requirement, problem.required_by.requires))
        assert Requirement(problem.chain[-2]).name == problem.required_by.name


def test_a_long_chain_is_shortened_in_the_middle() -> None:
    """Otherwise a receipt would grow with the square of the distributions that require each other in a row."""
    count = 200
    ring = tuple(
        Distribution(f"d{number}", "1.0", f"/base/d{number}", "/base", (f"d{(number + 1) % count}",))
        for number in range(count)
    )
    inventory = Inventory((Layer("/base", "base"),), ring)

    closure = compute_closure([Root("d0")], inventory, MARKERS)

    chains = [use.because for use in closure.uses]
    assert len(chains) == count
    assert {len(chain) for chain in chains[20:]} == {20}
    assert chains[-1][:2] == ("d0", "d1")
    assert chains[-1][-2:] == ("d198", "d199")

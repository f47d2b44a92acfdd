"""Plans for small inventories and resolutions."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from support.inventories import inventory, step_lines
from support.scenarios import BASE, MARKERS, VENV, roots_of
from thinvenv.errors import UnshadowableError
from thinvenv.model import Candidate, Inventory, Policy, Resolution, Root
from thinvenv.resolution.closure import compute_closure, contradictions
from thinvenv.resolution.planner import Outcome, compute_outcome, make_plan


@dataclass(frozen=True)
class Case:
    """A plan to make: what is installed, the requirements, what a resolver chose, and the steps to expect."""

    venv: tuple[str, ...]
    base: tuple[str, ...]
    roots: tuple[str, ...]
    chosen: tuple[str, ...]
    steps: tuple[str, ...]
    warnings: tuple[str, ...] = ()


CASES = {
    "nothing is missing": Case(
        venv=("alpha 1.0",),
        base=("beta 1.0: gamma", "gamma 1.0", "unused 1.0"),
        roots=("alpha", "beta"),
        chosen=(),
        steps=("reuse beta 1.0 because beta", "reuse gamma 1.0 because beta -> gamma"),
    ),
    "the base does not have it": Case(
        venv=(),
        base=("beta 1.0",),
        roots=("alpha",),
        chosen=("alpha 1.0",),
        steps=("install alpha 1.0 because alpha",),
    ),
    "the base has another version": Case(
        venv=(),
        base=("alpha 1.0",),
        roots=("alpha>=2",),
        chosen=("alpha 2.0",),
        steps=("shadow alpha 2.0 because alpha>=2",),
    ),
    "the venv has another version": Case(
        venv=("alpha 1.0",),
        base=(),
        roots=("alpha>=2",),
        chosen=("alpha 2.0",),
        steps=("remove alpha 1.0 because alpha>=2", "install alpha 2.0 because alpha>=2"),
    ),
    "the base has the version that the venv's copy hides": Case(
        venv=("alpha 1.0",),
        base=("alpha 2.0.0",),
        roots=("alpha>=2",),
        chosen=("alpha 2.0",),
        steps=("remove alpha 1.0 because alpha>=2", "reuse alpha 2.0.0 because alpha>=2"),
    ),
    "another version breaks a base distribution that is not used": Case(
        venv=(),
        base=(
            "alpha 1.0",
            "beta 1.0: alpha<2",
            "gamma 1.0: alpha",
            'delta 1.0: alpha<2, alpha<2; python_version > "3"',
            "eta 1.0: alpha @ https://me:secret@h/a",
        ),
        roots=("alpha>=2",),
        chosen=("alpha 2.0",),
        steps=("shadow alpha 2.0 because alpha>=2",),
        warnings=(
            "`beta 1.0` of the base requires `alpha<2` and will find 2.0; reuse mode `link` leaves it out",
            "`delta 1.0` of the base requires `alpha<2` and will find 2.0; reuse mode `link` leaves it out",
            "`eta 1.0` of the base requires `alpha @ https://h/a` and will find 2.0; reuse mode `link` leaves it out",
        ),
    ),
    "another version breaks a distribution in the venv that is not used": Case(
        venv=("beta 1.0: alpha<2",),
        base=("alpha 1.0",),
        roots=("alpha>=2",),
        chosen=("alpha 2.0",),
        steps=("shadow alpha 2.0 because alpha>=2",),
        warnings=("`beta 1.0` in this environment requires `alpha<2` and will find 2.0",),
    ),
    "a conflict that is there already is no consequence of the plan": Case(
        venv=(),
        base=("alpha 1.0", "beta 1.0: alpha>=2"),
        roots=("gamma",),
        chosen=("gamma 1.0",),
        steps=("install gamma 1.0 because gamma",),
    ),
}


def outcome_of(roots: tuple[str, ...], distributions: Inventory, *candidates: Candidate) -> Outcome:
    return compute_outcome(roots_of(roots), distributions, distributions, Resolution(candidates), MARKERS)


def candidate(text: str) -> Candidate:
    name, version = text.split()
    return Candidate(name, version)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_plan(case: Case) -> None:
    distributions = inventory(venv=case.venv, base=case.base)

    plan = make_plan(outcome_of(case.roots, distributions, *map(candidate, case.chosen)), distributions, MARKERS)

    assert step_lines(plan) == list(case.steps)
    assert plan.warnings == case.warnings


@pytest.mark.parametrize(
    ("version", "problems"), [("0", ["requires `>=1`"]), ("1", []), (None, [])], ids=["0", "1", "not known yet"]
)
def test_only_a_known_version_can_conflict(version: str | None, problems: list[str]) -> None:
    distributions = inventory(base=["beta 1.0: alpha>=1"])

    outcome = outcome_of(("beta",), distributions, Candidate("alpha", version))

    assert [problem.detail for problem in outcome.closure.problems] == problems
    assert outcome.eligible.visible["alpha"].planned


@pytest.mark.parametrize(
    "reference",
    [
        "https://example.org/alpha-1.0-py3-none-any.whl",
        "https://example.org/alpha.zip#subdirectory=python",
        "git+https://example.org/alpha@main",
        "file:///src/alpha",
    ],
)
def test_a_planned_distribution_satisfies_the_url_of_its_candidate(reference: str) -> None:
    outcome = outcome_of((f"alpha @ {reference}",), inventory(base=["alpha 1.0"]), Candidate("alpha", "1.0", reference))

    assert outcome.closure.satisfied
    assert not outcome_of((f"alpha @ {reference}",), inventory(base=["alpha 1.0"])).closure.satisfied


def test_an_editable_project_satisfies_only_an_editable_root() -> None:
    root = Root("/src/alpha", path="/src/alpha", editable=True)
    candidates = Resolution((Candidate("alpha", "1.0", "file:///src/alpha", editable=True),))

    for editable in (True, False):
        distributions, roots = inventory(), (root._replace(editable=editable),)
        outcome = compute_outcome(roots, distributions, distributions, candidates, MARKERS)
        assert outcome.closure.satisfied is editable


def test_a_base_that_comes_before_the_venv_cannot_be_hidden() -> None:
    distributions = inventory(base=["alpha 1.0"], layers=(BASE, VENV))
    outcome = outcome_of(("alpha>=2",), distributions, Candidate("alpha", "2.0"))

    with pytest.raises(UnshadowableError) as error:
        make_plan(outcome, distributions, MARKERS)

    assert error.value.what == "cannot replace `alpha 1.0`"
    assert error.value.why == ("alpha 2.0 is required, but /base comes before the environment on its path",)


@pytest.mark.parametrize(
    ("override", "is_satisfied"), [("alpha>=2", True), ("alpha>=3", False), ("alpha ; python_version < '3'", True)]
)
def test_an_override_replaces_a_requirement_wherever_it_occurs(override: str, *, is_satisfied: bool) -> None:
    distributions, roots = inventory(base=["alpha 2.0", "beta 1.0: alpha<2"]), roots_of(["beta"])
    policy = Policy(overrides=roots_of([override]))

    assert not compute_closure(roots, distributions, MARKERS).satisfied
    assert compute_closure(roots, distributions, MARKERS, policy).satisfied == is_satisfied
    assert list(contradictions(distributions, MARKERS))
    assert not list(contradictions(distributions, MARKERS, policy))

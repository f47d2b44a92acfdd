"""The missing requirements of a closure as roots."""

from __future__ import annotations

import pytest

from support.inventories import inventory
from support.scenarios import MARKERS, roots_of
from thinvenv.model import Candidate, Resolution, Root
from thinvenv.resolution.closure import compute_closure
from thinvenv.resolution.missing import changes_nothing_used, missing_roots

BASE = ("alpha 1.0: beta[x]>=2; python_version > '3', gamma", "gamma 1.0")


@pytest.mark.parametrize(
    ("roots", "base", "expected"),
    [
        (["alpha"], BASE, ["beta[x]>=2"]),
        (["alpha", "delta<3"], BASE, ["delta<3", "beta[x]>=2"]),
        (["alpha", "gamma>1"], BASE, []),
        (["alpha"], ["alpha 1.0: beta @ https://example.org/beta.zip"], []),
        (["alpha"], ["alpha 1.0: beta>=2.0a1"], []),
        (["gamma"], BASE, []),
    ],
    ids=["of a distribution", "and of a root", "with a conflict", "by URL", "a pre-release", "nothing is missing"],
)
def test_missing_roots(roots: list[str], base: tuple[str, ...], expected: list[str]) -> None:
    closure = compute_closure(roots_of(roots), inventory(base=base), MARKERS)

    assert [root.text for root in missing_roots(roots_of(roots), closure)] == expected


def test_a_root_without_its_dependencies_is_not_resolved_alone() -> None:
    roots = (Root("delta", shallow=True),)

    assert missing_roots(roots, compute_closure(roots, inventory(), MARKERS)) == ()


def test_an_answer_that_replaces_a_used_distribution_is_not_complete() -> None:
    closure = compute_closure(roots_of(["alpha"]), inventory(base=BASE), MARKERS)

    assert changes_nothing_used(Resolution((Candidate("beta", "2.0"),)), closure)
    assert not changes_nothing_used(Resolution((Candidate("beta", "2.0"), Candidate("gamma", "2.0"))), closure)

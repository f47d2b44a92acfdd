"""Which distributions may be reused, and which of them a resolver sees."""

from __future__ import annotations

import json

import pytest

from support.inventories import distribution, inventory, names_and_versions
from support.scenarios import MARKERS, VENV, roots_of
from thinvenv.model import Policy, Request, Root
from thinvenv.resolution.eligibility import (
    distributions_for_resolver,
    eligible_inventory,
    excluded_for_unknown_hash,
    unmatched_globs,
)

DIGEST = "sha256:" + 64 * "a"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(), ["my-tool 1.0", "numpy 2.0", "scipy 1.0"]),
        (Policy(only_reuse=("num*",)), ["my-tool 1.0", "numpy 2.0"]),
        (Policy(never_reuse=("*py",)), ["my-tool 1.0"]),
        (Policy(only_reuse=("*py",), never_reuse=("NumPy",)), ["my-tool 1.0", "scipy 1.0"]),
        (Policy(never_reuse=("My_*",)), ["my-tool 1.0", "numpy 2.0", "scipy 1.0"]),
    ],
    ids=str,
)
def test_globs_apply_to_normalized_names_in_the_base(policy: Policy, expected: list[str]) -> None:
    distributions = inventory(venv=["my-tool 1.0"], base=["numpy 2.0", "scipy 1.0"])

    eligible = eligible_inventory(distributions, Request(policy=policy))

    assert names_and_versions(eligible.distributions) == expected


def test_a_glob_that_matches_nothing_in_the_base_is_named() -> None:
    distributions = inventory(venv=["my-tool 1.0"], base=["numpy 2.0", "scipy 1.0"])
    policy = Policy(only_reuse=("nmupy", "Sci*", "*"), never_reuse=("my-tool",))

    assert list(unmatched_globs(distributions, policy)) == [
        "`only-reuse` has `nmupy`, which matches no distribution of the base: did you mean `numpy`?",
        "`never-reuse` has `my-tool`, which matches no distribution of the base",
    ]
    assert list(unmatched_globs(inventory(venv=["my-tool 1.0"]), policy)) == []


def test_a_distribution_that_is_left_out_takes_along_those_that_it_hides() -> None:
    foreign = distribution("alpha 1.0", VENV)._replace(foreign="alpha.cpython-38.so")
    excluded = distribution("beta 2.0")
    distributions = inventory()._replace(distributions=(foreign, distribution("alpha 2.0"), excluded))

    eligible = eligible_inventory(distributions, Request(), {excluded.location})

    assert eligible.distributions == ()


def test_require_hashes_allows_only_base_distributions_that_record_the_hash() -> None:
    recorded = json.dumps({"url": "https://example.org/a.whl", "archive_info": {"hash": DIGEST.replace(":", "=")}})
    proven = distribution("alpha 1.0")._replace(direct_url=recorded)
    distributions = inventory()._replace(
        distributions=(distribution("venv-only 1.0", VENV), proven, *map(distribution, ("beta 1.0", "gamma 1.0"))),
    )
    roots = (Root("alpha", hashes=(DIGEST,)), Root("beta", hashes=(DIGEST,)), Root("gamma>1"))
    request = Request(roots=roots, require_hashes=True)

    eligible = eligible_inventory(distributions, request)

    assert names_and_versions(eligible.distributions) == ["venv-only 1.0", "alpha 1.0"]
    names = {"alpha", "beta", "gamma"}
    assert names_and_versions(excluded_for_unknown_hash(distributions, request, names - {"alpha"})) == ["beta 1.0"]
    assert excluded_for_unknown_hash(distributions, request._replace(require_hashes=False), names) == []


@pytest.mark.parametrize(
    ("roots", "constraints", "expected"),
    [
        (["alpha"], [], "alpha 1.0"),
        (["alpha>=2"], [], "alpha 2.0"),
        (["alpha"], ["alpha>=2"], "alpha 2.0"),
        (["alpha>=3"], [], "alpha 1.0"),
        (["alpha>=2; python_version < '3'"], [], "alpha 1.0"),
        (["alpha @ https://example.org/alpha-2.0.zip"], [], "alpha 1.0"),
    ],
)
def test_a_resolver_sees_the_base_if_only_that_satisfies_the_limits(
    roots: list[str], constraints: list[str], expected: str
) -> None:
    eligible = inventory(venv=["alpha 1.0"], base=["alpha 2.0"])

    shown = distributions_for_resolver(eligible, roots_of(roots), roots_of(constraints), MARKERS)

    assert names_and_versions(shown) == [expected]


def test_a_resolver_does_not_see_distributions_for_other_interpreters() -> None:
    old = distribution("alpha 1.0")._replace(requires_python="<3")
    eligible = inventory()._replace(distributions=(old, distribution("beta 1.0")))

    assert names_and_versions(distributions_for_resolver(eligible, (), (), MARKERS)) == ["beta 1.0"]

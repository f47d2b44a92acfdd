"""A request merged with the earlier requests of a receipt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.inventories import distribution, inventory
from support.scenarios import VENV, roots_of
from thinvenv.environments.receipt import Receipt
from thinvenv.model import Candidate, Distribution, Install, Plan, Policy, Request, Root
from thinvenv.resolution.merge import merge_roots, replace_superseded_roots, with_earlier_policy

EARLIER = Policy(roots_of(["alpha<2"]), roots_of(["beta==1", "gamma==1"]), ("a*",), ("b*",))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request(), EARLIER),
        (Request(keep=False), Policy()),
        (Request(roots_of(["delta"])), Policy(overrides=EARLIER.overrides)),
        (
            Request(roots_of(["delta"]), Policy(overrides=roots_of(["Beta==2"]))),
            Policy(overrides=roots_of(["gamma==1", "Beta==2"])),
        ),
        (
            Request(policy=Policy(roots_of(["alpha<3"]), only_reuse=("c*",))),
            Policy(roots_of(["alpha<3"]), EARLIER.overrides, ("c*",), ("b*",)),
        ),
    ],
    ids=["no roots", "not kept", "roots", "an override of the same name", "no roots, but a policy"],
)
def test_policy(request_: Request, expected: Policy) -> None:
    assert with_earlier_policy(request_, Receipt(policy=EARLIER)).policy == expected


def test_a_root_whose_path_is_gone_stays_if_it_is_installed() -> None:
    gone = Root("alpha @ file:///absent/alpha", path="/absent/alpha")
    document = json.dumps({"url": "file:///absent/alpha", "dir_info": {}})
    installed = inventory()._replace(distributions=(Distribution("alpha", "1.0", "", "/", direct_url=document),))

    assert merge_roots([gone], roots_of(["beta"]), installed) == (gone, Root("beta"))
    assert merge_roots([gone], roots_of(["beta"]), inventory()) == (Root("beta"),)


def test_earlier_roots_by_url_stay_beside_a_new_one() -> None:
    first, second = Root("https://host.test/a-1.0.zip"), Root("https://host.test/b-1.0.zip")
    assert merge_roots([first], [second], inventory()) == (first, second)


def test_new_roots_replace_earlier_ones_of_the_same_name_or_path(tmp_path: Path) -> None:
    project = Root(str(tmp_path), path=str(tmp_path))
    absent = Root("/absent/project", path="/absent/project")
    earlier = (*roots_of(["alpha<2", "beta"]), project, absent)
    new = (*roots_of(["Alpha[x]>=2"]), project._replace(editable=True))

    assert merge_roots(earlier, new, inventory()) == (Root("beta"), *new)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [("/dist/mine-1.0-py3-none-any.whl", "mine[test]"), ("/src/mine", "/src/mine[test]")],
    ids=["from elsewhere", "from the same path"],
)
def test_a_path_that_a_plan_installs_from_elsewhere_becomes_a_name(reference: str, expected: str) -> None:
    recorded = json.dumps({"url": "file:///src/mine", "dir_info": {}})
    mine = distribution("mine 1.0", VENV)._replace(direct_url=recorded)
    root = Root("/src/mine[test]", path="/src/mine", extras=("test",))
    plan = Plan((Install(Candidate("mine", "1.0", Path(reference).as_uri()), ("mine",)),))

    roots = replace_superseded_roots((root, Root("alpha")), (), inventory()._replace(distributions=(mine,)), plan)

    assert [root.text for root in roots] == [expected, "alpha"]


def test_a_url_that_a_plan_installs_from_elsewhere_becomes_a_name() -> None:
    url = "https://example.org/mine-1.0.zip"
    mine = distribution("mine 1.0", VENV)._replace(direct_url=json.dumps({"url": url, "archive_info": {}}))
    root = Root(f"mine[b,a] @ {url}")
    plan = Plan((Install(Candidate("mine", "1.1"), ("mine",)),))
    distributions = inventory()._replace(distributions=(mine,))

    assert replace_superseded_roots((root,), (), distributions, plan) == (Root("mine[a,b]"),)
    assert replace_superseded_roots((root,), (root,), distributions, plan) == (root,)

"""Which installs from stores are recorded, to be replayed in other environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from thinvenv.installation import recorded_install
from thinvenv.model import Candidate, Install, Plan, Policy, Request, Root
from thinvenv.store import recorded

if TYPE_CHECKING:
    from thinvenv.plugins.manager import Plugins

URL = "https://packages.example/alpha-1.0-py3-none-any.whl"
UNUSED = cast("Any", None)


def test_what_comes_from_a_url_is_not_recorded() -> None:
    plan = Plan((Install(Candidate("alpha", "1.0", URL), ("alpha",)),), stored=frozenset({"alpha"}))

    assert recorded.dump(plan, Request(), UNUSED, UNUSED) is None


ROOTS = (Root(f"alpha @ {URL}"),)


@pytest.mark.parametrize("policy", [Policy(constraints=ROOTS), Policy(overrides=ROOTS)])
def test_a_request_with_a_url_in_its_policy_is_not_recorded(policy: Policy) -> None:
    assert recorded_install.is_recordable(Request(), cast("Plugins", ()))
    assert not recorded_install.is_recordable(Request(policy=policy), cast("Plugins", ()))

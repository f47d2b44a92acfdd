"""The steps for base distributions that are installed into the venv as well."""

from __future__ import annotations

from support.inventories import distribution, step_lines
from thinvenv.installation.import_conflicts import HiddenModule
from thinvenv.installation.shared_packages import add_steps
from thinvenv.model import Candidate, Install, Plan, Reuse

PLAN = Plan(
    (
        Install(Candidate("ns-new", "1.0"), ("ns-new",)),
        Reuse(distribution("alpha 1.0"), ("alpha",)),
        Reuse(distribution("ns-core 2.0"), ("ns-core",)),
    )
)


def test_a_plan_without_shared_packages_stays_as_it_is() -> None:
    assert add_steps(PLAN, ()) == PLAN


def test_a_reused_distribution_is_installed_instead() -> None:
    plan = add_steps(PLAN, [HiddenModule("ns", distribution("ns-core 2.0"))])

    assert step_lines(plan) == [
        "shadow ns-core 2.0 because shares `ns` with what is installed here",
        "install ns-new 1.0 because ns-new",
        "reuse alpha 1.0 because alpha",
    ]


def test_a_distribution_that_no_requirement_uses_is_installed_too() -> None:
    plan = add_steps(PLAN, [HiddenModule("ns", distribution("ns-old 3.0")), HiddenModule("x", distribution("x 1.0"))])

    assert [step.name for step in plan.installed] == ["ns-old", "x", "ns-new"]
    assert [step.name for step in plan.reused] == ["alpha", "ns-core"]


def test_the_owner_of_several_modules_is_installed_once() -> None:
    core = distribution("ns-core 2.0")

    plan = add_steps(PLAN, [HiddenModule("ns", core), HiddenModule("other", core)])

    assert [step.name for step in plan.installed] == ["ns-core", "ns-new"]

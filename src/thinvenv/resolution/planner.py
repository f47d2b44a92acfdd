"""The planner: a pure function from the answer of a resolver to a plan.

It works on frozen values. It uses no file, clock, environment variable or process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from thinvenv.distributions import direct_url
from thinvenv.errors import UnshadowableError
from thinvenv.model import Candidate, Closure, Distribution, Install, Inventory, Plan, Policy, Remove, Reuse, Shadow
from thinvenv.named_tuples import NamedTuple
from thinvenv.resolution.closure import compute_closure, contradictions, quoted
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from thinvenv.model import Resolution, Root, Step

LINK_MODE_HINT = "reuse mode `link` leaves it out"
_ORDER = {"remove": 0, "shadow": 1, "install": 2, "reuse": 3}


class Outcome(NamedTuple):
    """An environment as it will be once a resolution is installed.

    Attributes:
        installed: The candidates that will be installed into the venv.
        removed: The distributions of the venv that will be removed, including those that are replaced.
        inventory: All distributions that the environment will have.
        eligible: Those of them that may be used.
        closure: What the requirements will use of ``eligible``, and what will not satisfy them.
        was_satisfied: Whether the environment satisfies the requirements already, so that nothing was resolved.

    """

    installed: tuple[Candidate, ...]
    removed: tuple[Distribution, ...]
    inventory: Inventory
    eligible: Inventory
    closure: Closure
    was_satisfied: bool = False

    def without(self, distributions: Sequence[Distribution]) -> Outcome:
        """Return this outcome where distributions of the venv are removed, too. What is used does not change."""
        return self._replace(
            removed=(*self.removed, *distributions),
            inventory=self.inventory.replaced(distributions, ()),
            eligible=self.eligible.replaced(distributions, ()),
        )


def compute_outcome(
    roots: Iterable[Root],
    inventory: Inventory,
    eligible: Inventory,
    resolution: Resolution,
    markers: Mapping[str, str],
    policy: Policy = Policy(),  # noqa: B008 - it is frozen
) -> Outcome:
    """Return the environment as it will be once a resolution is installed.

    A candidate is not installed if removing the venv's copy makes the same version in the base importable.

    Args:
        roots: The requirements.
        inventory: All distributions that the environment has.
        eligible: Those of them that may be used.
        resolution: What the resolver chose to install.
        markers: The environment markers of the target interpreter.
        policy: Its constraints and overrides count.

    """
    candidates = resolution.candidates
    installed = tuple(candidate for candidate in candidates if not _base_has(candidate, eligible))
    removed = tuple(old for candidate in candidates if (old := _named(candidate.name, inventory.own)))
    planned = [_planned_distribution(candidate, inventory) for candidate in installed]
    remaining = eligible.replaced(removed, planned)
    closure = compute_closure(roots, remaining, markers, policy)
    return Outcome(installed, removed, inventory.replaced(removed, planned), remaining, closure)


def make_plan(outcome: Outcome, inventory: Inventory, markers: Mapping[str, str]) -> Plan:
    """Return the steps that lead from an environment to an outcome.

    Args:
        outcome: The environment as it will be.
        inventory: All distributions that the environment has.
        markers: The environment markers of the target interpreter.

    Returns:
        The steps, see :func:`sorted_steps`, and warnings about what will not fit.

    Raises:
        UnshadowableError: A base distribution has to be replaced, but is found before the venv.

    """
    _check_shadows(outcome.installed, inventory)
    uses, eligible = outcome.closure.uses, outcome.eligible
    chains = {use.distribution.name: use.because for use in uses}
    steps: list[Step] = [Remove(old, chains.get(old.name, (old.name,))) for old in outcome.removed]
    for candidate in outcome.installed:
        chain, hidden = chains.get(candidate.name, (candidate.name,)), _named(candidate.name, inventory.of_base)
        steps.append(Shadow(candidate, hidden, chain) if hidden else Install(candidate, chain))
    base = (use for use in uses if not use.distribution.planned and not eligible.in_venv(use.distribution))
    steps += [Reuse(use.distribution, use.because) for use in base]
    changed = outcome.installed or outcome.removed
    return Plan(sorted_steps(steps), tuple(dict.fromkeys(_warnings(outcome, inventory, markers))) if changed else ())


def sorted_steps(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return steps in the order of a plan: removals first and reuse last, each group by name."""
    return tuple(sorted(steps, key=lambda step: (_ORDER[step.action], step.name)))


def _base_has(candidate: Candidate, eligible: Inventory) -> bool:
    """Return whether the base has a candidate in the same version, so that the venv needs no copy of it."""
    if candidate.reference or candidate.version is None:
        return False
    distribution = _named(candidate.name, eligible.of_base)
    return distribution is not None and Version(distribution.version) == Version(candidate.version)


def _named(name: str, distributions: Iterable[Distribution]) -> Distribution | None:
    return next((dist for dist in distributions if dist.name == name), None)


def _planned_distribution(candidate: Candidate, inventory: Inventory) -> Distribution:
    """Return the distribution that a candidate will be once it is installed."""
    layer = next((layer.path for layer in inventory.layers if layer.kind == "venv"), "")
    return Distribution(
        name=candidate.name,
        version=candidate.version or "",
        location="",
        layer=layer,
        requires=candidate.requires,
        direct_url=direct_url.dump(candidate.reference, editable=candidate.editable) if candidate.reference else "",
        planned=True,
    )


def _check_shadows(installed: Iterable[Candidate], inventory: Inventory) -> None:
    """Raise an error if imports would find a base distribution before the candidate that has to hide it."""
    copies = ((candidate, _named(candidate.name, inventory.of_base)) for candidate in installed)
    stuck = [(candidate, copy) for candidate, copy in copies if copy and copy.layer in inventory.paths_before_venv]
    if stuck:
        names = quoted(hidden for _, hidden in stuck)
        why = tuple(
            f"{candidate} is required, but {hidden.layer} comes before the environment on its path"
            + (f", with a {hidden.foreign} for another interpreter" if hidden.foreign else "")
            for candidate, hidden in stuck
        )
        raise UnshadowableError(f"cannot replace {names}", why=why, hint="take that directory off PYTHONPATH")


def _warnings(outcome: Outcome, before: Inventory, markers: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each conflict that a plan causes among distributions that no requirement uses."""
    after, used = outcome.inventory, outcome.closure.names
    existing = {str(problem) for problem in contradictions(before, markers)}
    imported = {layer.path for layer in after.layers if layer.kind in {"venv", "base"}}
    for problem in contradictions(after, markers):
        required, dependent = problem.found, problem.required_by
        if required is None or dependent is None or str(problem) in existing:
            continue
        if dependent.name not in used and dependent.layer in imported:
            text = f"requires `{redacted(problem.specifier)}` and will find {required.version}"
            if after.in_venv(dependent):
                yield f"`{dependent}` in this environment {text}"
            else:
                yield f"`{dependent}` of the base {text}; {LINK_MODE_HINT}"

"""The plan: what a resolver chose, set against what is there.

A pure function over frozen values; it touches no file, clock, variable or process.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from thinvenv.errors import UnshadowableError
from thinvenv.model import Distribution, Install, Plan, Remove, Reuse, Shadow
from thinvenv.resolution.closure import compute_closure, contradictions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.model import Candidate, Closure, Inventory, Resolution, Root, Step

WAY_OUT = "reuse mode `link` leaves it out"
_ORDER = {"remove": 0, "shadow": 1, "install": 2, "reuse": 3}


def make(
    roots: Iterable[Root],
    everything: Inventory,
    reusable: Inventory,
    resolution: Resolution,
    markers: Mapping[str, str],
) -> Plan:
    """Return the plan for a resolution.

    Args:
        roots: What is asked for.
        everything: All that the environment can import.
        reusable: The part of it that may be used.
        resolution: What the resolver chose to bring in.
        markers: The environment markers of the target interpreter.

    Returns:
        The steps, removals first and reuse last, each group by name.

    Raises:
        UnshadowableError: A base distribution is to be replaced, but is found before the venv.

    """
    new, gone = _difference(resolution, everything, reusable)
    _check_shadows(new, everything)
    future = outcome(resolution, everything, reusable)
    used = compute_closure(roots, future, markers)
    chains = {use.distribution.name: use.because for use in used.uses}
    steps: list[Step] = [Remove(old, chains.get(old.name, (old.name,))) for old in gone]
    steps += [_bring(one, everything, chains.get(one.name, (one.name,))) for one in new]
    steps += [Reuse(use.distribution, use.because) for use in used.uses if _is_base(use.distribution, reusable)]
    # What a resolver has just brought in is not walked into: it answers for that itself.
    then = everything.replaced(gone, (_future(one, everything) for one in new))
    warnings = _warnings(everything, then, used, markers)
    return Plan(ordered(steps), tuple(warnings) if new or gone else ())


def outcome(resolution: Resolution, everything: Inventory, reusable: Inventory) -> Inventory:
    """Return what may be used once a resolution is carried out.

    What comes has no location as yet.
    """
    new, gone = _difference(resolution, everything, reusable)
    return reusable.replaced(gone, (_future(one, everything) for one in new))


def _difference(
    resolution: Resolution, everything: Inventory, reusable: Inventory
) -> tuple[list[Candidate], list[Distribution]]:
    """Return what a resolution brings into the venv, and what of the venv goes for it."""
    new = [one for one in resolution.candidates if not _base_has(one, reusable)]
    return new, [old for one in resolution.candidates if (old := _in_venv(one.name, everything))]


def ordered(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return steps in the order of a plan: removals first and reuse last, each group by name."""
    return tuple(sorted(steps, key=lambda step: (_ORDER[step.action], step.name)))


def _base_has(one: Candidate, reusable: Inventory) -> bool:
    """Tell whether removing the venv's copy brings the wanted version of the base to light."""
    if one.reference or one.version is None:
        return False
    below = next(
        (each for each in reusable.distributions if each.name == one.name and not reusable.in_venv(each)), None
    )
    return below is not None and Version(below.version) == Version(one.version)


def _in_venv(name: str, inventory: Inventory) -> Distribution | None:
    return next((one for one in inventory.distributions if one.name == name and inventory.in_venv(one)), None)


def _in_base(name: str, inventory: Inventory) -> Distribution | None:
    return next((one for one in inventory.distributions if one.name == name and not inventory.in_venv(one)), None)


def _is_base(one: Distribution, inventory: Inventory) -> bool:
    return not one.planned and not inventory.in_venv(one)


def _bring(one: Candidate, everything: Inventory, chain: tuple[str, ...]) -> Install | Shadow:
    hidden = _in_base(one.name, everything)
    return Shadow(one, hidden, chain) if hidden else Install(one, chain)


def _future(one: Candidate, everything: Inventory) -> Distribution:
    """Return the distribution that a candidate will be, without a location as yet."""
    layer = next((each.path for each in everything.layers if each.kind == "venv"), "")
    recorded = {"url": one.reference, "dir_info": {"editable": True}} if one.editable else {"url": one.reference}
    url = json.dumps(recorded) if one.reference else ""
    return Distribution(one.name, one.version or "", "", layer, one.requires, direct_url=url, planned=True)


def _check_shadows(new: Iterable[Candidate], everything: Inventory) -> None:
    order = [layer.path for layer in everything.layers]
    first_venv = next((place for place, layer in enumerate(everything.layers) if layer.kind == "venv"), len(order))
    stuck = [
        (one, hidden)
        for one in new
        if (hidden := _in_base(one.name, everything)) and order.index(hidden.layer) < first_venv
    ]
    if stuck:
        names = ", ".join(f"`{hidden}`" for _, hidden in stuck)
        why = tuple(
            f"{one} is wanted, but {hidden.layer} comes before the environment on its path"
            + (f", with a {hidden.foreign} for another interpreter" if hidden.foreign else "")
            for one, hidden in stuck
        )
        raise UnshadowableError(f"cannot replace {names}", why=why, hint="take that directory off PYTHONPATH")


def _warnings(before: Inventory, after: Inventory, used: Closure, markers: Mapping[str, str]) -> Iterator[str]:
    """Yield what fits now and will not fit afterwards, although nobody asked for it."""
    known = {str(problem) for problem in contradictions(before, markers)}
    asked = {canonicalize_name(use.distribution.name) for use in used.uses}
    imported = {layer.path for layer in after.layers if layer.kind in {"venv", "base"}}
    for problem in contradictions(after, markers):
        found, asking = problem.found, problem.required_by
        if found and asking and str(problem) not in known and asking.name not in asked and asking.layer in imported:
            said = f"{problem.detail} of {found.name} and will find {found.version}"
            here = after.in_venv(asking)
            yield f"`{asking}` in this environment {said}" if here else f"`{asking}` of the base {said}; {WAY_OUT}"

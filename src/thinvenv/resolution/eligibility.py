"""Which distributions may be reused, and which of several versions the resolver sees."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv.distributions import direct_url, requirement_cache

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from thinvenv.model import Distribution, Inventory, Request, Root


def restricted(inventory: Inventory, request: Request, barred: Collection[str] = ()) -> Inventory:
    """Return the inventory without what cannot be used, and what is barred from the base.

    That takes along all of its name that it hides, since imports do not find it. Under
    ``--require-hashes`` only that of the base may be used which says the hash of the archive
    that it came from (PEP 610): what is installed has no archive left to be compared.

    Args:
        inventory: All that there is.
        request: What bars distributions by their names, or by the lack of a hash.
        barred: The locations of what plugins bar.

    """
    hashes = _hashes(request)
    kept: list[Distribution] = []
    hidden = set()
    for one in inventory.distributions:
        usable = inventory.in_venv(one) or (one.location not in barred and _may_reuse(one, request, hashes))
        if one.foreign or not usable:
            hidden.add(one.name)
        elif one.name not in hidden:
            kept.append(one)
    overrides = tuple(one.text for one in request.policy.overrides)
    return replace(inventory, distributions=tuple(kept), overrides=overrides)


def unproven(everything: Inventory, request: Request, names: Iterable[str]) -> list[Distribution]:
    """Return what of the base is installed anew for no other reason than that its hash is not known."""
    if not request.require_hashes:
        return []
    usable = restricted(everything, request._replace(require_hashes=False))
    fitting = (each for each in usable.distributions if each.name in names and not usable.in_venv(each))
    limits = (*request.roots, *request.policy.constraints)
    return [
        one
        for one in fitting
        if _fits(one, [root.text for root in limits if requirement_cache.name_of(root) == one.name])
    ]


def _hashes(request: Request) -> dict[str, set[str]]:
    given: dict[str, set[str]] = {}
    for root in (*request.roots, *request.policy.constraints):
        given.setdefault(requirement_cache.name_of(root), set()).update(root.hashes)
    return given


def _may_reuse(one: Distribution, request: Request, hashes: Mapping[str, set[str]]) -> bool:
    if request.require_hashes and hashes.get(one.name, set()).isdisjoint(direct_url.archive_hashes(one)):
        return False
    if request.policy.only_reuse and not _any_matches(one.name, request.policy.only_reuse):
        return False
    return not _any_matches(one.name, request.policy.never_reuse)


def _any_matches(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, canonicalize_name(glob)) for glob in globs)


def candidates_for_view(
    inventory: Inventory, roots: Iterable[Root], constraints: Iterable[Root], markers: Mapping[str, str]
) -> list[Distribution]:
    """Return what the resolver is shown: one distribution of each name.

    That is the one an import finds, unless the roots and constraints rule out the venv's copy
    and admit the base's that it hides: what is there comes before what has to be fetched.
    What does not admit the interpreter is left out, since a resolver would accept it.
    """
    limits: dict[str, list[str]] = {}
    for root in (*roots, *constraints):
        parsed = requirement_cache.requirement(root.text)
        if parsed is not None and not parsed.url and requirement_cache.applies(parsed, markers):
            limits.setdefault(canonicalize_name(parsed.name), []).append(root.text)
    best = (_best(inventory, one, limits.get(name, [])) for name, one in inventory.visible.items())
    return [one for one in best if requirement_cache.allows_python(one.requires_python, markers["python_full_version"])]


def _best(inventory: Inventory, found: Distribution, limits: list[str]) -> Distribution:
    if not inventory.in_venv(found) or _fits(found, limits):
        return found
    below = [one for one in inventory.distributions if one.name == found.name and not inventory.in_venv(one)]
    return below[0] if below and _fits(below[0], limits) else found


def _fits(one: Distribution, limits: list[str]) -> bool:
    wanted = [parsed for text in limits if (parsed := requirement_cache.requirement(text))]
    return all(each.specifier.contains(one.version, prereleases=True) for each in wanted)

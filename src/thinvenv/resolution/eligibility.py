"""Eligibility: which distributions may be reused, and which of them a resolver sees."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv.choices import suggestion
from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.resolution import metadata_rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from thinvenv.model import Distribution, Inventory, Policy, Request, Root


def eligible_inventory(inventory: Inventory, request: Request, excluded: Collection[str] = ()) -> Inventory:
    """Return the inventory without the distributions that may not be used.

    With a distribution, all of the same name that it hides are left out, since imports do not find
    them. One for another interpreter hides none where it would be linked. Under ``--require-hashes``,
    a base distribution may be used only if it records a hash of the archive that it came from (PEP 610)
    that the request allows: an installed distribution has no archive that could be compared.

    Args:
        inventory: All distributions.
        request: Its policy and hashes say what may be used, and its policy which metadata are replaced.
        excluded: The locations of base distributions that plugins exclude.

    """
    hashes = requirement_cache.hashes_by_name(request)
    eligible: list[Distribution] = []
    hidden = set()
    for dist in inventory.distributions:
        usable = inventory.in_venv(dist) or (dist.location not in excluded and _may_reuse(dist, request, hashes))
        if dist.foreign and dist.layer in inventory.linkable_paths:
            continue
        if dist.foreign or not usable:
            hidden.add(dist.name)
        elif dist.name not in hidden:
            eligible.append(dist)
    rules = request.policy.metadata
    distributions = tuple(metadata_rules.with_rules(dist, rules) if rules else dist for dist in eligible)
    return inventory._replace(distributions=distributions)


def excluded_for_unknown_hash(inventory: Inventory, request: Request, names: Collection[str]) -> list[Distribution]:
    """Return the base distributions that could be reused if ``--require-hashes`` did not demand their hash.

    Args:
        inventory: All distributions.
        request: The request.
        names: The names to look at.

    """
    if not request.require_hashes:
        return []
    eligible = eligible_inventory(inventory, request._replace(require_hashes=False))
    limits = (*request.roots, *request.policy.constraints)
    return [
        dist
        for dist in eligible.of_base
        if dist.name in names
        and _satisfies(dist, [root.text for root in limits if requirement_cache.name_of(root) == dist.name])
    ]


def distributions_for_resolver(
    eligible: Inventory, roots: Iterable[Root], constraints: Iterable[Root], markers: Mapping[str, str]
) -> list[Distribution]:
    """Return the distributions that a resolver may take for installed, one of each name.

    That is the distribution that an import finds. If the roots and constraints rule out the venv's copy
    and allow the base distribution that it hides, it is the latter, because reuse comes before
    downloads. Distributions that do not support the interpreter are left out, because a resolver
    would accept them.

    Args:
        eligible: The distributions that may be used.
        roots: The requirements.
        constraints: Requirements that only limit versions.
        markers: The environment markers of the target interpreter.

    """
    limits: dict[str, list[str]] = {}
    for root in (*roots, *constraints):
        requirement = requirement_cache.requirement(root.text)
        if requirement and not requirement.url and requirement_cache.applies(requirement, markers):
            limits.setdefault(canonicalize_name(requirement.name), []).append(root.text)
    python = markers["python_full_version"]
    best = (_visible_or_hidden(eligible, dist, limits.get(name, [])) for name, dist in eligible.visible.items())
    return [dist for dist in best if requirement_cache.allows_python(dist.requires_python, python)]


def unmatched_globs(inventory: Inventory, policy: Policy) -> Iterator[str]:
    """Yield a line for each reuse glob that matches no base distribution, if there are any to match.

    Args:
        inventory: All distributions.
        policy: The policy with the globs.

    """
    names = sorted({dist.name for dist in inventory.of_base})
    settings = (("only-reuse", policy.only_reuse), ("never-reuse", policy.never_reuse))
    for setting, glob in ((setting, glob) for setting, globs in settings for glob in globs if names):
        name = canonicalize_name(glob)
        if name != "*" and not any(fnmatchcase(other, name) for other in names):
            hint = suggestion(name, names)
            yield f"`{setting}` has `{glob}`, which matches no distribution of the base" + (f": {hint}" if hint else "")


def _may_reuse(distribution: Distribution, request: Request, hashes: Mapping[str, set[str]]) -> bool:
    name, policy = distribution.name, request.policy
    if request.require_hashes and hashes.get(name, set()).isdisjoint(direct_url.archive_hashes(distribution)):
        return False
    if policy.only_reuse and not _matches_any(name, policy.only_reuse):
        return False
    return not _matches_any(name, policy.never_reuse)


def _matches_any(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, canonicalize_name(glob)) for glob in globs)


def _visible_or_hidden(eligible: Inventory, visible: Distribution, limits: list[str]) -> Distribution:
    """Return a visible distribution, or the base distribution that it hides if only that one satisfies the limits."""
    if not eligible.in_venv(visible) or _satisfies(visible, limits):
        return visible
    below = next((dist for dist in eligible.of_base if dist.name == visible.name), None)
    return below if below and _satisfies(below, limits) else visible


def _satisfies(distribution: Distribution, limits: Iterable[str]) -> bool:
    requirements = filter(None, map(requirement_cache.requirement, limits))
    return all(requirement.specifier.contains(distribution.version, prereleases=True) for requirement in requirements)

"""Metadata of distributions that uv's configuration replaces.

https://docs.astral.sh/uv/concepts/resolution/#dependency-metadata
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from thinvenv.distributions import requirement_cache

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Distribution, MetadataRule


def with_rules(distribution: Distribution, rules: Iterable[MetadataRule]) -> Distribution:
    """Return a distribution with the metadata that the rules give it.

    Of several rules of one kind, those for exactly its version count, or else those for all versions.
    """
    for kind in ("metadata", "override", "exclude"):
        own = [rule for rule in rules if rule.kind == kind and rule.name == distribution.name]
        exact = [rule for rule in own if rule.version and _is_same(rule.version, distribution.version)]
        for rule in exact or [rule for rule in own if not rule.version]:
            distribution = _with_rule(distribution, rule)
            if kind == "metadata":
                break
    return distribution


def _with_rule(distribution: Distribution, rule: MetadataRule) -> Distribution:
    if rule.kind == "metadata":
        return distribution._replace(requires=rule.requires, extras=rule.extras, requires_python=rule.requires_python)
    names = {_name(text) for text in rule.requires}
    kept = [text for text in distribution.requires if _name(text) not in names]
    if rule.kind == "exclude":
        return distribution._replace(requires=tuple(kept))
    replaced = [
        f"{text} ; {parsed.marker}" if parsed.marker and "extra" in str(parsed.marker) else text
        for parsed in filter(None, map(requirement_cache.requirement, distribution.requires))
        for text in rule.requires
        if _name(text) == canonicalize_name(parsed.name)
    ]
    present = {_name(text) for text in distribution.requires}
    added = [text for text in rule.requires if _name(text) not in present]
    return distribution._replace(requires=(*kept, *replaced, *added))


def _name(text: str) -> str:
    return requirement_cache.name_in(text) or canonicalize_name(text)


def _is_same(version: str, other: str) -> bool:
    try:
        return Version(version) == Version(other)
    except InvalidVersion:
        return version == other

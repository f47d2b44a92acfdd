"""Pins: versions in place of the URLs that installed distributions came from.

A resolver would fetch the URLs. What is installed satisfies a requirement on its URL, and the URL may be gone:
`torch @ https://…` in the image of a vendor, or a folder of the machine that built a conda package
(https://github.com/conda/conda/issues/11580).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.model import Root
from thinvenv.requirements.roots import in_brackets
from thinvenv.urls import path_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from packaging.requirements import Requirement

    from thinvenv.model import Candidate, Closure, Distribution, Inventory, Request


def pin_installed(
    root: Root, eligible: Inventory, unmet: set[str], kept: Mapping[str, Distribution], request: Request
) -> Root:
    """Return a root by name and version if it is installed from its path or URL, which is then needed for nothing.

    A URL that may have something newer by now stays if everything is upgraded.
    """
    if root.text in unmet or (request.upgrade and not root.path):
        return root
    requirement = requirement_cache.requirement(root.text)
    if requirement is not None and not requirement.url:
        return root
    distribution = direct_url.installed_from(root, eligible)
    if distribution is None or distribution.name not in kept:
        return root
    if requirement is None:
        requirement = requirement_cache.requirement(distribution.name + in_brackets(root.extras))
    return root._replace(text=_pinned(requirement, distribution), path="", editable=False) if requirement else root


def _pinned(requirement: Requirement, distribution: Distribution) -> str:
    """Return a requirement with the version of a distribution in place of its URL."""
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{distribution.name}{in_brackets(requirement.extras)}=={distribution.version}{marker}"


def direct_reference_constraints(closure: Closure, kept: Collection[str], request: Request) -> list[Root]:
    """Return the URLs that used distributions came from as constraints, so that an upgrade leaves them in place."""
    if not request.upgrade:
        return []
    used = [use.distribution for use in closure.uses if use.distribution.name in kept]
    urls = [(dist.name, direct_url.archive_url(dist)) for dist in used]
    return [Root(f"{name} @ {url}") for name, url in urls if url and (not path_of(url) or os.path.exists(path_of(url)))]


def has_url(root: Root) -> bool:
    """Return whether a root is a name with a URL."""
    requirement = requirement_cache.requirement(root.text)
    return requirement is not None and bool(requirement.url)


def without_urls(dist: Distribution, kept: Mapping[str, Distribution], with_url: Collection[str]) -> Distribution:
    """Return a distribution as a resolver has to see it, which would fetch the URLs in its metadata.

    uv accepts a distribution that came from a URL only for a requirement on that URL. Without it, it is one like any
    other. The same holds for its requirements on the URLs that others came from.
    """
    requires = tuple(_without_url(text, kept) if "@" in text else text for text in dist.requires)
    return dist._replace(requires=requires, direct_url=dist.direct_url if dist.name in with_url else "")


def _without_url(text: str, kept: Mapping[str, Distribution]) -> str:
    requirement = requirement_cache.requirement(text)
    distribution = kept.get(canonicalize_name(requirement.name)) if requirement and requirement.url else None
    if requirement is None or distribution is None or not direct_url.matches(str(requirement.url), distribution):
        return text
    return _pinned(requirement, distribution)


def is_installed_from_url(candidate: Candidate, eligible: Inventory) -> bool:
    """Return whether a candidate from a URL is what another distribution has been installed from already."""
    distribution = eligible.visible.get(candidate.name)
    if distribution is None or not candidate.reference or path_of(candidate.reference):
        return False
    return direct_url.matches(candidate.reference, distribution)

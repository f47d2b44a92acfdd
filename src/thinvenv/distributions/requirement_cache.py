"""Requirements and markers, parsed and evaluated by ``packaging``, each only once.

The environments of a fleet have the same few hundred requirements. Parsing and evaluating them takes most of the
time of a walk over an inventory.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from thinvenv.errors import RequirementError, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.requirements import Requirement

    from thinvenv.model import Request, Root


_INVALID = (ValueError, KeyError, RecursionError)
"""What parsing and evaluating can raise: `InvalidRequirement` is the first, `UndefinedEnvironmentName` the second."""


@lru_cache(maxsize=16384)
def requirement(text: str) -> Requirement | None:
    """Return the requirement that a text is (PEP 508), or ``None`` if it is invalid.

    A requirement that can be parsed and not be evaluated is invalid too: ``x; python_version ~= "3"``
    compares in a way that is not defined, and a version can have more digits than Python converts.
    """
    try:
        return _parse(text)
    except _INVALID:
        return None


def root_requirement(root: Root) -> Requirement | None:
    """Return the requirement of a root, or ``None`` for a bare path or URL, which has no name.

    Raises:
        RequirementError: The root is neither a requirement nor a path or URL.

    """
    parsed = requirement(root.text)
    if parsed is None and not (root.path or root.editable or "://" in root.text):
        try:
            return _parse(root.text)  # fails again, and says why
        except _INVALID as error:
            why = (*([root.origin] if root.origin else []), str(error))
            raise RequirementError(f"cannot read the requirement `{root.text}`", why=why) from error
    return parsed


def check_roots(roots: Iterable[Root]) -> None:
    """Check that the requirements of all roots can be read.

    Raises:
        RequirementError: Some cannot. The error has all of them.

    """
    errors = []
    for root in roots:
        try:
            root_requirement(root)
        except RequirementError as error:
            errors.append(error)
    if errors:
        raise joined(errors)


def name_of(root: Root) -> str:
    """Return the normalized name of a root, or an empty string for a bare path or URL."""
    return name_in(root.text)


def name_in(text: str) -> str:
    """Return the normalized name in a requirement (PEP 508), or an empty string if it is invalid."""
    parsed = requirement(text)
    return canonicalize_name(parsed.name) if parsed else ""


def hashes_by_name(request: Request) -> dict[str, set[str]]:
    """Return the hashes that the roots and constraints of a request list, by the normalized name."""
    hashes: dict[str, set[str]] = {}
    for root in (*request.roots, *request.policy.constraints):
        hashes.setdefault(name_of(root), set()).update(root.hashes)
    return hashes


def is_only_for_extra(text: str) -> bool:
    """Return whether a requirement obviously applies only with an extra, without parsing it.

    Most requirements of distributions do. ``False`` means that the marker has to be evaluated.
    """
    marker = text.partition(";")[2]
    return "extra ==" in marker and not any(part in marker for part in ("or", "''", '""'))


def applies(parsed: Requirement, markers: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
    """Return whether the marker of a requirement holds.

    Args:
        parsed: The requirement.
        markers: The markers of the environment.
        extras: The extras. The marker has to hold for one of them; without any, for none.

    """
    if parsed.marker is None:
        return True
    return any(_evaluate(str(parsed.marker), tuple(markers.items()), extra) for extra in (extras or ("",)))


@lru_cache(maxsize=4096)
def allows_python(requires_python: str, version: str) -> bool:
    """Return whether ``Requires-Python`` allows a version of Python. An invalid specifier allows all."""
    try:
        return SpecifierSet(requires_python).contains(version, prereleases=True)
    except ValueError:  # `InvalidSpecifier` is one
        return True


@lru_cache(maxsize=16384)
def _evaluate(marker: str, markers: tuple[tuple[str, str], ...], extra: str) -> bool:
    parsed = requirement(f"x; {marker}")
    if parsed is None or parsed.marker is None:
        return False
    try:
        return parsed.marker.evaluate({**dict(markers), "extra": extra})
    except _INVALID:  # the comparison is not defined for the values of this environment
        return False


def _parse(text: str) -> Requirement:
    from thinvenv.distributions.requirement_parser import parse  # noqa: PLC0415 - an unchanged base needs no parser

    return parse(text)

"""The texts of the model, parsed by ``packaging``, each once.

A fleet meets the same few hundred requirement strings over and over; parsing and
evaluating them is what a walk spends its time on.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from thinvenv.errors import RequirementError, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.model import Root


@lru_cache(maxsize=16384)
def requirement(text: str) -> Requirement | None:
    """Return a requirement (PEP 508), or ``None`` where the text is none."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def root_requirement(root: Root) -> Requirement | None:
    """Return the requirement of a root, ``None`` for a bare path or URL, which has no name.

    Raises:
        RequirementError: The text is none of these.

    """
    parsed = requirement(root.text)
    if parsed is None and not (root.path or root.editable or "://" in root.text):
        raise RequirementError(f"cannot read the requirement `{root.text}`", why=_reasons(root))
    return parsed


def check(roots: Iterable[Root]) -> None:
    """Read the requirements of roots.

    Raises:
        RequirementError: Some cannot be read; all of them are named.

    """
    wrong = []
    for root in roots:
        try:
            root_requirement(root)
        except RequirementError as error:
            wrong.append(error)
    if wrong:
        raise joined(wrong)


def _reasons(root: Root) -> tuple[str, ...]:
    try:
        Requirement(root.text)
    except InvalidRequirement as error:
        return (*([root.origin] if root.origin else []), str(error))
    raise AssertionError(root)  # the caller has just seen it fail


def waits_for_extra(text: str) -> bool:
    """Tell, where the text of a requirement shows it, that it applies with an extra only.

    Most that distributions require are so, and need not be parsed to be passed over.
    """
    marker = text.partition(";")[2]
    return "extra ==" in marker and not any(one in marker for one in ("or", "''", '""'))


def applies(wanted: Requirement, markers: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
    """Tell whether a requirement's marker holds in an environment, with some extras."""
    if wanted.marker is None:
        return True
    return any(_evaluate(str(wanted.marker), tuple(markers.items()), extra) for extra in (extras or ("",)))


@lru_cache(maxsize=16384)
def _evaluate(marker: str, markers: tuple[tuple[str, str], ...], extra: str) -> bool:
    parsed = requirement(f"x; {marker}")
    return (
        parsed is not None and parsed.marker is not None and parsed.marker.evaluate({**dict(markers), "extra": extra})
    )


@lru_cache(maxsize=4096)
def allows_python(requires_python: str, version: str) -> bool:
    """Tell whether a ``Requires-Python`` admits an interpreter; what cannot be read does."""
    try:
        return SpecifierSet(requires_python).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True


def name_of(root: Root) -> str:
    """Return the normalised name that a root asks for, empty where only its source knows it."""
    parsed = requirement(root.text)
    return canonicalize_name(parsed.name) if parsed else ""

"""Which distributions may be reused, and which of several versions the resolver sees."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.model import Distribution, Inventory, Request, Root


def restricted(inventory: Inventory, request: Request) -> Inventory:
    """Return the inventory without what cannot be used, and what a request bars from the base.

    What is built for another interpreter takes along all of its name that it hides. Under
    ``--require-hashes`` nothing of the base may be used: what is already installed has no
    archive left whose hash could be compared.
    """
    kept: list[Distribution] = []
    hidden = set()
    for one in inventory.distributions:
        if one.foreign:
            hidden.add(one.name)
        elif one.name not in hidden and (inventory.in_venv(one) or _may_reuse(one.name, request)):
            kept.append(one)
    return replace(inventory, distributions=tuple(kept))


def _may_reuse(name: str, request: Request) -> bool:
    if request.require_hashes or (request.only_reuse and not _any_matches(name, request.only_reuse)):
        return False
    return not _any_matches(name, request.never_reuse)


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
        parsed = parse.requirement(root.text)
        if parsed is not None and not parsed.url and parse.applies(parsed, markers):
            limits.setdefault(canonicalize_name(parsed.name), []).append(root.text)
    best = (_best(inventory, one, limits.get(name, [])) for name, one in inventory.visible.items())
    return [one for one in best if parse.allows_python(one.requires_python, markers["python_full_version"])]


def _best(inventory: Inventory, found: Distribution, limits: list[str]) -> Distribution:
    if not inventory.in_venv(found) or _fits(found, limits):
        return found
    below = [one for one in inventory.distributions if one.name == found.name and not inventory.in_venv(one)]
    return below[0] if below and _fits(below[0], limits) else found


def _fits(one: Distribution, limits: list[str]) -> bool:
    wanted = [parsed for text in limits if (parsed := parse.requirement(text))]
    return all(each.specifier.contains(one.version, prereleases=True) for each in wanted)

"""Distributions that were built against another version than the one that they will find.

No metadata describe this: ``uv pip check`` calls pandas and a new numpy compatible, and the import ends with
``numpy.dtype size changed``. Modules that use NumPy show which versions they can use. For the others, a distribution
keeps its binary interface within a major version, as a rule.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from thinvenv.distributions import requirement_cache
from thinvenv.distributions.installed_files import is_compiled
from thinvenv.inventory import built_against
from thinvenv.named_tuples import NamedTuple
from thinvenv.resolution.closure import dependents, quoted
from thinvenv.resolution.planner import LINK_MODE_HINT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from thinvenv.model import Distribution, Environment, Inventory

NUMPY = "numpy"
_UPPER_BOUNDS = ("<", "<=", "==", "===", "~=")


class Certainty(IntEnum):
    """How likely it is that a distribution does not work with the version that it will find."""

    POSSIBLE = 1
    """It was built against another release series, or a newer version."""
    PROBABLE = 2
    """It was built against another major version."""
    CERTAIN = 3
    """Its modules say so."""


class Mismatch(NamedTuple):
    """A distribution that was built against another version than the one that it will find.

    Attributes:
        distribution: The distribution.
        required: The distribution that it will find.
        built_against: The version that it was built against: a distribution of its base, or what its modules say.
        certainty: How likely it is that it does not work.

    """

    distribution: Distribution
    required: Distribution
    built_against: str
    certainty: Certainty


def find_mismatches(inventory: Inventory, environment: Environment, *, with_venv: bool = False) -> Iterator[Mismatch]:
    """Yield the base distributions that were built against another version than the one that they will find.

    Only distributions that find another copy than the one in their own layer are examined, so nothing is read unless
    something is hidden.

    Args:
        inventory: All distributions that the environment has, or will have.
        environment: The environment.
        with_venv: Whether distributions in the venv count, too, if their modules say what they were built against.

    """
    for required, hidden in _with_hidden_copies(inventory):
        for distribution in dependents(required.name, inventory, environment.markers):
            in_venv = inventory.in_venv(distribution)
            if distribution.planned or distribution.foreign or (in_venv and not with_venv):
                continue
            if in_venv or distribution.layer != required.layer:
                beside = [copy for copy in hidden if copy.layer == distribution.layer]
                copy = None if in_venv else next(iter(beside or hidden), None)
                mismatch = _mismatch(distribution, required, copy, environment.suffixes)
                if mismatch:
                    yield mismatch


def iter_warnings(mismatches: Iterable[Mismatch], inventory: Inventory, used: Collection[str]) -> Iterator[str]:
    """Yield a line for the distributions that may not work with what they will find.

    Args:
        mismatches: The mismatches.
        inventory: All distributions that the environment will have.
        used: The names of the distributions that the requirements use.

    """
    for text, distributions in _grouped(mismatches, _warning):
        needed = [dist for dist in distributions if dist.name in used]
        if in_venv := [dist for dist in needed if inventory.in_venv(dist)]:
            yield f"{quoted(in_venv)} in this environment {text}"
        unused = [dist for dist in distributions if dist not in needed and not inventory.in_venv(dist)]
        if unused := [dist for dist in unused if dist.layer not in inventory.linkable_paths]:
            yield f"{quoted(unused)} of the base {text}; {LINK_MODE_HINT}"
        if in_base := [dist for dist in needed if dist not in in_venv]:
            options = " ".join(f"--never-reuse {dist.name}" for dist in in_base)
            yield f"{quoted(in_base)} of the base {text}; `{options}` installs what fits"


def exclusion_lines(mismatches: Iterable[Mismatch]) -> Iterator[str]:
    """Yield a line for the base distributions that are not reused because of mismatches."""
    for text, distributions in _grouped(mismatches, _exclusion):
        yield f"{quoted(distributions)} of the base {text}"


def may_break_abi(new: str, old: str) -> bool:
    """Return whether a version may have another binary interface than one that modules were built against.

    A patch release keeps it. An older version may lack parts of it.
    """
    return Version(new) < Version(old) or Version(new).release[:2] != Version(old).release[:2]


def _with_hidden_copies(inventory: Inventory) -> Iterator[tuple[Distribution, list[Distribution]]]:
    """Yield the compiled distributions that hide another version of theirs, with what they hide; and NumPy anyway."""
    copies: dict[str, list[Distribution]] = {}
    for distribution in inventory.distributions:
        copies.setdefault(distribution.name, []).append(distribution)
    for name, (required, *hidden) in copies.items():
        if required.version and (
            name == NUMPY or any(may_break_abi(required.version, copy.version) and is_compiled(copy) for copy in hidden)
        ):
            yield required, hidden


def _mismatch(
    distribution: Distribution, required: Distribution, copy: Distribution | None, suffixes: Sequence[str]
) -> Mismatch | None:
    """Return the mismatch of a distribution, if any.

    Args:
        distribution: The distribution.
        required: The distribution that it will find.
        copy: The one of the same name that it would find without the environment.
        suffixes: The suffixes of the extension modules that the interpreter imports.

    """
    versions = built_against.numpy_versions(distribution, suffixes) if required.name == NUMPY else None
    if versions is not None and not versions.contains(required.version, prereleases=True):
        return Mismatch(distribution, required, str(copy or f"{NUMPY}{versions}"), Certainty.CERTAIN)
    if copy is None or not may_break_abi(required.version, copy.version):
        return None
    if versions is not None:
        is_older = Version(required.version) < Version(copy.version)
        may_lack_parts = is_older and "<2" in str(versions)  # newer modules say how old it may be
        return Mismatch(distribution, required, str(copy), Certainty.POSSIBLE) if may_lack_parts else None
    if not is_compiled(copy) or not built_against.is_compiled_for(distribution, suffixes):
        return None
    if built_against.refers_to(distribution, copy, suffixes) is False:
        return None
    is_other_major = _major(required.version) != _major(copy.version) and not _has_upper_bound(distribution, copy.name)
    return Mismatch(distribution, required, str(copy), Certainty.PROBABLE if is_other_major else Certainty.POSSIBLE)


def _has_upper_bound(distribution: Distribution, name: str) -> bool:
    """Return whether a distribution requires another one up to a version. Its author knew the later majors."""
    requirements = filter(None, map(requirement_cache.requirement, distribution.requires))
    limits = (limit for parsed in requirements if canonicalize_name(parsed.name) == name for limit in parsed.specifier)
    return any(limit.operator in _UPPER_BOUNDS for limit in limits)


def _major(version: str) -> tuple[int, ...]:
    """Return the part of a version within which interfaces are kept: the first number, or two if that is zero."""
    parsed = Version(version)
    return (parsed.epoch, *parsed.release[: 1 if parsed.major else 2])


def _warning(mismatch: Mismatch) -> str:
    verb = "was" if mismatch.certainty is Certainty.CERTAIN else "may have been"
    return f"{verb} built against {mismatch.built_against} and will find {mismatch.required.version}"


def _exclusion(mismatch: Mismatch) -> str:
    adverb = "" if mismatch.certainty is Certainty.CERTAIN else "probably "
    return f"cannot be reused with {mismatch.required}: {adverb}built against {mismatch.built_against}"


def _grouped(
    mismatches: Iterable[Mismatch], describe: Callable[[Mismatch], str]
) -> Iterable[tuple[str, list[Distribution]]]:
    """Return the distributions that have the same description, by description."""
    groups: dict[str, list[Distribution]] = {}
    for mismatch in mismatches:
        groups.setdefault(describe(mismatch), []).append(mismatch.distribution)
    return groups.items()

"""What a resolver answers, and what a walk over the inventory finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from thinvenv.model.environment import Chain, Distribution


@dataclass(frozen=True, slots=True)
class Candidate:
    """A distribution that a resolver chose and that is still to be installed.

    Attributes:
        name: The normalised name.
        version: The version; empty where only a build can tell it.
        reference: The URL or path it comes from, empty for an index.
        requires: What it depends on, as far as the resolver said.
        editable: Whether it is to be installed in development mode.

    """

    name: str
    version: str
    reference: str = ""
    requires: tuple[str, ...] = ()
    editable: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolver's answer over a view: what has to come, and what goes for it."""

    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A requirement that an inventory does not satisfy.

    Attributes:
        kind: ``missing``, ``conflict`` (another version, source or Python) or ``unreadable``.
        wanted: The requirement.
        chain: The requirements from the root to it.
        found: The distribution that is there instead, if any.
        detail: What exactly does not fit.

    """

    kind: Literal["missing", "conflict", "unreadable"]
    wanted: str
    chain: Chain
    found: Distribution | None = None
    detail: str = ""

    def __str__(self) -> str:
        """Return one line: who wants what, and what is there instead."""
        who = " -> ".join(self.chain) or self.wanted
        if self.found is None:
            return f"`{who}` is not installed" + (f": {self.detail}" if self.detail else "")
        return f"`{who}` {self.detail}, found {self.found} in {self.found.layer}"


@dataclass(frozen=True, slots=True)
class Use:
    """A distribution that the closure of the requirements needs, and why."""

    distribution: Distribution
    because: Chain
    extras: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Closure:
    """What a set of requirements uses of an inventory, and what it lacks."""

    uses: tuple[Use, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def satisfied(self) -> bool:
        """Tell whether nothing is missing and nothing conflicts."""
        return not self.problems

"""What a resolver answers, and what a closure of requirements uses and lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from thinvenv.model.environment import Chain, Distribution


class Candidate(NamedTuple):
    """A distribution that a resolver chose and that is not installed yet.

    Attributes:
        name: The normalised name.
        version: The version, ``None`` if only a build can determine it.
        reference: The URL that it comes from, empty for a distribution from an index.
        requires: Its requirements, as far as the resolver reports them.
        editable: Whether it is installed in development mode.

    """

    name: str
    version: str | None
    reference: str = ""
    requires: tuple[str, ...] = ()
    editable: bool = False

    def __str__(self) -> str:
        """Return ``name version``, or the name alone if the version is not known."""
        return f"{self.name} {self.version}" if self.version is not None else self.name


class Resolution(NamedTuple):
    """The answer of a resolver: the candidates to install."""

    candidates: tuple[Candidate, ...] = ()


class Problem(NamedTuple):
    """A requirement that an inventory does not satisfy.

    Attributes:
        kind: ``missing``, or ``conflict``: another version, source or Python is required.
        requirement: The text of the requirement, or of the constraint that excludes what it finds.
        chain: The requirements from the root to it.
        required_by: The distribution whose metadata contain the requirement, ``None`` if it is a root.
        found: The distribution that does not satisfy it, ``None`` if there is none of that name.
        detail: Why it is not satisfied, as a phrase: "requires `<2`".

    """

    kind: Literal["missing", "conflict"]
    requirement: str
    chain: Chain
    required_by: Distribution | None = None
    found: Distribution | None = None
    detail: str = ""

    @property
    def specifier(self) -> str:
        """The requirement without its marker, which holds."""
        return self.requirement.partition(";")[0].rstrip()

    def __str__(self) -> str:
        """Return one line with the chain of requirements, and what was found instead."""
        chain = " -> ".join(self.chain)
        if self.found is None:
            return f"`{chain}` is not installed" + (f": {self.detail}" if self.detail else "")
        return f"`{chain}` {self.detail}, found {self.found} in {self.found.layer}"


class Use(NamedTuple):
    """A distribution that a closure contains.

    Attributes:
        distribution: The distribution.
        because: The shortest chain of requirements that leads to it.
        extras: The extras that are required of it.

    """

    distribution: Distribution
    because: Chain
    extras: frozenset[str] = frozenset()


class Closure(NamedTuple):
    """The distributions of an inventory that a set of requirements needs.

    Attributes:
        uses: These distributions, nearest to the roots first.
        problems: The requirements that the inventory does not satisfy.

    """

    uses: tuple[Use, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def satisfied(self) -> bool:
        """Return whether no requirement is missing or conflicts."""
        return not self.problems

    @property
    def names(self) -> frozenset[str]:
        """The names of the distributions that it contains."""
        return frozenset(use.distribution.name for use in self.uses)

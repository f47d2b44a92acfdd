"""The plan and its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from thinvenv.model.environment import Chain, Distribution
    from thinvenv.model.resolution import Candidate

Step: TypeAlias = "Reuse | Install | Shadow | Remove"


class Reuse(NamedTuple):
    """Use a base distribution where it is."""

    distribution: Distribution
    because: Chain

    @property
    def action(self) -> Literal["reuse"]:
        """The kind of this step."""
        return "reuse"

    @property
    def name(self) -> str:
        """The normalised name of the distribution."""
        return self.distribution.name

    @property
    def version(self) -> str:
        """The version of the distribution."""
        return self.distribution.version


class Install(NamedTuple):
    """Install a distribution that no layer has."""

    candidate: Candidate
    because: Chain

    @property
    def action(self) -> Literal["install"]:
        """The kind of this step."""
        return "install"

    @property
    def name(self) -> str:
        """The normalised name of the distribution."""
        return self.candidate.name

    @property
    def version(self) -> str | None:
        """The version of the distribution, ``None`` if only a build can determine it."""
        return self.candidate.version


class Shadow(NamedTuple):
    """Install a distribution that hides another version of it in the base."""

    candidate: Candidate
    replaces: Distribution
    because: Chain

    @property
    def action(self) -> Literal["shadow"]:
        """The kind of this step."""
        return "shadow"

    @property
    def name(self) -> str:
        """The normalised name of the distribution."""
        return self.candidate.name

    @property
    def version(self) -> str | None:
        """The version of the distribution, ``None`` if only a build can determine it."""
        return self.candidate.version


class Remove(NamedTuple):
    """Uninstall a distribution from the venv."""

    distribution: Distribution
    because: Chain

    @property
    def action(self) -> Literal["remove"]:
        """The kind of this step."""
        return "remove"

    @property
    def name(self) -> str:
        """The normalised name of the distribution."""
        return self.distribution.name

    @property
    def version(self) -> str:
        """The version of the distribution."""
        return self.distribution.version


class Plan(NamedTuple):
    """The difference between what is there and what is asked for, step by step.

    Attributes:
        steps: What is reused and what is done, each with its reason.
        warnings: What will not fit afterwards although nobody asked for it.

    """

    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Install | Shadow | Remove, ...]:
        """The steps that change the environment."""
        return tuple(step for step in self.steps if step.action != "reuse")

    @property
    def reused(self) -> tuple[Reuse, ...]:
        """The steps that reuse a base distribution."""
        return tuple(step for step in self.steps if step.action == "reuse")

    @property
    def installed(self) -> tuple[Install | Shadow, ...]:
        """The steps that bring a distribution into the venv."""
        return tuple(step for step in self.steps if step.action in {"install", "shadow"})

    @property
    def removed(self) -> tuple[Remove, ...]:
        """The steps that take a distribution out of the venv."""
        return tuple(step for step in self.steps if step.action == "remove")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the distributions that are changed in the venv, in order."""
        return tuple(sorted({step.name for step in self.changes}))

"""The plan: the steps that satisfy a request, each with its reason."""

from __future__ import annotations

from thinvenv.named_tuples import NamedTuple

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from typing import ClassVar, Literal, TypeAlias

    from thinvenv.model.environment import Chain, Distribution
    from thinvenv.model.resolution import Candidate

Step: TypeAlias = "Reuse | Install | Shadow | Remove"


class _DistributionStep(NamedTuple):
    """What happens to an installed distribution, and the requirements that are the reason."""

    distribution: Distribution
    because: Chain

    @property
    def name(self) -> str:
        """The normalised name of the distribution."""
        return self.distribution.name

    @property
    def version(self) -> str:
        """The version of the distribution."""
        return self.distribution.version


class Reuse(_DistributionStep):
    """Use a base distribution as it is."""

    __slots__ = ()
    action: ClassVar[Literal["reuse"]] = "reuse"


class Remove(_DistributionStep):
    """Uninstall a distribution from the venv."""

    __slots__ = ()
    action: ClassVar[Literal["remove"]] = "remove"


class Install(NamedTuple):
    """Install a distribution that the base does not have."""

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
    """Install a distribution that hides one of the same name in the base."""

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


class Plan(NamedTuple):
    """The difference between an environment and a request, as steps.

    Attributes:
        steps: What is reused, installed and removed: removals first and reuse last, each group by name.
        warnings: A line for each problem that the plan causes for other distributions, and for each
            choice that the user may want to know about.
        doubtful: The names of reused distributions that may fail to import, as a warning says.
        stored: The names of installed distributions that are linked from a store; known once it is carried out.
        placed: The distributions that were installed; known once it is carried out.

    """

    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    doubtful: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()
    placed: tuple[Distribution, ...] = ()

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
        """The steps that install a distribution into the venv."""
        return tuple(step for step in self.steps if step.action in {"install", "shadow"})

    @property
    def removed(self) -> tuple[Remove, ...]:
        """The steps that remove a distribution from the venv."""
        return tuple(step for step in self.steps if step.action == "remove")

    @property
    def names(self) -> tuple[str, ...]:
        """The sorted names of the distributions that are installed into the venv or removed from it."""
        return tuple(sorted({step.name for step in self.changes}))

    @property
    def saved(self) -> int:
        """The size in bytes of what is reused, which an install would take. What may fail to import is left out."""
        from thinvenv.report import saved_size  # noqa: PLC0415 - few callers measure files

        return saved_size(self)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """How many distributions are reused, linked from a store, installed otherwise, and removed for good."""
        installed = {step.name for step in self.installed}
        removed = {step.name for step in self.removed} - installed
        stored = len(self.stored & installed)
        return len(self.reused), stored, len(self.installed) - stored, len(removed)

    def summary(self, size: str = "") -> str:
        """Return the number of steps of each kind: ``reuse 6, install 2``.

        Args:
            size: How large what is installed is, as text after its number.

        """
        reused, stored, installed, removed = self.counts
        parts = [f"reuse {reused}"]
        parts += [f"link {stored} from the store"] if stored else []
        parts += [f"install {installed}{size}"] if installed else []
        parts += [f"remove {removed}"] if removed else []
        return ", ".join(parts)

    def __repr__(self) -> str:
        """Return the summary and the changes, as a person reads them."""
        changes = ", ".join(f"{step.action} {step.name} {step.version or ''}".rstrip() for step in self.changes)
        return f"<Plan: {self.summary()}{f': {changes}' if changes else ''}>"

    def _repr_html_(self) -> str:
        """Return an HTML table, which notebooks show."""
        from thinvenv._api.tables import plan_table  # noqa: PLC0415 - only notebooks show it

        return plan_table(self)

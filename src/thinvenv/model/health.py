"""The result of ``check``: what is wrong with an environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with an environment.

    Attributes:
        kind: ``requirement`` (no longer satisfied), ``drift`` (the base has changed),
            ``contradiction`` (a base distribution does not fit what is installed in the venv),
            ``unplanned`` (the environment has no receipt) or ``unreadable`` (it is missing or broken).
        text: A description in one line.
        level: ``error``, or ``warning`` for what concerns only distributions that nothing asked for.

    """

    kind: Literal["requirement", "drift", "contradiction", "unplanned", "unreadable"]
    text: str
    level: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True, repr=False)
class Health:
    """The result of ``check`` for one environment.

    Attributes:
        environment: The root of the environment.
        findings: What is wrong with it.

    """

    environment: str
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings about what was asked for."""
        return tuple(finding for finding in self.findings if finding.level == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings about base distributions that nothing asked for."""
        return tuple(finding for finding in self.findings if finding.level == "warning")

    @property
    def ok(self) -> bool:
        """Whether there is no error. There may be warnings."""
        return not self.errors

    def summary(self) -> str:
        """Return whether the environment is as planned, and the number of warnings: ``ok, 2 warnings``."""
        count = len(self.warnings)
        warnings = f", {count} warning{'s' if count > 1 else ''}" if count else ""
        return ("ok" if self.ok else "not as planned") + warnings

    def __repr__(self) -> str:
        """Return the summary and the findings, as a person reads them."""
        findings = "; ".join(f"{finding.level}: {finding.text}" for finding in self.findings)
        return f"<Health of {self.environment}: {self.summary()}{f': {findings}' if findings else ''}>"

    def _repr_html_(self) -> str:
        """Return an HTML table, which notebooks show."""
        from thinvenv._api.tables import health_table  # noqa: PLC0415 - only notebooks show it

        return health_table(self)

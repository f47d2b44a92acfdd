"""The answer of ``check``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``check`` found wrong.

    Attributes:
        kind: ``requirement`` (no longer satisfied), ``drift`` (the base changed),
            ``contradiction`` (a base distribution does not fit what the venv installed)
            or ``unplanned`` (the environment has no receipt).
        text: One line that says what, wanted and found.

    """

    kind: Literal["requirement", "drift", "contradiction", "unplanned"]
    text: str


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of ``check`` for one environment."""

    environment: str
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether nothing was found wrong."""
        return not self.findings

"""The result of ``check``: what is wrong with an environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with an environment.

    Attributes:
        kind: ``requirement`` (no longer satisfied), ``drift`` (the base has changed),
            ``contradiction`` (a base distribution does not fit what is installed in the venv)
            or ``unplanned`` (the environment has no receipt).
        text: A description in one line.

    """

    kind: Literal["requirement", "drift", "contradiction", "unplanned"]
    text: str


@dataclass(frozen=True, slots=True)
class Health:
    """The result of ``check`` for one environment.

    Attributes:
        environment: The root of the environment.
        findings: What is wrong with it.

    """

    environment: str
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

"""The result of a program that has ended."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Result:
    """The exit status of a program and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The standard output, read as a JSON object."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    def lines(self, part: str) -> list[str]:
        """Return the lines of standard output that contain ``part``."""
        return [line.strip() for line in self.out.splitlines() if part in line]

    def ok(self) -> Self:
        """Assert that the program succeeded."""
        assert self.code == 0, self.out + self.err
        return self

    def failed(self) -> Self:
        """Assert that the program failed."""
        assert self.code != 0, self.out + self.err
        return self

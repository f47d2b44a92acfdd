"""Projects that the tests run tox on, in this process."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING

from tox.run import run as run_tox

from support.venvs import Venv

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.bases import Base


@dataclass(frozen=True)
class Run:
    """A run of tox that ended."""

    code: int
    out: str
    err: str

    def lines(self, part: str) -> list[str]:
        """Return the lines of standard output that have ``part``."""
        return [line.strip() for line in self.out.splitlines() if part in line]


@dataclass
class ToxProject:
    """A folder with a ``tox.ini``, and runs of tox on it."""

    root: Path
    capfd: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    notes: list[str] = field(default_factory=list)
    base: Base = field(init=False)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())
        return path

    def tox(self, *words: str, code: int | None = 0) -> Run:
        """Run tox, and expect an exit status; ``None`` expects a failure of any."""
        handlers = logging.getLogger().handlers[:]
        self.capfd.readouterr()
        with self.monkeypatch.context() as patch:
            patch.chdir(self.root)
            try:
                run_tox(words)
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
            finally:
                logging.getLogger().handlers = handlers
        run = Run(status, *self.capfd.readouterr())
        assert status != 0 if code is None else status == code, f"exit {status}\n{run.out}\n{run.err}"
        return run

    def env(self, name: str) -> Venv:
        return Venv(self.root / ".tox" / name, self.notes)

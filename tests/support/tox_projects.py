"""Projects that the tests run tox on, in the process of the tests."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING

from tox.run import run as run_tox

from support.result import Result
from support.venv import Venv

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.bases import Base


@dataclass
class ToxProject:
    """A folder with a ``tox.ini``, and runs of tox on it."""

    root: Path
    capfd: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    notes: list[str] = field(default_factory=list)
    base: Base = field(init=False)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project, and return its path."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())
        return path

    def configure(self, python: Path, body: str, *, env_list: str = "py", sees_base: bool = True) -> None:
        """Write a configuration without a package.

        Args:
            python: The interpreter of all environments.
            body: More lines for all environments.
            env_list: The environments.
            sees_base: Whether they see the base.

        """
        head = f"[tox]\nno_package = true\nenv_list = {env_list}\n[testenv]\nbase_python = {python}\n"
        self.write("tox.ini", f"{head}system_site_packages = {sees_base}\n{body}\n")

    def tox(self, *arguments: str, code: int | None = 0) -> Result:
        """Run tox and assert its exit status; ``None`` stands for any but zero."""
        handlers = logging.getLogger().handlers[:]
        self.capfd.readouterr()
        with self.monkeypatch.context() as patch:
            patch.chdir(self.root)
            patch.setattr(
                sys, "stderr", sys.stderr
            )  # environments that start at once redirect it and may not restore it
            try:
                run_tox(arguments)
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
            finally:
                logging.getLogger().handlers = handlers
        result = Result(status, *self.capfd.readouterr())
        assert status != 0 if code is None else status == code, f"exit {status}\n{result.out}\n{result.err}"
        return result

    def env(self, name: str) -> Venv:
        """Return an environment that tox has made."""
        return Venv(self.root / ".tox" / name, self.notes)

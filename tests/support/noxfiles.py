"""Real noxfiles, run by the real nox."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """A run of nox that ended."""

    status: int
    out: str
    err: str

    def ok(self) -> Ran:
        assert self.status == 0, self.out + self.err
        return self

    def failed(self) -> Ran:
        assert self.status != 0, self.out + self.err
        return self


class Nox:
    """A folder with a noxfile over a base."""

    def __init__(self, folder: Path, python: Path, runner: str = sys.executable) -> None:
        self.folder = folder
        self.runner = runner
        self.python = python
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, text: str, name: str = "noxfile.py") -> Nox:
        """Write the noxfile; ``PYTHON`` in it is the interpreter of the base."""
        text = textwrap.dedent(text).replace("PYTHON", repr(str(self.python)))
        (self.folder / name).write_text(text)
        return self

    def run(self, *arguments: str, **variables: str) -> Ran:
        with self.start(*arguments, **variables) as running:
            out, err = running.communicate()
        return Ran(running.returncode, out, err)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start nox in a process group of its own."""
        return subprocess.Popen(
            [self.runner, "-B", "-m", "nox", *arguments],
            cwd=self.folder,
            env={**os.environ, "XDG_CACHE_HOME": str(self.folder / ".cache"), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def prefix(self, session: str = "tests") -> Path:
        return self.folder / ".nox" / session

    def installed(self, session: str = "tests") -> set[str]:
        """Return the names of what lies in the environment itself, seeds apart."""
        site = next((self.prefix(session) / "lib").glob("python3*")) / "site-packages"
        names = {one.name.split("-")[0] for one in site.glob("*.dist-info")}
        return names - {"pip", "setuptools", "wheel"}

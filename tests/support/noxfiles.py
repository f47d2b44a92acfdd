"""Noxfiles, run by nox in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

from support.result import Result

if TYPE_CHECKING:
    from pathlib import Path


class Nox:
    """A folder with a noxfile.

    Args:
        folder: The folder; it is made.
        python: The interpreter of the base that the sessions are to use.
        runner: The interpreter that runs nox.

    """

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

    def run(self, *arguments: str, **variables: str) -> Result:
        """Run nox with arguments and additional environment variables."""
        with self.start(*arguments, **variables) as running:
            out, err = running.communicate()
        return Result(running.returncode, out, err)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start nox in a process group of its own, and return its process."""
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
        """Return the prefix of the environment of a session."""
        return self.folder / ".nox" / session

    def installed(self, session: str = "tests") -> set[str]:
        """Return the names of the distributions in the environment of a session itself, without pip and its kind."""
        site = next((self.prefix(session) / "lib").glob("python3*")) / "site-packages"
        names = {path.name.split("-")[0] for path in site.glob("*.dist-info")}
        return names - {"pip", "setuptools", "wheel"}

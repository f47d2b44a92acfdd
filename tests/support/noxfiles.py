"""Noxfiles, run by nox in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

from support.result import Result

if TYPE_CHECKING:
    from pathlib import Path


_FORKS = """
import json, os, sys
import nox
for arguments in map(json.loads, sys.argv[1:]):
    child = os.fork()
    if not child:
        for descriptor, name in enumerate(("out", "err"), 1):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
        sys.argv = ["nox", *arguments]
        nox.main()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([status, open("out").read(), open("err").read()]))
"""
"""A program that imports nox once, and runs it in a fork for each list of arguments."""


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

    def run_each(self, *lists: list[str]) -> list[Result]:
        """Run nox with each of some lists of arguments, which takes less time than separate calls of :meth:`run`."""
        command = [self.runner, "-B", "-c", _FORKS, *map(json.dumps, lists)]
        process = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return [Result(*json.loads(line)) for line in process.stdout.splitlines()]

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

"""The environments of thin sessions, which get pip when a session needs it.

virtualenv and venv install pip into each environment, and virtualenv also setuptools for older Pythons. An install
by thinvenv needs neither, and they are many times the size of a thin environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import nox.command
from nox import virtualenv
from nox.command import CommandFailed
from nox.logger import logger

from thinvenv.context.programs import SEED_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "thinvenv"

_SEED_OPTIONS = ("--download", "--pip", "--seed", "--setuptools", "--upgrade-deps", "--wheel")
_NO_SEED_OPTIONS = ("--no-pip", "--no-seed", "--no-setuptools", "--no-wheel", "--without-pip")
_WITHOUT_PIP = "--without-pip"
"""The option by which both virtualenv and venv install nothing."""

_SEED = """
import sys
from virtualenv.run import session_via_cli
try:
    session = session_via_cli(sys.argv[1:])
    session.seeder.run(session.creator)
except RuntimeError as error:
    sys.exit(str(error))
"""
"""A script that installs what virtualenv installs into a new environment, and changes nothing else of it."""


class ThinParams(tuple[str, ...]):
    """The ``venv_params`` of a thin session: its environment needs no pip. nox passes them on as they are."""

    __slots__ = ()


class SeedlessEnv(virtualenv.VirtualEnv):
    """An environment that virtualenv or venv creates, without pip if it is for a thin session.

    Attributes:
        is_seedless: Whether it is created without pip, and no setting of the person has decided that.

    """

    def __init__(self, location: str, *args: Any, venv_params: Sequence[str] = (), **options: Any) -> None:
        super().__init__(location, *args, venv_params=venv_params, **options)
        is_configured = any(param.startswith((*_SEED_OPTIONS, *_NO_SEED_OPTIONS)) for param in venv_params)
        is_configured = is_configured or not os.environ.keys().isdisjoint(SEED_VARIABLES)
        self.is_seedless = isinstance(venv_params, ThinParams) and not is_configured

    def create(self) -> bool:
        """Create the environment, and return whether it is new."""
        params = self.venv_params
        if self.is_seedless and self.venv_backend != "uv":
            self.venv_params = [*params, _WITHOUT_PIP]
        try:
            return super().create()
        finally:
            self.venv_params = params

    def ensure_pip(self) -> None:
        """Install what virtualenv would have installed, if it was left out and is still missing.

        Raises:
            CommandFailed: It cannot be installed.

        """
        if not self.is_seedless or shutil.which("pip", path=self.bin):
            return
        logger.info(f"Installing pip in {self.location_name}, because it is needed")
        command = [sys.executable, "-c", _SEED, self.location, "--no-periodic-update", "-p", self._resolved_interpreter]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and self.venv_backend == "venv":  # it supports more versions of Python
            command = ["python", "-I", "-m", "ensurepip", "--upgrade", "--default-pip"]
            nox.command.run(command, paths=self.bin_paths, silent=True, log=False)
        elif done.returncode:
            logger.error(f"virtualenv has no pip for this environment:\n{done.stderr.strip()}")
            raise CommandFailed("virtualenv has no pip for this environment", return_code=done.returncode)


class ThinEnv(SeedlessEnv):
    """An environment that nox creates with uv, or with virtualenv if there is no uv.

    Its ``venv_backend`` is the tool that creates it, so whatever a noxfile or nox itself does for that
    backend applies here too.
    """

    def __init__(self, location: str, *args: Any, venv_params: Sequence[str] = (), **options: Any) -> None:
        creator = "uv" if virtualenv.HAS_UV else "virtualenv"
        super().__init__(location, *args, venv_params=ThinParams(venv_params), venv_backend=creator, **options)


def patch_creators() -> None:
    """Let virtualenv and venv create the environments of thin sessions, and only these, without pip."""
    # nox has no hook for this. Its table has a class for each creator.
    for name in ("virtualenv", "venv"):
        if getattr(virtualenv.ALL_VENVS.get(name), "func", None) is virtualenv.VirtualEnv:
            virtualenv.ALL_VENVS[name] = partial(SeedlessEnv, venv_backend=name)

"""The environments of the backend ``thinvenv``."""

from __future__ import annotations

from typing import Any

from nox import virtualenv

NAME = "thinvenv"


class ThinEnv(virtualenv.VirtualEnv):
    """An environment that nox creates with uv, or with virtualenv if there is no uv.

    Its ``venv_backend`` is the tool that creates it, so whatever a noxfile or nox itself does for that
    backend applies here too.
    """

    def __init__(self, location: str, *args: Any, **options: Any) -> None:
        creator = "uv" if virtualenv.HAS_UV else "virtualenv"
        super().__init__(location, *args, venv_backend=creator, **options)

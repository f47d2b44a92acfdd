"""The environment of the backend ``thinvenv``."""

from __future__ import annotations

from typing import Any

from nox import virtualenv

NAME = "thinvenv"


class ThinEnv(virtualenv.VirtualEnv):
    """An environment that nox makes with uv, or with virtualenv where there is no uv.

    Its ``venv_backend`` is the one that made it: what a noxfile or nox itself does for that
    backend is right here too.
    """

    def __init__(self, location: str, *args: Any, **options: Any) -> None:
        maker = "uv" if virtualenv.HAS_UV else "virtualenv"
        super().__init__(location, *args, venv_backend=maker, **options)

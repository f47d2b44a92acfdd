"""Projects that give some of their environments to tox-uv.

tox has one environment that builds the package, by default for all others, and refuses to have it in two types. As
tox-uv asks for a type of its own, ours go along with that: such projects work without us, and are to work with us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tox.tox_env.register import REGISTER

if TYPE_CHECKING:
    from tox.tox_env.python.virtual_env.api import VirtualEnv

_RUNNER = "uv-venv-runner"
_TYPES = {"virtualenv-pep-517": "uv-venv-pep-517", "virtualenv-cmd-builder": "uv-venv-cmd-builder"}


def package_type(own: str, env: VirtualEnv) -> str:
    """Return the type of the environment that builds the package for an environment of ours.

    Args:
        own: tox's own type.
        env: The environment that the package is for.

    """
    return _TYPES[own] if _is_registered(_TYPES[own]) and _asks_for_uv(env) else own


def _is_registered(kind: str) -> bool:
    try:
        REGISTER.package(kind)
    except KeyError:
        return False
    return True


def _asks_for_uv(env: VirtualEnv) -> bool:
    """Tell whether another environment may be tox-uv's; which are, tox only knows when it has made all of them."""
    source = env.core._conf.src_path  # noqa: SLF001 - nothing public has it
    overrides = [str(one) for one in env.options.override]
    texts = [env.options.default_runner, *overrides, source.read_text("utf-8", "replace") if source.is_file() else ""]
    return any(_RUNNER in text for text in texts)

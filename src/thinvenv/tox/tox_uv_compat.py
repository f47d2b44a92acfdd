"""Compatibility with projects that are made for tox-uv: the environments that build packages, and package types.

By default one environment builds the package for all others, and tox refuses two types for it. tox-uv
requires a type of its own, so thin environments in such a project use that type as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tox.tox_env.register import REGISTER

if TYPE_CHECKING:
    from tox.tox_env.python.virtual_env.api import VirtualEnv

_RUNNER = "uv-venv-runner"
_PACKAGE_KEYS = {"uv": "wheel", "uv-editable": "editable"}
"""The values of the key ``package`` that only tox-uv has, and those that lead to the same with the engine."""
_TYPES = {"virtualenv-pep-517": "uv-venv-pep-517", "virtualenv-cmd-builder": "uv-venv-cmd-builder"}


def package_type(default: str, env: VirtualEnv) -> str:
    """Return the type of the environment that builds the package for a thin environment.

    Args:
        default: The type that tox would use.
        env: The environment that the package is for.

    """
    return _TYPES[default] if _is_registered(_TYPES[default]) and _mentions_tox_uv(env) else default


def replace_package_key(env: VirtualEnv) -> None:
    """Let the values of the key ``package`` that only tox-uv has count as those of tox that lead to the same."""
    value = _PACKAGE_KEYS.get(env.conf["package"])
    if value:
        env.conf._defined["package"].overwrite(value)  # noqa: SLF001 - as tox does


def _is_registered(package_type: str) -> bool:
    try:
        REGISTER.package(package_type)
    except KeyError:
        return False
    return True


def _mentions_tox_uv(env: VirtualEnv) -> bool:
    """Return whether the configuration names tox-uv's runner: tox does not know yet which environments use it."""
    source = env.core._conf.src_path  # noqa: SLF001 - nothing public has it
    overrides = [str(override) for override in env.options.override]
    texts = [env.options.default_runner, *overrides, source.read_text("utf-8", "replace") if source.is_file() else ""]
    return any(_RUNNER in text for text in texts)

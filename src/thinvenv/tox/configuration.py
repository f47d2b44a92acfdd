"""What a person says about thinness to tox: options, keys of the configuration, variables.

The command line counts before the configuration, that before the ``THINVENV_*`` variables:
a fleet turns thinness on without touching a file, and a project may say otherwise.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from tox.report import HandledError

from thinvenv.choices import BACKENDS, REUSE_MODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tox.config.cli.parser import ToxParser
    from tox.config.main import Config
    from tox.tox_env.python.virtual_env.api import VirtualEnv

    from thinvenv.config.settings import Settings
    from thinvenv.errors import ThinvenvError


_HELP = {
    "thin_reuse": "how to reuse the base: inherit shows all of it, link shows what is required, off nothing",
    "thin_base": "a further base: an environment, or a folder of distributions",
    "thin_only_reuse": "reuse only the distributions that match this glob",
    "thin_never_reuse": "never reuse the distributions that match this glob",
    "thin_backend": "who resolves and installs; uv where there is one",
}
WAYS = ("thin_reuse", "thin_base", "thin_only_reuse", "thin_never_reuse")
"""The keys that say how an environment reuses: one that was made in another way is made anew."""


def add_options(parser: ToxParser) -> None:
    """Add the options of the command line."""
    for key, choices in (("thin_reuse", REUSE_MODES), ("thin_backend", BACKENDS)):
        parser.add_argument(_option(key), dest=key, choices=choices, default=None, help=_HELP[key])
    for key in ("thin_base", "thin_only_reuse", "thin_never_reuse"):
        parser.add_argument(
            _option(key),
            dest=key,
            action="append",
            default=[],
            metavar="path" if key == "thin_base" else "glob",
            help=f"{_HELP[key]}; may be repeated",
        )


def add_keys(env: VirtualEnv, *, package: bool, provision: bool) -> None:
    """Add the keys of an environment's configuration.

    Args:
        env: The environment.
        package: Whether it builds packages: how much it reuses stands in its own section alone.
        provision: Whether tox itself is installed there: it reuses nothing that nobody asked for.

    """
    own = package or provision

    def reuse(_conf: Config, _name: str | None) -> str:
        told = None if own else _from_variables().reuse
        inherits = bool(env.conf["system_site_packages"] or env.conf["thin_base"])
        return told or ("inherit" if inherits and not provision else "off")

    def said(field: str) -> Callable[[Config, str | None], Any]:
        return lambda _conf, _name: list(getattr(_from_variables(), field) or ())

    _add(env, "thin_reuse", Literal["inherit", "link", "off"], reuse, ignore_option=own)
    _add(env, "thin_base", list[str], [] if own else said("bases"), ignore_option=own)
    _add(env, "thin_only_reuse", list[str], said("only_reuse"))
    _add(env, "thin_never_reuse", list[str], said("never_reuse"))
    _add(env, "thin_backend", Literal["uv", "pip"] | None, lambda _conf, _name: _from_variables().backend)


def settings_of(env: VirtualEnv) -> Settings:
    """Return what counts for an environment.

    Raises:
        HandledError: A value is not known.

    """
    from thinvenv.config.settings import Settings  # noqa: PLC0415 - not imported by a tox that installs nothing

    conf, reuse = env.conf, _chosen(env, "thin_reuse")
    return Settings(
        reuse=reuse,
        bases=tuple(conf["thin_base"]),
        only_reuse=tuple(conf["thin_only_reuse"]),
        # Where nothing is to be reused nothing may be, also not what `set_env` puts on the path.
        never_reuse=("*",) if reuse == "off" else tuple(conf["thin_never_reuse"]),
        backend=_chosen(env, "thin_backend"),
    )


def with_place(error: ThinvenvError, env: VirtualEnv) -> str:
    """Return what an error says, and of a base that cannot be one where it was named."""
    from thinvenv.errors import BaseError  # noqa: PLC0415 - see above

    if not (isinstance(error, BaseError) and env.conf["thin_base"]):
        return str(error)
    source = env.conf._conf.src_path  # noqa: SLF001 - nothing public has it
    return f"{error}\n  named by `thin_base` (in {source}), `--thin-base` or THINVENV_BASE"


def _chosen(env: VirtualEnv, key: str) -> Any:
    """Return a value that is one of several; tox does not tell the file, an older one not the key."""
    _ = env.conf["system_site_packages"], env.conf["thin_base"]  # what is wrong there is told as tox tells it
    try:
        return env.conf[key]
    except (HandledError, TypeError, ValueError) as error:
        told = str(error) if key in str(error) else f"{env.name}.{key}: {error}"
        raise HandledError(f"{told}, in {env.conf._conf.src_path}") from error  # noqa: SLF001 - nothing public has it


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _add(env: VirtualEnv, key: str, of_type: Any, default: Any, *, ignore_option: bool = False) -> None:
    def given(value: Any) -> Any:
        return value if ignore_option else getattr(env.options, key, None) or value

    env.conf.add_config(keys=[key], of_type=of_type, default=default, desc=_HELP[key], post_process=given)


def _from_variables() -> Settings:
    from thinvenv.config.settings import from_environ  # noqa: PLC0415
    from thinvenv.errors import ThinvenvError  # noqa: PLC0415 - see above

    try:
        return from_environ(os.environ)
    except ThinvenvError as error:
        raise HandledError(str(error)) from error

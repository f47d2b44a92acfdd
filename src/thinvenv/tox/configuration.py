"""The settings in tox: command line options, and keys of an environment's configuration.

An option overrides the configuration of an environment, which overrides the ``THINVENV_*`` variables. A person can
thus turn reuse on for many projects without editing a file, and an environment can still decide otherwise. The table
``[tool.thinvenv]`` of the project and the file of the user come last, as everywhere.
"""

from __future__ import annotations

import os
import sys
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

from tox.report import HandledError

from thinvenv.choices import SharedBase, suggestion
from thinvenv.config.settings import SETTINGS, Settings, configured
from thinvenv.config.spelling import in_words_of
from thinvenv.errors import BaseError, ThinvenvError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tox.config.cli.parser import ToxParser
    from tox.config.main import Config
    from tox.tox_env.python.virtual_env.api import VirtualEnv

    from thinvenv.config.settings import Setting

RECREATE_KEYS = tuple(setting.key for setting in SETTINGS if setting.name not in {"backend", "store", "warn_drift"})
"""The keys that decide how an environment reuses its base: tox recreates it when one of them changes."""


def add_options(parser: ToxParser) -> None:
    """Add the options of the command line."""
    for setting in SETTINGS:
        if setting.is_list:
            parser.add_argument(
                setting.option,
                dest=setting.key,
                action="append",
                default=[],
                metavar=setting.metavar,
                help=f"{setting.help}; may be repeated",
            )
        else:
            parser.add_argument(
                setting.option, dest=setting.key, choices=setting.choices, default=None, help=setting.help
            )


def add_keys(env: VirtualEnv, *, package: bool, provision: bool) -> None:
    """Add the keys of an environment's configuration.

    Args:
        env: The environment.
        package: Whether it builds packages. Then only its own section decides whether and what it reuses.
        provision: Whether tox itself is installed there. Then it reuses nothing unless its section requires it.

    """
    configured_settings = cache(partial(_configured, env))  # the keys have one default each

    def default_reuse() -> str:
        if not (package or provision) and (reuse := configured_settings().reuse):
            return reuse
        inherits = bool(env.conf["system_site_packages"] or env.conf["thin_base"])
        return "inherit" if inherits and not provision else "off"

    for setting in SETTINGS:
        in_section_only = (package or provision) and setting.name in {"reuse", "base"}
        if setting.name == "reuse":
            _add_key(env, setting, default_reuse, ignore_option=in_section_only)
        else:
            default = _default(configured_settings, setting, ignore_variable=in_section_only)
            _add_key(env, setting, default, ignore_option=in_section_only)


def settings_of(env: VirtualEnv) -> Settings:
    """Return the settings of an environment.

    Raises:
        HandledError: A value is none of its choices, or a key that starts with `thin_` is unknown.

    """
    _reject_unknown_keys(env)
    values: dict[str, Any] = {
        setting.field: tuple(env.conf[setting.key]) if setting.is_list else _choice(env, setting.key)
        for setting in SETTINGS
    }
    settings = Settings(**values)
    # With reuse off nothing may be reused, not even what `set_env` adds to the path.
    return settings._replace(never_reuse=("*",)) if settings.reuse == "off" else settings


def skipped_environment(base_python: Iterable[str], bases: Iterable[str], own: str = sys.prefix) -> str:
    """Return the root of a virtual environment that ``base_python`` leads to and that is no base; empty without one.

    tox and virtualenv create an environment from the installation below, so nothing of it would be reused.

    Args:
        base_python: The value of the key: names, versions or paths of interpreters.
        bases: The further bases of the environment.
        own: The root of the environment that tox runs in, which is the default of ``base_python``.

    """
    used = {*map(os.path.realpath, bases), os.path.realpath(own)}
    for python in filter(os.path.dirname, base_python):
        root = os.path.dirname(os.path.dirname(os.path.abspath(python)))
        if os.path.isfile(os.path.join(root, "pyvenv.cfg")) and os.path.realpath(root) not in used:
            return root
    return ""


def with_source(error: ThinvenvError, env: VirtualEnv) -> str:
    """Return the message of an error; for an unusable base, with the places that may have set it."""
    if not (isinstance(error, BaseError) and env.conf["thin_base"]):
        return in_words_of("tox", error)
    source = env.conf._conf.src_path  # noqa: SLF001 - nothing public has it
    return f"{in_words_of('tox', error)}\n  set by `thin_base` (in {source}), `--thin-base` or THINVENV_BASE"


def _choice(env: VirtualEnv, key: str) -> Any:
    """Return a value that is one of several; add the file, and in older versions of tox the key, to an error."""
    _ = env.conf["system_site_packages"], env.conf["thin_base"]  # tox reports errors in these with its own words
    try:
        return env.conf[key]
    except (HandledError, TypeError, ValueError) as error:
        message = str(error) if key in str(error) else f"{env.name}.{key}: {error}"
        raise HandledError(f"{message}, in {env.conf._conf.src_path}") from error  # noqa: SLF001 - nothing public has it


def _add_key(env: VirtualEnv, setting: Setting, default: Callable[[], Any], *, ignore_option: bool) -> None:
    def post_process(value: Any) -> Any:
        option = None if ignore_option else getattr(env.options, setting.key, None)
        if option in (None, []):
            return value
        if setting.name == "base":
            return list(map(SharedBase, option))
        return setting.from_value(option) if setting.is_switch else option

    def call_default(_conf: Config, _name: str | None) -> Any:
        return default()

    env.conf.add_config(
        keys=[setting.key],
        of_type=_type_of(setting),
        default=call_default,
        desc=setting.help,
        post_process=post_process,
    )


def _type_of(setting: Setting) -> Any:
    """Return the type by which tox reads a key. An empty value is an error only for the reuse mode."""
    if setting.is_list:
        return list[str]
    if setting.is_switch:
        return bool | None
    literal: Any = Literal
    return literal[setting.choices] if setting.name == "reuse" else literal[setting.choices] | None


def _default(configured: Callable[[], Settings], setting: Setting, *, ignore_variable: bool) -> Callable[[], Any]:
    """Return a function that returns the value of a setting's variable or file, or what stands for none."""

    def default() -> Any:
        value = None if ignore_variable else getattr(configured(), setting.field)
        return list(value or ()) if setting.is_list else value

    return default


def _reject_unknown_keys(env: VirtualEnv) -> None:
    """Raise an error for a key in the configuration of an environment that looks like a setting, and is none.

    Raises:
        HandledError: There is such a key.

    """
    for key in env.conf.unused():
        if key.startswith("thin_"):
            names = [*(setting.key for setting in SETTINGS), "thin_locked"]
            hint = suggestion(key, names) or f"the settings are {', '.join(names)}"
            raise HandledError(f"{env.name}.{key} is unknown, in {env.conf._conf.src_path}\nhint: {hint}")  # noqa: SLF001 - nothing public has it


def _configured(env: VirtualEnv) -> Settings:
    """Return the settings of variables and files."""
    try:
        return configured(os.environ, str(env.core["tox_root"]))
    except ThinvenvError as error:
        raise HandledError(str(error)) from error

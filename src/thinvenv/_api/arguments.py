"""The arguments of the public functions: checked, and in the form that the engine expects."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from thinvenv.choices import suggestion
from thinvenv.config.settings import SETTINGS, Settings, configured
from thinvenv.errors import UsageError
from thinvenv.requirements.arguments import build_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.context.context import Context
    from thinvenv.model import Request

StrPath: TypeAlias = str | os.PathLike[str]

_FLAGS = ("upgrade", "offline", "prune", "strict")
_LISTS = ("requirement_files", "constraint_files", "editables", "groups", "options")
SETTINGS_OPTIONS = ("only_reuse", "never_reuse", "backend", "stores")
"""The options that are settings; they have the names of the fields of :class:`~thinvenv.config.settings.Settings`."""
OPTIONS = (*_FLAGS, *_LISTS, *SETTINGS_OPTIONS)
"""The names of the options of an install."""
_OTHER_FUNCTIONS = {
    **dict.fromkeys(("reuse", "bases"), "thinvenv.create and thinvenv.configure"),
    "python": "thinvenv.create",
    "warn_drift": "thinvenv.configure",
}
"""Arguments that only other functions have."""


def prefix_of(env: StrPath | None) -> Path:
    """Return the root of the environment that a call is for; without a path, that of the running interpreter.

    Raises:
        UsageError: It is not a path, or it is empty.

    """
    return Path(sys.prefix) if env is None else Path(os.path.abspath(path_of(env, "env")))


def path_of(value: Any, name: str, expected: str = "a path") -> str:
    """Return a path as a string.

    Args:
        value: The path.
        name: The name of the argument.
        expected: What the argument can be, for the error.

    Raises:
        UsageError: It is not a path, or it is empty.

    """
    if not isinstance(value, (str, os.PathLike)) or not os.fspath(value):
        raise UsageError(f"`{name}` cannot be `{value!r}`", why=(f"it is {expected}",))
    return os.fspath(value)


def settings_of(context: Context, **values: Any) -> Settings:
    """Return the settings of a call: those of its arguments, or else of variables and files.

    Args:
        context: The context of the call.
        values: Arguments by the field of their setting; ``None`` for one that was not passed.

    Raises:
        UsageError: A value is none of the choices, or of another type.

    """
    return settings_from(**values).or_else(configured(context.environ, context.cwd))


def settings_from(**values: Any) -> Settings:
    """Return the settings that arguments alone make.

    Args:
        values: Arguments by the field of their setting; ``None`` for one that was not passed.

    Raises:
        UsageError: A value is none of the choices, or of another type.

    """
    fields = {setting.field: setting for setting in SETTINGS}
    return Settings(**{field: fields[field].from_value(value, f"`{field}`") for field, value in values.items()})


def request_of(requirements: Iterable[str], options: Mapping[str, Any], prefix: Path, context: Context) -> Request:
    """Return the request that the arguments of ``install`` make.

    Args:
        requirements: The positional arguments.
        options: The keyword arguments.
        prefix: The root of the environment.
        context: The context of the call.

    Raises:
        UsageError: An option is unknown or of another type.
        RequirementError: A requirement or a requirements file cannot be read.

    """
    for name in options:
        if name not in OPTIONS:
            why = (f"the options are {', '.join(OPTIONS)}",)
            elsewhere = _OTHER_FUNCTIONS.get(name)
            hint = f"`{name}` is an argument of {elsewhere}" if elsewhere else suggestion(name, OPTIONS)
            raise UsageError(f"unknown option `{name}`", why=why, hint=hint)
    values: dict[str, Any] = {name: flag_of(options[name], name) for name in _FLAGS if name in options}
    values |= {name: strings(options[name], name) for name in _LISTS if name in options}
    settings = settings_of(context, **{name: options.get(name) for name in SETTINGS_OPTIONS})
    request = build_request(
        context.cwd,
        context.environ,
        prefix=str(prefix),
        requirements=[_requirement(value) for value in requirements],
        **values,
    )
    return settings.apply_to(request)


def directories(paths: Iterable[str], context: Context, hint: str | None = None) -> list[str]:
    """Return the absolute paths of directories.

    Args:
        paths: The directories, relative to the working directory.
        context: The context of the call.
        hint: What works if there is none.

    Raises:
        UsageError: One of them does not exist.

    """
    folders = [os.path.abspath(os.path.join(context.cwd, path)) for path in paths]
    for folder in folders:
        if not os.path.isdir(folder):
            raise UsageError(f"there is no directory {folder}", hint=hint)
    return folders


def strings(value: Any, name: str) -> list[str]:
    """Return one or several strings or paths as a list of strings.

    Raises:
        UsageError: It is neither a string, nor a path, nor an iterable of these.

    """
    try:
        return [os.fspath(part) for part in ([value] if isinstance(value, (str, os.PathLike)) else value)]
    except TypeError as error:
        raise UsageError(f"`{name}` cannot be `{value!r}`", why=("it is a string or a list of strings",)) from error


def flag_of(value: Any, name: str) -> bool:
    """Return an argument that is true or false.

    Raises:
        UsageError: It is something else.

    """
    if not isinstance(value, bool):
        raise UsageError(f"`{name}` cannot be `{value!r}`", why=("it is true or false",))
    return value


def _requirement(value: Any) -> str:
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    what = f"a requirement cannot be `{value!r}`"
    if isinstance(value, (list, tuple)):
        raise UsageError(what, why=("each is an argument of its own",), hint='thinvenv.install("numpy", "scipy")')
    raise UsageError(what, why=("it is a string",))

"""The settings: how each is spelled, read and combined.

Each setting can come from several places: an option of the command line, a keyword of a function or of a nox
session, a key in tox's configuration, an environment variable, the table ``[tool.thinvenv]`` of a project and the
``thinvenv.toml`` of the user. What a setting means, and how it is spelled in each of these places, is declared once,
in :data:`SETTINGS`. The order is the same everywhere: what is said about one call or one environment comes first,
then the variables, the project, the user and the default.

tox and nox import this module on every start, so :mod:`thinvenv.config.settings_files` waits for a file to read.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from contextlib import suppress
from functools import lru_cache

from thinvenv.choices import BACKENDS, REUSE_MODES, SWITCH, SWITCH_VALUES, SharedBase, separated, suggestion
from thinvenv.config import uv_files
from thinvenv.errors import UsageError
from thinvenv.named_tuples import NamedTuple

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from thinvenv.choices import BackendName, ReuseMode
    from thinvenv.model import Request

FILE_VARIABLE = "THINVENV_CONFIG_FILE"
"""The variable that names a file in place of the user's ``thinvenv.toml``."""
_FURTHER_VARIABLES = (FILE_VARIABLE, "THINVENV_CACHE_DIR", "THINVENV_STORE_TRUST")
"""The variables that stand for no setting."""
_TABLE = rb"""[ \t]*(?:\[[ \t]*)?["']?tool["']?[ \t]*(?:\][ \t]*$|[.=].*\bthinvenv["']?[ \t]*(?:[]=.]|$))"""
"""How a line of a ``pyproject.toml`` with a table ``[tool.thinvenv]`` starts. Most have none, and are not parsed."""


class Setting(NamedTuple):
    """One setting: its spellings, and the values that it accepts.

    Attributes:
        name: Its name, such as ``only_reuse``. All spellings are derived from it.
        help: What it does, in one line.
        choices: The values that it accepts; empty for a list of arbitrary strings.
        metavar: What stands for one string of the list in help texts.
        separator: A regular expression for what separates the strings in the environment variable.
        names: The strings that are names and not paths.

    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    metavar: str = ""
    separator: str = r"[,\s]"
    names: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """The field of :class:`Settings` that holds its value."""
        return {"base": "bases", "store": "stores"}.get(self.name, self.name)

    @property
    def is_list(self) -> bool:
        """Whether it holds a list of strings rather than one of its choices."""
        return not self.choices

    @property
    def is_switch(self) -> bool:
        """Whether it is true or false."""
        return self.choices == SWITCH

    @property
    def key(self) -> str:
        """The key in tox's configuration and the keyword in nox, such as ``thin_only_reuse``."""
        return f"thin_{self.name}"

    @property
    def option(self) -> str:
        """The option of tox's command line, such as ``--thin-only-reuse``."""
        return f"--{self.key.replace('_', '-')}"

    @property
    def own_option(self) -> str:
        """The option of thinvenv's own command line, such as ``--only-reuse``."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def file_key(self) -> str:
        """The key in a file of settings, such as ``only-reuse``."""
        return self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable, such as ``THINVENV_ONLY_REUSE``."""
        return f"THINVENV_{self.name.upper()}"

    def from_variable(self, environ: Mapping[str, str]) -> Any:
        """Return the value of its environment variable; ``None`` if that is unset or empty.

        Raises:
            UsageError: The value is none of the choices.

        """
        text = environ.get(self.variable)
        if self.choices:
            return self._choice(text, self.variable)
        kind = SharedBase if self.name == "base" else str
        return tuple(kind(part) for part in re.split(self.separator, text) if part) if text else None

    def from_value(self, value: Any, spelling: str = "") -> Any:
        """Return a value that was passed as a keyword or read from a file, as :class:`Settings` holds it.

        Args:
            value: One of the choices; or a string, a path, or an iterable of these. ``None`` if it was not passed.
            spelling: How the person has spelled the setting, for errors; by default as in tox and nox.

        Raises:
            UsageError: The value is none of the choices, or of another type.

        """
        spelling = spelling or self.key
        if self.choices or value is None:
            return self._choice(value, spelling)
        try:
            single = isinstance(value, (str, os.PathLike, dict))  # the keys of a table are no values
            parts = tuple(os.fspath(part) for part in ([value] if single else value))
        except TypeError as error:
            why = ("it is a string or a list of strings",)
            raise UsageError(f"{spelling} cannot be `{value!r}`", why=why) from error
        if not all(parts):
            raise UsageError(f"{spelling} cannot contain an empty string")
        return parts

    def _choice(self, value: Any, spelling: str) -> Any:
        if value is None or value == "":  # but not `False`, which might be meant as `off`
            return None
        if self.is_switch and str(value).lower() in SWITCH_VALUES:
            return SWITCH_VALUES[str(value).lower()]
        if value not in self.choices:
            why = (f"it is one of {', '.join(self.choices)}",)
            raise UsageError(f"{spelling} cannot be `{value}`", why=why, hint=suggestion(str(value), self.choices))
        return value


_STORE_HELP = "a store to link from what has to be installed: default, a path, or none"
SETTINGS: tuple[Setting, ...] = (
    Setting(
        "reuse",
        "how the base is reused: inherit shows all of it, link only what the requirements need, off nothing",
        choices=REUSE_MODES,
    ),
    Setting("base", "a further base: an environment or a site directory", metavar="path", separator=os.pathsep),
    Setting("only_reuse", "reuse only the distributions whose names match this glob", metavar="glob"),
    Setting("never_reuse", "never reuse the distributions whose names match this glob", metavar="glob"),
    Setting("backend", "the installer: by default uv if it is available, else pip", choices=BACKENDS),
    Setting("store", _STORE_HELP, metavar="path", separator=os.pathsep, names=("default", "none")),
    Setting("warn_drift", "warn when the environment starts over a base that has changed", choices=SWITCH),
)
"""All settings. ``base``, ``store``, ``only_reuse`` and ``never_reuse`` may be repeated on a command line."""


class Settings(NamedTuple):
    """The values of the settings for one environment; ``None`` for one that is not set.

    Attributes:
        reuse: The reuse mode: ``inherit``, ``link`` or ``off``. If not set, the environment stays as its host made it.
        bases: Further base layers; the first match wins.
        only_reuse: Globs of the distributions that may be reused; all if empty.
        never_reuse: Globs of the distributions that may not be reused.
        backend: The installer: ``uv`` or ``pip``.
        stores: The stores that are linked from: ``default``, paths, or ``none``.
        warn_drift: Whether the start of the environment warns of a base that has changed.

    """

    reuse: ReuseMode | None = None
    bases: tuple[str, ...] | None = None
    only_reuse: tuple[str, ...] | None = None
    never_reuse: tuple[str, ...] | None = None
    backend: BackendName | None = None
    stores: tuple[str, ...] | None = None
    warn_drift: bool | None = None

    def or_else(self, weaker: Settings) -> Settings:
        """Return these settings, with the values of others for those that are not set here.

        Where nothing is to be reused, the others add no base.
        """
        if self.reuse == "off" and self.bases is None:
            weaker = weaker._replace(bases=None)
        return weaker._replace(**self._set_fields(self._fields))

    def apply_to(self, request: Request) -> Request:
        """Return a request with the values that are set here; ``reuse`` and ``bases`` are no part of a request."""
        globs: Any = {name: separated(value) for name, value in self._set_fields(("only_reuse", "never_reuse")).items()}
        others = self._set_fields(("backend", "stores", "warn_drift"))
        return request._replace(policy=request.policy._replace(**globs), **others)

    def _set_fields(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: value for name in names if (value := getattr(self, name)) is not None}


def configured(environ: Mapping[str, str], cwd: str) -> Settings:
    """Return the settings of the ``THINVENV_*`` variables, the project and the user, the former over the latter.

    Args:
        environ: The environment variables.
        cwd: The directory of the call. The project is in it, or in one above.

    Raises:
        UsageError: A variable or a file has an unknown key or value, or a file cannot be read.

    """
    return from_environ(environ).or_else(from_files(environ, cwd))


def from_environ(environ: Mapping[str, str]) -> Settings:
    """Return the settings of the ``THINVENV_*`` variables. An empty variable is as good as none.

    ``THINVENV_BASE`` and ``THINVENV_STORE`` are separated as ``PATH`` is, ``THINVENV_ONLY_REUSE`` and
    ``THINVENV_NEVER_REUSE`` by commas or blanks.

    Raises:
        UsageError: A variable has a value that is none of its choices, or its name is a misspelt one.

    """
    _reject_misspelt_variables(name for name in environ if name.startswith("THINVENV_"))
    return Settings(**{setting.field: setting.from_variable(environ) for setting in SETTINGS})


def from_files(environ: Mapping[str, str], cwd: str) -> Settings:
    """Return the settings of the project and of the user. Without files, this costs a ``stat`` for each place.

    Raises:
        UsageError: A file has an unknown key or value, or cannot be read.

    """
    settings = Settings()
    for path in files(environ, cwd):
        from thinvenv.config.settings_files import read  # noqa: PLC0415 - many projects have no such file

        settings = settings.or_else(read(path))
    return settings


def files(environ: Mapping[str, str], cwd: str) -> Iterator[str]:
    """Yield the paths of the files that hold settings, the strongest first.

    These are the nearest ``pyproject.toml`` at or above ``cwd`` with a table ``[tool.thinvenv]``, and the user's file.

    Raises:
        UsageError: ``THINVENV_CONFIG_FILE`` names no file.

    """
    for folder in uv_files.parents(cwd):
        path = os.path.join(folder, "pyproject.toml")
        with suppress(OSError):
            status = os.stat(path)
            if stat.S_ISREG(status.st_mode) and _has_table(path, status.st_mtime_ns, status.st_size):
                yield path
                break
    if os.path.isfile(path := user_file(environ, cwd)):
        yield path
    elif environ.get(FILE_VARIABLE) and not os.path.exists(path):
        raise UsageError(f"{FILE_VARIABLE} names {path}, which does not exist")


def user_file(environ: Mapping[str, str], cwd: str, platform: str = sys.platform) -> str:
    """Return the path of the user's ``thinvenv.toml``, which may not exist.

    It is in the folder ``thinvenv`` of ``XDG_CONFIG_HOME``, by default ``~/.config``, and of ``APPDATA`` on Windows.
    ``THINVENV_CONFIG_FILE`` names another file, relative to ``cwd``, and the null device stands for none.
    """
    if path := environ.get(FILE_VARIABLE):
        return os.path.join(cwd, path)
    folder = environ.get("APPDATA" if platform == "win32" else "XDG_CONFIG_HOME", "")
    if not os.path.isabs(folder):
        folder = os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".config")
    return os.path.join(folder, "thinvenv", "thinvenv.toml")


@lru_cache(maxsize=32)
def _has_table(path: str, _time: int, _size: int) -> bool:
    """Return whether a ``pyproject.toml`` may have a table of settings. Time and size are part of the key."""
    with open(path, "rb") as file:
        content = file.read()
    return b"thinvenv" in content and any(b"tool" in line and re.match(_TABLE, line) for line in content.splitlines())


def _reject_misspelt_variables(names: Iterable[str]) -> None:
    """Raise an error for a variable whose name is almost one of thinvenv's. Any other may be of another program."""
    expected = [*(setting.variable for setting in SETTINGS), *_FURTHER_VARIABLES]
    for name in names:
        if name not in expected and (hint := suggestion(name, expected)):
            raise UsageError(f"the variable {name} is unknown", hint=hint)

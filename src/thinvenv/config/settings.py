"""The five `thin_*` settings: how each is spelled, read and combined.

Each setting can come from several places: an environment variable, a key in tox's configuration, an option
of the command line, a keyword of a nox session. What a setting means, and how it is spelled in each of these
places, is declared once, in :data:`SETTINGS`.

tox and nox import this module on every start, so it imports nothing that they do not.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from thinvenv.choices import BACKENDS, REUSE_MODES
from thinvenv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.choices import BackendName, ReuseMode
    from thinvenv.model import Request


class Setting(NamedTuple):
    """One setting: its spellings, and the values that it accepts.

    Attributes:
        name: Its name, such as ``only_reuse``. All spellings are derived from it.
        help: What it does, in one line.
        choices: The values that it accepts; empty for a list of arbitrary strings.
        metavar: What stands for one string of the list in help texts.
        separator: A regular expression for what separates the strings in the environment variable.

    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    metavar: str = ""
    separator: str = r"[,\s]"

    @property
    def field(self) -> str:
        """The field of :class:`Settings` that holds its value."""
        return "bases" if self.name == "base" else self.name

    @property
    def is_list(self) -> bool:
        """Whether it holds a list of strings rather than one of its choices."""
        return not self.choices

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
        return tuple(part for part in re.split(self.separator, text) if part) if text else None

    def from_value(self, value: Any) -> Any:
        """Return a value that was passed as a keyword, as :class:`Settings` holds it.

        Args:
            value: One of the choices; or a string, a path, or an iterable of these. ``None`` if it was not passed.

        Raises:
            UsageError: The value is none of the choices, or of another type.

        """
        if self.choices:
            return self._choice(value, self.key)
        if value is None:
            return None
        try:
            return tuple(os.fspath(part) for part in ([value] if isinstance(value, (str, os.PathLike)) else value))
        except TypeError as error:
            why = ("it is a string or a list of strings",)
            raise UsageError(f"{self.key} cannot be `{value!r}`", why=why) from error

    def _choice(self, value: str | None, spelling: str) -> str | None:
        if value is None or value == "":  # but not `False`, which someone may take for `off`
            return None
        if value not in self.choices:
            raise UsageError(f"{spelling} cannot be `{value}`", why=(f"it is one of {', '.join(self.choices)}",))
        return value


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
)
"""All settings. ``base``, ``only_reuse`` and ``never_reuse`` may be repeated on a command line."""


class Settings(NamedTuple):
    """The values of the settings for one environment; ``None`` for one that is not set.

    Attributes:
        reuse: The reuse mode: ``inherit``, ``link`` or ``off``. If not set, the environment stays as its host made it.
        bases: Further base layers; the first match wins.
        only_reuse: Globs of the distributions that may be reused; all if empty.
        never_reuse: Globs of the distributions that may not be reused.
        backend: The installer: ``uv`` or ``pip``.

    """

    reuse: ReuseMode | None = None
    bases: tuple[str, ...] | None = None
    only_reuse: tuple[str, ...] | None = None
    never_reuse: tuple[str, ...] | None = None
    backend: BackendName | None = None

    def or_else(self, weaker: Settings) -> Settings:
        """Return these settings, with the values of others for those that are not set here."""
        return weaker._replace(**self._set_fields(self._fields))

    def apply_to(self, request: Request) -> Request:
        """Return a request with the values that are set here; ``reuse`` and ``bases`` are no part of a request."""
        policy = request.policy._replace(**self._set_fields(("only_reuse", "never_reuse")))
        return request._replace(policy=policy, **self._set_fields(("backend",)))

    def _set_fields(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: value for name in names if (value := getattr(self, name)) is not None}


def from_environ(environ: Mapping[str, str]) -> Settings:
    """Return the settings of the ``THINVENV_*`` variables. An empty variable is as good as none.

    ``THINVENV_BASE`` is separated as ``PATH`` is, ``THINVENV_ONLY_REUSE`` and ``THINVENV_NEVER_REUSE`` by commas or
    blanks.

    Raises:
        UsageError: A variable has a value that is none of its choices.

    """
    return Settings(**{setting.field: setting.from_variable(environ) for setting in SETTINGS})


def from_values(values: Mapping[str, Any]) -> Settings:
    """Return the settings that were passed as keywords, such as ``thin_base="/opt/stack"``.

    Raises:
        UsageError: A value is none of its choices, or of another type.

    """
    return Settings(**{setting.field: setting.from_value(values.get(setting.key)) for setting in SETTINGS})

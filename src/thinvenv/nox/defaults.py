"""The settings of nox sessions, combined from noxfile, session and variables."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from nox.logger import logger

from thinvenv.choices import SharedBase, suggestion
from thinvenv.config.settings import SETTINGS, Settings, from_environ, from_files
from thinvenv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypedDict, Unpack

    from thinvenv.choices import BackendName, ReuseMode

    StrPath = str | os.PathLike[str]

    # For type checkers only: creating such a class takes longer than all else in a run that installs nothing.
    class ThinSettings(TypedDict, total=False):
        """The types of the keywords that :data:`thinvenv.config.settings.SETTINGS` declares.

        Attributes:
            thin_reuse: ``inherit``, ``link`` or ``off``.
            thin_base: Further bases: environments or site directories. The first match wins.
            thin_only_reuse: Globs of the distributions that may be reused.
            thin_never_reuse: Globs of the distributions that may not be reused.
            thin_store: Stores to link from what has to be installed.
            thin_backend: ``uv`` or ``pip``.
            thin_warn_drift: Whether the start of the environment warns of a base that has changed.

        """

        thin_reuse: ReuseMode | None
        thin_base: StrPath | Iterable[StrPath] | None
        thin_only_reuse: str | Iterable[str] | None
        thin_never_reuse: str | Iterable[str] | None
        thin_store: StrPath | Iterable[StrPath] | None
        thin_backend: BackendName | None
        thin_warn_drift: bool | None


SYSTEM_SITE = "--system-site-packages"
PROJECT = os.getcwd()
"""The folder of the noxfile: nox enters it before it loads the noxfile, and sessions may leave it."""


class Defaults:
    """The ``thin_*`` values for the sessions that do not set their own.

    >>> import thinvenv.nox
    >>> thinvenv.nox.defaults.thin_never_reuse = ["pytest*"]  # doctest: +SKIP

    Args:
        values: See :class:`ThinSettings`; ``None`` for what is not set.

    """

    __slots__ = tuple(setting.key for setting in SETTINGS)

    if TYPE_CHECKING:
        thin_reuse: ReuseMode | None
        thin_base: StrPath | Iterable[StrPath] | None
        thin_only_reuse: str | Iterable[str] | None
        thin_never_reuse: str | Iterable[str] | None
        thin_store: StrPath | Iterable[StrPath] | None
        thin_backend: BackendName | None
        thin_warn_drift: bool | None

    def __init__(self, **values: Unpack[ThinSettings]) -> None:
        for name in Defaults.__slots__:
            setattr(self, name, values.get(name))

    def __setattr__(self, name: str, value: object) -> None:
        """Set a value after checking it.

        Raises:
            UsageError: The name is unknown; or the value is none of its choices, or of another type.

        """
        setting = next((setting for setting in SETTINGS if setting.key == name), None)
        if setting is None:
            raise UsageError(
                f"`{name}` is unknown",
                why=(f"the settings are {', '.join(Defaults.__slots__)}",),
                hint=suggestion(name, Defaults.__slots__),
            )
        super().__setattr__(name, setting.from_value(value))

    def settings(self) -> Settings:
        """Return them as the engine's settings."""
        return from_values({name: getattr(self, name) for name in Defaults.__slots__})


def from_values(values: Mapping[str, Any]) -> Settings:
    """Return the settings that were passed as keywords, such as ``thin_base="/opt/stack"``.

    Raises:
        UsageError: A value is none of its choices, or of another type.

    """
    return Settings(**{setting.field: setting.from_value(values.get(setting.key)) for setting in SETTINGS})


class NoxfileDefaults(Defaults):
    """The values that a noxfile sets. A wrong one ends nox with an error in its log that names the line."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        """Set a value after checking it.

        Raises:
            SystemExit: The name or the value is wrong.

        """
        try:
            super().__setattr__(name, value)
        except UsageError as error:
            caller = sys._getframe(1)  # noqa: SLF001 - the standard library's way to the line of the caller
            logger.error(f"{caller.f_code.co_filename}, line {caller.f_lineno}: {error}")
            raise SystemExit(error.exit_code) from error


defaults = NoxfileDefaults()
"""The defaults of this noxfile."""


def session_defaults(keywords: Mapping[str, Any], venv_params: Iterable[str]) -> Defaults:
    """Return the values of a session's decorator, after checking them.

    Args:
        keywords: The decorator's keywords that start with ``thin_``.
        venv_params: Its ``venv_params``.

    Raises:
        UsageError: A keyword or a value is unknown; or ``thin_reuse`` contradicts ``thin_base``, or
            ``--system-site-packages`` in ``venv_params``.

    """
    unknown = [name for name in keywords if name not in Defaults.__slots__]
    if unknown:
        accepted = ", ".join(sorted(Defaults.__slots__))
        raise UsageError(
            f"unknown keyword `{'`, `'.join(unknown)}`",
            why=(f"a session accepts {accepted}",),
            hint=suggestion(unknown[0], Defaults.__slots__),
        )
    values = Defaults(**keywords)
    settings = values.settings()
    if SYSTEM_SITE in venv_params and settings.reuse not in {None, "inherit"}:
        raise UsageError(
            f"`thin_reuse={settings.reuse!r}` and `venv_params=[{SYSTEM_SITE!r}]` contradict each other",
            why=("`thin_reuse` alone decides what of the base is visible",),
        )
    if settings.bases and settings.reuse == "off":
        raise UsageError(
            "`thin_base` and `thin_reuse='off'` contradict each other", why=("a base is there to be reused",)
        )
    return values


def settings_of(func: object, *, thin: bool) -> Settings:
    """Return the settings of a session: its own, or else those of the variables, the noxfile, the project, the user.

    Args:
        func: The session's function, as nox holds it.
        thin: Whether its backend is ``thinvenv``, which reuses even if no setting requires it.

    Raises:
        UsageError: A value is none of its choices.

    """
    keywords: Defaults = getattr(func, "thin_keywords", None) or Defaults()
    inherits = SYSTEM_SITE in getattr(func, "venv_params", ())
    own = keywords.settings().or_else(Settings(reuse="inherit" if inherits else None))
    settings = own.or_else(from_environ(os.environ)).or_else(_of_many_sessions(defaults.settings()))
    settings = settings.or_else(from_files(os.environ, PROJECT))
    return settings.or_else(Settings(reuse="inherit")) if thin or settings.bases else settings


def _of_many_sessions(settings: Settings) -> Settings:
    """Return settings whose bases are those of many sessions, which may have other interpreters."""
    return settings._replace(bases=tuple(map(SharedBase, settings.bases))) if settings.bases else settings

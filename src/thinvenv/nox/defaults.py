"""What a noxfile says for all its sessions, and which of several sayings wins."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from thinvenv.choices import BACKENDS, REUSE_MODES, chosen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.choices import BackendName, ReuseMode
    from thinvenv.config.settings import Settings
    from thinvenv.errors import UsageError

    StrPath = str | os.PathLike[str]

SYSTEM_SITE = "--system-site-packages"


class Defaults:
    """The ``thin_*`` values of the sessions that do not give their own.

    >>> import thinvenv.nox
    >>> thinvenv.nox.defaults.thin_never_reuse = ["pytest*"]  # doctest: +SKIP

    Attributes:
        thin_reuse: ``inherit``, ``link`` or ``off``.
        thin_base: Further bases, first found first: environments or site directories.
        thin_only_reuse: Globs of the distributions that may be reused.
        thin_never_reuse: Globs of the distributions that may not be reused.
        thin_backend: ``uv`` or ``pip``.

    """

    # By hand: making a dataclass takes longer than a whole run that installs nothing may.
    __slots__ = ("thin_backend", "thin_base", "thin_never_reuse", "thin_only_reuse", "thin_reuse")

    def __init__(
        self,
        *,
        thin_reuse: ReuseMode | None = None,
        thin_base: StrPath | Iterable[StrPath] | None = None,
        thin_only_reuse: str | Iterable[str] | None = None,
        thin_never_reuse: str | Iterable[str] | None = None,
        thin_backend: BackendName | None = None,
    ) -> None:
        self.thin_reuse = thin_reuse
        self.thin_base = thin_base
        self.thin_only_reuse = thin_only_reuse
        self.thin_never_reuse = thin_never_reuse
        self.thin_backend = thin_backend

    def settings(self) -> Settings:
        """Return them as the engine's settings.

        Raises:
            UsageError: A value is not known.

        """
        from thinvenv.config.settings import Settings  # noqa: PLC0415 - a run that installs nothing does without

        return Settings(**self.values())

    def values(self) -> dict[str, Any]:
        """Return them by the names of :class:`thinvenv.config.settings.Settings`.

        Raises:
            UsageError: A value is not known.

        """
        return {
            "reuse": chosen(self.thin_reuse, REUSE_MODES, "thin_reuse"),
            "bases": _words(self.thin_base, "thin_base"),
            "only_reuse": _words(self.thin_only_reuse, "thin_only_reuse"),
            "never_reuse": _words(self.thin_never_reuse, "thin_never_reuse"),
            "backend": chosen(self.thin_backend, BACKENDS, "thin_backend"),
        }


defaults = Defaults()
"""The defaults of this noxfile."""


def checked(words: Mapping[str, Any], venv_params: Iterable[str]) -> Defaults:
    """Return what a session's decorator gives, checked as soon as it gives it.

    Raises:
        UsageError: A word or a value is not known; or ``thin_reuse`` contradicts ``thin_base``, or
            ``--system-site-packages`` among the ``venv_params``.

    """
    unknown = [name for name in words if name not in Defaults.__slots__]
    if unknown:
        raise _wrong(
            f"there is no `{'`, `'.join(unknown)}`", f"a session takes {', '.join(sorted(Defaults.__slots__))}"
        )
    own = Defaults(**words)
    given = own.values()
    if SYSTEM_SITE in venv_params and given["reuse"] not in {None, "inherit"}:
        both = f"`thin_reuse={given['reuse']!r}` and `venv_params=[{SYSTEM_SITE!r}]`"
        raise _wrong(f"{both} contradict each other", "`thin_reuse` alone says what of the base is seen")
    if given["bases"] and given["reuse"] == "off":
        raise _wrong("`thin_base` and `thin_reuse='off'` contradict each other", "a base is there to be reused")
    return own


def settings_of(func: object, *, thin: bool) -> Settings:
    """Return what counts for a session: its own word, the variables', the noxfile's.

    Args:
        func: The session's function, as nox holds it.
        thin: Whether its backend is ``thinvenv``, which reuses also where nothing was said.

    Raises:
        UsageError: A value is not known.

    """
    from thinvenv.config.settings import Settings, from_environ  # noqa: PLC0415 - a run that installs nothing does without

    own: Defaults | None = getattr(func, "thin_words", None)
    inherits = SYSTEM_SITE in getattr(func, "venv_params", ())
    given = (own or Defaults()).settings().or_else(Settings(reuse="inherit" if inherits else None))
    told = given.or_else(from_environ(os.environ)).or_else(defaults.settings())
    return told.or_else(Settings(reuse="inherit")) if thin or told.bases else told


def _words(given: StrPath | Iterable[StrPath] | None, name: str) -> tuple[str, ...] | None:
    if given is None:
        return None
    try:
        return tuple(os.fspath(one) for one in ([given] if isinstance(given, (str, os.PathLike)) else given))
    except TypeError as error:
        raise _wrong(f"{name} cannot be `{given!r}`", "it is a word, or a list of words") from error


def _wrong(what: str, why: str) -> UsageError:
    from thinvenv.errors import UsageError  # noqa: PLC0415 - seldom needed

    return UsageError(what, why=(why,))

"""What a host is told about thinness, wherever it was said: keyword, key, option, variable.

Every door has its own way to say these things; what they mean, and which of two wins, is
the same for all.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from thinvenv.choices import BACKENDS, REUSE_MODES, chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thinvenv.choices import BackendName, ReuseMode
    from thinvenv.model import Request


class Settings(NamedTuple):
    """How thin an environment is to be; ``None`` where nothing was said.

    Attributes:
        reuse: The reuse mode; the environment stays as its host made it where not said.
        bases: Further base layers, first found first.
        only_reuse: Globs of the distributions that may be reused; all where empty.
        never_reuse: Globs of the distributions that may not be reused.
        backend: Who installs.

    """

    reuse: ReuseMode | None = None
    bases: tuple[str, ...] | None = None
    only_reuse: tuple[str, ...] | None = None
    never_reuse: tuple[str, ...] | None = None
    backend: BackendName | None = None

    def over(self, weaker: Settings) -> Settings:
        """Return these settings, with those of another where nothing was said here."""
        mine = self._asdict()
        return weaker._replace(**{name: value for name, value in mine.items() if value is not None})

    def applied(self, request: Request) -> Request:
        """Return a request with what these settings say about it."""
        policy = request.policy
        if self.only_reuse is not None:
            policy = policy._replace(only_reuse=self.only_reuse)
        if self.never_reuse is not None:
            policy = policy._replace(never_reuse=self.never_reuse)
        return request._replace(policy=policy, backend=request.backend if self.backend is None else self.backend)


def from_environ(environ: Mapping[str, str]) -> Settings:
    """Return what the ``THINVENV_*`` variables say; an empty one says nothing.

    ``THINVENV_REUSE``, ``THINVENV_BASE`` (separated as in ``PATH``), ``THINVENV_ONLY_REUSE``,
    ``THINVENV_NEVER_REUSE`` (separated by commas or blanks), ``THINVENV_BACKEND``.

    Raises:
        UsageError: A variable has a value that is not known.

    """
    return Settings(
        reuse=chosen(environ.get("THINVENV_REUSE"), REUSE_MODES, "THINVENV_REUSE"),
        bases=_parts(environ.get("THINVENV_BASE"), re.escape(os.pathsep)),
        only_reuse=_parts(environ.get("THINVENV_ONLY_REUSE"), r"[,\s]"),
        never_reuse=_parts(environ.get("THINVENV_NEVER_REUSE"), r"[,\s]"),
        backend=chosen(environ.get("THINVENV_BACKEND"), BACKENDS, "THINVENV_BACKEND"),
    )


def _parts(value: str | None, separator: str) -> tuple[str, ...] | None:
    return tuple(part for part in re.split(separator, value) if part) if value else None

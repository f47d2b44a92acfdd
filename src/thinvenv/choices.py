"""The values that users can choose from: reuse modes and backends."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal, TypeAlias

    ReuseMode: TypeAlias = Literal["inherit", "link", "off"]
    BackendName: TypeAlias = Literal["uv", "pip"]

REUSE_MODES: tuple[ReuseMode, ...] = ("inherit", "link", "off")
BACKENDS: tuple[BackendName, ...] = ("uv", "pip")
SWITCH = ("true", "false")
"""The values of what is on or off."""
SWITCH_VALUES = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)
"""All spellings of these, in lower case."""

_SIMILARITY = 0.7
"""How similar two names are at least, up to 1, if one may be the other misspelt although their first letters differ."""


def separated(globs: Iterable[str]) -> tuple[str, ...]:
    """Return globs of names, each alone. A text can have several with commas between them, which no name has."""
    return tuple(part for glob in globs for part in glob.replace(" ", "").split(",") if part)


def nearest(text: str, values: Iterable[str]) -> str | None:
    """Return the value that a misspelt text was probably meant to be, ``None`` if none is similar.

    What all have in common at their start, such as ``THINVENV_`` or ``--``, makes none similar.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only an error needs it

    values = list(values)
    common = os.path.commonprefix([text, *values])  # noqa: RUF071 - compared by characters on purpose
    start = max(common.rfind("_") + 1, len(common) - len(common.lstrip("-")))
    endings = {value[start:]: value for value in values}
    text = text[start:]
    very_similar = get_close_matches(text, endings, n=1, cutoff=_SIMILARITY)
    similar = [*very_similar, *(ending for ending in get_close_matches(text, endings) if ending[:1] == text[:1])]
    return endings[similar[0]] if similar else None


class SharedBase(str):
    """A base that was set for many environments at once: by a variable, a file, or an option of tox.

    Those of another interpreter do without it, since it is not theirs; see :func:`thinvenv.creation.bases.suitable`.
    """

    __slots__ = ()


def suggestion(text: str, values: Iterable[str]) -> str | None:
    """Return a hint that names the value that a misspelt text was probably meant to be, ``None`` if none is similar."""
    value = nearest(text, values)
    return f"did you mean `{value}`?" if value else None

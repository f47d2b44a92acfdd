"""The words that a person chooses from. Every door shows them, so nothing heavy is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal, TypeAlias, TypeVar

    ReuseMode: TypeAlias = Literal["inherit", "link", "off"]
    BackendName: TypeAlias = Literal["uv", "pip"]
    Choice = TypeVar("Choice", bound=str)

REUSE_MODES: tuple[ReuseMode, ...] = ("inherit", "link", "off")
BACKENDS: tuple[BackendName, ...] = ("uv", "pip")


def chosen(value: str | None, choices: tuple[Choice, ...], where: str) -> Choice | None:
    """Return the choice that a word means, ``None`` for an empty word or none.

    Raises:
        UsageError: It is none of them; the error names where it stands.

    """
    if value is None or value == "":
        return None
    for choice in choices:
        if value == choice:
            return choice
    from thinvenv.errors import UsageError  # noqa: PLC0415 - seldom needed

    raise UsageError(f"{where} cannot be `{value}`", why=(f"it is one of {', '.join(choices)}",))

"""The values that users can choose from: reuse modes and backends."""

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
    """Return the choice with this value, ``None`` if the value is empty or ``None``.

    Args:
        value: The text to look up.
        choices: The valid values.
        where: The option, key or variable that has the value, for the error.

    Raises:
        UsageError: The value is not one of the choices.

    """
    if value is None or value == "":
        return None
    for choice in choices:
        if value == choice:
            return choice
    from thinvenv.errors import UsageError  # noqa: PLC0415 - seldom needed

    raise UsageError(f"{where} cannot be `{value}`", why=(f"it is one of {', '.join(choices)}",))

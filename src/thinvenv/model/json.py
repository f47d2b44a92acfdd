"""Conversion of flat values to JSON objects and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from thinvenv.model.environment import Distribution, Environment
from thinvenv.model.request import Root

if TYPE_CHECKING:
    from collections.abc import Mapping

FlatT = TypeVar("FlatT", Environment, Distribution, Root)


def to_json(value: Environment | Distribution | Root) -> dict[str, Any]:
    """Return the fields of a flat value as a JSON object."""
    return value._asdict()


def from_json(kind: type[FlatT], data: Mapping[str, Any]) -> FlatT:
    """Return the flat value that :func:`to_json` converted.

    Raises:
        TypeError: ``data`` has fields that the value does not have, or lacks some.

    """
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    return kind(**values)

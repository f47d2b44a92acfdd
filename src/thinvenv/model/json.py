"""Flat values as what :mod:`json` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from thinvenv.model.environment import Distribution, Environment
from thinvenv.model.request import Root

if TYPE_CHECKING:
    from collections.abc import Mapping

Flat = TypeVar("Flat", Environment, Distribution, Root)


def to_json(value: Environment | Distribution | Root) -> dict[str, Any]:
    """Return the fields of a flat value as what :mod:`json` writes."""
    return value._asdict()


def from_json(kind: type[Flat], data: Mapping[str, Any]) -> Flat:
    """Return the flat value that :func:`to_json` described.

    Raises:
        TypeError: ``data`` has other fields.

    """
    values: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in data.items()}
    return kind(**values)

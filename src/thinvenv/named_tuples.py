"""A base class like `typing.NamedTuple` whose classes are created in half of the time.

An install that has nothing to do creates some thirty classes of named tuples, most of which it needs for a few values.
:class:`typing.NamedTuple` compiles the annotation of each field, which nothing here ever evaluates: one eighth of the
instructions of such an install as a process (193 of 169 million; Python 3.11, measured with callgrind).
"""

from __future__ import annotations

from collections import namedtuple

__all__ = ["NamedTuple"]

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:

    class _Creator(type):
        """Creates a named tuple from the body of a class."""

        def __new__(cls, name: str, _bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            """Return a class with the fields that are annotated, their defaults, and everything else in the body."""
            fields = namespace.pop("__annotations__", {})
            defaults = [namespace.pop(field) for field in fields if field in namespace]
            module = namespace.pop("__module__")
            created = namedtuple(name, fields, defaults=defaults, module=module)  # noqa: PYI024 - typed by its user
            created.__annotations__ = fields
            for attribute, value in namespace.items():
                setattr(created, attribute, value)
            return created

    NamedTuple = type.__new__(_Creator, "NamedTuple", (), {})

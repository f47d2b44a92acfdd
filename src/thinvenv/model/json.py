"""Conversion of flat values to JSON objects and back, and checks of the types in documents."""

from __future__ import annotations

import json

from thinvenv.files import is_file_name
from thinvenv.model.environment import Distribution, Environment, Layer
from thinvenv.model.request import MetadataRule, Root

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeVar

    FlatT = TypeVar("FlatT", Environment, Distribution, Root)


def to_json(value: Environment | Distribution | Root) -> dict[str, Any]:
    """Return the fields of a flat value as a JSON object."""
    return value._asdict()


def from_json(kind: type[FlatT], data: Mapping[str, Any]) -> FlatT:
    """Return the flat value that :func:`to_json` converted.

    Raises:
        TypeError: ``data`` has fields that the value does not have, lacks some, or has values of other types.
        ValueError: The name or the version of a distribution is a path.

    """
    readers = _READERS[kind]
    values: dict[str, Any] = {}
    for name, value in data.items():
        read: Callable[[Any], Any] = readers.get(name, text)
        values[name] = read(value)
    return kind(**values)


def line_by_line(document: Mapping[str, Any]) -> str:
    """Return an object as JSON with a line for each member. :mod:`json` indents everything, and many times slower."""
    members = (f" {json.dumps(name)}: {json.dumps(document[name], sort_keys=True)}" for name in sorted(document))
    return "{\n" + ",\n".join(members) + "\n}"


def text(value: Any) -> str:
    """Return a value of a document that has to be a string.

    Raises:
        TypeError: It is something else.

    """
    if type(value) is not str:
        raise TypeError(f"{value!r:.100} is not a string")
    return value


def texts(values: Any) -> tuple[str, ...]:
    """Return the strings of an array.

    Raises:
        TypeError: It is no array, or one of something else.

    """
    check_texts(array(values))
    return tuple(values)


def array(values: Any) -> list[Any] | tuple[Any, ...]:
    """Return a value of a document that has to be an array.

    Raises:
        TypeError: It is something else.

    """
    if not isinstance(values, list | tuple):
        raise TypeError(f"{values!r:.100} is not an array")
    return values


def text_map(values: Any) -> dict[str, str]:
    """Return an object whose values are strings.

    Raises:
        TypeError: It is no object, or one of something else.

    """
    if not isinstance(values, dict):
        raise TypeError(f"{values!r:.100} is not an object")
    check_texts(values.values())
    return values


def file_name(value: Any) -> str:
    """Return a string that is the name of an entry in a directory, and no path.

    Raises:
        TypeError: It is no string.
        ValueError: It is a path.

    """
    if not is_file_name(text(value)):
        raise ValueError(f"{value!r:.100} is not a file name")
    return str(value)


def relative_path(value: Any) -> str:
    """Return a string that is the path of something below a directory, with forward slashes.

    Raises:
        TypeError: It is no string.
        ValueError: It is absolute, or leads out of the directory.

    """
    if not all(map(is_file_name, text(value).split("/"))):
        raise ValueError(f"{value!r:.100} is not a path below a directory")
    return str(value)


def read_layer(path: Any, kind: Any) -> Layer:
    """Return the layer that a document has as a path and a kind.

    Raises:
        TypeError: The path is no string.
        ValueError: There is no such kind.

    """
    if kind not in {"venv", "base", "linkable"}:
        raise ValueError(f"{kind!r:.100} is not a kind of layers")
    return Layer(text(path), kind)


def read_rule(kind: Any, name: Any, version: Any, requires: Any, extras: Any, requires_python: Any) -> MetadataRule:
    """Return the rule about metadata that a document has as an array of its fields.

    Raises:
        TypeError: A field has another type.

    """
    check_texts((kind, name, version, requires_python))
    return MetadataRule(kind, name, version, texts(requires), texts(extras), requires_python)


def check_texts(values: Iterable[Any]) -> None:
    """Check that all values are strings. This takes one call however many there are.

    Raises:
        TypeError: One is something else.

    """
    if not {*map(type, values)} <= {str}:
        raise TypeError("a value is not a string")


def flag(value: Any) -> bool:
    """Return a value of a document that has to be true or false.

    Raises:
        TypeError: It is something else.

    """
    if value is not True and value is not False:
        raise TypeError(f"{value!r:.100} is not a truth value")
    return value


def _pairs(values: Any) -> tuple[tuple[str, ...], ...]:
    """Return an array of pairs of strings.

    Raises:
        TypeError: It is something else.

    """
    pairs = tuple(map(texts, array(values)))
    if not {*map(len, pairs)} <= {2}:
        raise TypeError("an array is not a pair")
    return pairs


def _markers(values: Any) -> dict[str, str]:
    """Return the values of all markers of an interpreter.

    Raises:
        TypeError: It is no object, or a value is no string.
        ValueError: A marker is missing, or the version of Python is none.

    """
    markers = text_map(values)
    if not markers.keys() >= _MARKERS or not all(map(str.isdecimal, markers["python_version"].split("."))):
        raise ValueError(f"{values!r:.100} are not the markers of an interpreter")
    return markers


_MARKERS = frozenset(
    {
        "implementation_name",
        "implementation_version",
        "os_name",
        "platform_machine",
        "platform_python_implementation",
        "platform_release",
        "platform_system",
        "platform_version",
        "python_full_version",
        "python_version",
        "sys_platform",
    }
)
"""The environment markers, without ``extra``: https://packaging.python.org/specifications/dependency-specifiers/"""
_READERS: dict[type, dict[str, Callable[[Any], Any]]] = {
    Environment: {
        **dict.fromkeys(("path", "linkable", "suffixes", "site_folders", "stores"), texts),
        "markers": _markers,
        "reads": _pairs,
    },
    Distribution: {
        **dict.fromkeys(("requires", "extras"), texts),
        **dict.fromkeys(("name", "version"), file_name),
        "planned": flag,
    },
    Root: {**dict.fromkeys(("extras", "hashes"), texts), **dict.fromkeys(("editable", "shallow"), flag)},
}
"""What reads the fields that are no plain strings."""

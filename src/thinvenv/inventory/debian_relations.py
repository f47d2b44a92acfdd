"""The dependencies of Debian packages: syntax, order of versions, meaning as requirements.

Sources: the Debian Policy Manual, chapters 5.6.12 (versions) and 7 (relations), and ``dh_python3``, which writes
``pytest<8; python_version < "3.11"`` as ``python3-pytest (<< 8) | python3 (>> 3.11)``.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, TypeAlias

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_SortKey: TypeAlias = tuple[int, list[int], list[int]]
"""Debian versions in the order of their keys are in the order of dpkg: epoch, version of upstream, revision."""

_RELATION = re.compile(r"\s*([a-z0-9][a-z0-9+.-]+)(?::\w+)?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s)]+)\s*\))?")
_DEPRECATED = {"<": "<=", ">": ">="}
"""Operators that dpkg reads as others."""
_OPERATORS: dict[str, Callable[[_SortKey, _SortKey], bool]] = {
    "<<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">>": operator.gt,
}
_SPECIFIERS = {"<<": ("<", "<="), "<=": ("<=",), "=": ("==",), ">=": (">=",), ">>": (">=",)}
"""The operators of PEP 440 for each of Debian's, the strictest first. In Debian, ``1.2-1`` is later than ``1.2``."""
_MARKERS = {"<<": ">=", "<=": ">=", "=": "!=", ">=": "<", ">>": "<"}
"""The operators of a marker that holds wherever the alternative with this operator does not."""
_INTERPRETERS = frozenset({"python3", "python3-minimal", "python3-all", "libpython3-stdlib"})
"""The packages whose version is that of Debian's Python."""
_REPACKED = re.compile(r"\+.*|[.~](?:dfsg|ds)\b.*|~+$")
"""What Debian adds to a version of upstream: ``+dfsg``, ``+repack1``, ``~``."""


class Relation(NamedTuple):
    """One dependency on a package: ``python3-numpy:any (>= 1:1.22.0)``.

    Attributes:
        name: The name of the package, which may be virtual.
        operator: Debian's operator, such as ``<<``, or an empty string.
        version: The version that it bounds, or an empty string.

    """

    name: str
    operator: str = ""
    version: str = ""

    def allows(self, version: str) -> bool:
        """Return whether a version of the package satisfies the relation. An empty version satisfies no bound."""
        if not (self.operator and version):
            return not self.operator
        return _OPERATORS[self.operator](_sort_key(version), _sort_key(self.version))


Alternatives: TypeAlias = tuple[Relation, ...]
"""Relations of which one has to hold: ``python3-scipy | python3-munkres``."""


def parse_relations(field: str) -> tuple[Alternatives, ...]:
    """Return the relations in a field such as ``Depends`` or ``Provides``. What cannot be read is left out."""
    groups = (tuple(_parse_alternatives(group)) for group in field.split(","))
    return tuple(group for group in groups if group)


def marker_of(alternatives: Alternatives) -> str:
    """Return the environment marker (PEP 508) under which none of the alternatives is the interpreter.

    The other alternatives are needed only there. The marker is an empty string if they are needed everywhere.
    """
    conditions = []
    for relation in alternatives:
        version = _upstream_version(relation.version)
        if relation.name in _INTERPRETERS and version:
            conditions.append(f'python_full_version {_MARKERS[relation.operator]} "{version}"')
    return join_markers(conditions)


def join_markers(markers: Iterable[str]) -> str:
    """Return the marker that holds where all of some markers do. None of them has an ``or``."""
    return " and ".join(dict.fromkeys(filter(None, markers)))


def is_interpreter(relation: Relation) -> bool:
    """Return whether a relation is one to Debian's Python itself."""
    return relation.name in _INTERPRETERS


def specifier_of(relation: Relation, package_version: str, version: str) -> str:
    """Return what the bound of a relation means to the distribution in the package, as a specifier (PEP 440).

    Args:
        relation: The relation to the package.
        package_version: The version of the package, which is Debian's.
        version: The version of the distribution, from its metadata.

    Returns:
        The specifier. It is an empty string if there is no bound, or if the bound does not speak of a version of
        upstream: the package and the distribution are numbered differently, or the bound has another epoch.

    """
    epoch, _, revision = _split(relation.version)
    package, bound = _upstream_version(package_version), _upstream_version(relation.version)
    if package is None or bound is None or _split(package_version)[0] != epoch:
        return ""
    if Version(package.base_version) != Version(Version(version).base_version):
        return ""
    operators = _SPECIFIERS[relation.operator]
    if relation.operator == "<<" and _part_key(revision) > _part_key("1"):
        operators = operators[1:]  # an earlier revision is allowed, which has the same version of upstream
    specifiers = (f"{spelled}{bound}" for spelled in operators)
    # The package satisfies the bound, as dpkg has seen to. A specifier that excludes it has another meaning.
    return next((text for text in specifiers if SpecifierSet(text).contains(version, prereleases=True)), "")


def _parse_alternatives(group: str) -> Iterator[Relation]:
    for text in group.split("|"):
        if match := _RELATION.match(text):
            name, comparison, version = match.groups(default="")
            yield Relation(name, _DEPRECATED.get(comparison, comparison), version)


def _split(version: str) -> tuple[int, str, str]:
    """Return the epoch, the version of upstream and the revision of a Debian version."""
    epoch, colon, rest = version.partition(":")
    number, rest = (int(epoch), rest) if colon and epoch.isdecimal() else (0, version)
    upstream, hyphen, revision = rest.rpartition("-")
    return (number, upstream, revision) if hyphen else (number, rest, "0")


def _sort_key(version: str) -> _SortKey:
    epoch, upstream, revision = _split(version)
    return epoch, _part_key(upstream), _part_key(revision)


def _part_key(part: str) -> list[int]:
    """Return a key for the order of a part: numbers by value, ``~`` before the end, letters before other characters."""
    key: list[int] = []
    for text, digits in re.findall(r"([^0-9]*)([0-9]*)", part):
        key += [*map(_rank, text), 0, int(digits or 0)]
    return key


def _rank(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256


def _upstream_version(version: str) -> Version | None:
    """Return the version of upstream in a Debian version, or ``None`` if it is not one of PEP 440."""
    text = _REPACKED.sub("", _split(version)[1])
    for candidate in (text.replace("~", ""), text.partition("~")[0]):  # `2.0~rc1`; `2.0~git20230101`
        try:
            return Version(candidate)
        except InvalidVersion:
            continue
    return None

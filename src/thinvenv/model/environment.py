"""What is there: an interpreter, the layers that it imports from, a distribution, a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Chain: TypeAlias = tuple[str, ...]
"""Why something is needed: requirements from the root to it, ``("pandas", "numpy>=2")``."""


class Environment(NamedTuple):
    """An interpreter with its scheme, its markers and the directories it imports from.

    Attributes:
        python: The interpreter to start, as found in the environment.
        prefix: ``sys.prefix``: the root of the virtual environment.
        base_prefix: ``sys.base_prefix``: the root of the interpreter's installation.
        base_python: The real interpreter that the environment was made from.
        cache_tag: ``sys.implementation.cache_tag``, such as ``cpython-312``.
        abi: The extension suffix, such as ``.cpython-312-x86_64-linux-gnu.so``.
        platform: ``sysconfig.get_platform()``.
        purelib: The directory that pure Python distributions are installed into.
        platlib: The directory that compiled distributions are installed into.
        scripts: The directory of the environment's scripts.
        path: ``sys.path`` without the standard library and the current directory.
        markers: The environment markers of PEP 508, evaluated by that interpreter.
        linkable: In reuse mode ``link``, the base's directories: not on the path, but
            distributions of theirs are linked into the venv.
        linking: How they are linked, see :mod:`thinvenv.links.strategy`.

    """

    python: str
    prefix: str
    base_prefix: str
    base_python: str
    cache_tag: str
    abi: str
    platform: str
    purelib: str
    platlib: str
    scripts: str
    path: tuple[str, ...]
    markers: Mapping[str, str]
    linkable: tuple[str, ...] = ()
    linking: str = ""

    @property
    def is_virtual(self) -> bool:
        """Tell whether this is a virtual environment (PEP 405)."""
        return self.prefix != self.base_prefix

    @property
    def version(self) -> str:
        """The full version of the interpreter, ``3.12.1``."""
        return self.markers["python_full_version"]


class Layer(NamedTuple):
    """One site directory, in the order of the environment's ``sys.path``.

    A ``linkable`` one is a base that is not on it: what is used of it is linked into the venv.
    """

    path: str
    kind: Literal["venv", "base", "linkable"]


class Distribution(NamedTuple):
    """An installed project, as its metadata describe it.

    Attributes:
        name: The normalised name (PEP 503).
        version: The version, as the metadata write it.
        location: The metadata directory or file.
        layer: The site directory it is found in.
        requires: Its ``Requires-Dist`` lines, unparsed.
        extras: Its ``Provides-Extra`` names, normalised.
        requires_python: Its ``Requires-Python``, or an empty string.
        direct_url: The text of its ``direct_url.json`` (PEP 610), or an empty string.
        planned: Whether it is still to be installed. It has no ``location`` yet, and no ``version`` either
            if only a build can determine it: it satisfies every requirement.
        foreign: An extension module of it that only another interpreter can import, or an
            empty string. It hides what comes after it, and satisfies nothing.

    """

    name: str
    version: str
    location: str
    layer: str
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    requires_python: str = ""
    direct_url: str = ""
    foreign: str = ""
    planned: bool = False

    def __str__(self) -> str:
        """Return ``name version``, as tables and errors show it."""
        return f"{self.name} {self.version}"


class MadeScript(NamedTuple):
    """A script that was made for a reused distribution: whose it is, and what tells it from others."""

    owner: str
    digest: str

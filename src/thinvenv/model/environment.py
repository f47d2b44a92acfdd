"""Environments with their layers, installed distributions and written scripts."""

from __future__ import annotations

from thinvenv.named_tuples import NamedTuple

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal, TypeAlias

Chain: TypeAlias = tuple[str, ...]
"""The requirements that lead from a root to a distribution: ``("pandas", "numpy>=2")``."""

DataFiles: TypeAlias = "Mapping[str, Mapping[str, str]]"
"""Data files that thinvenv linked into an environment: a digest of each file, by its path relative to the root of the
environment, by the name of the distribution."""


class Environment(NamedTuple):
    """An interpreter with its installation scheme, its environment markers and its import path.

    Attributes:
        python: The path of the environment's interpreter.
        prefix: ``sys.prefix``, the root of the virtual environment.
        base_prefix: ``sys.base_prefix``, the root of the interpreter's installation.
        base_python: The interpreter that the environment was created from.
        cache_tag: ``sys.implementation.cache_tag``, such as ``cpython-312``.
        abi: The file name suffix of extension modules, such as ``.cpython-312-x86_64-linux-gnu.so``.
        platform: ``sysconfig.get_platform()``.
        purelib: The directory that pure Python distributions are installed into.
        platlib: The directory that compiled distributions are installed into.
        scripts: The directory of the environment's scripts.
        path: ``sys.path`` without the standard library and the current directory.
        markers: The values of the environment markers (PEP 508).
        linkable: In reuse mode ``link``, the directories of the base. They are not on the path; their
            distributions are linked into the venv.
        linking: How they are linked, see :mod:`thinvenv.links.link_or_copy`.
        suffixes: All suffixes of the extension modules that it imports: ``abi`` first, ``.abi3.so`` for those of the
            stable ABI, and ``.so``. PyPy has the first alone.
        site_folders: The site directories that its installation schemes have below a prefix, relative to it.
        stores: The stores that new distributions are linked from; the first that can be written gets what is missing.

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
    reads: tuple[Sequence[str], ...] = ()
    suffixes: tuple[str, ...] = ()
    site_folders: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()

    @property
    def is_virtual(self) -> bool:
        """Whether this is a virtual environment (PEP 405)."""
        return self.prefix != self.base_prefix

    @property
    def sites(self) -> frozenset[str]:
        """The site directories that installers write into: ``purelib`` and ``platlib``, which are mostly the same."""
        return frozenset((self.purelib, self.platlib))

    @property
    def version(self) -> str:
        """The full version of the interpreter, such as ``3.12.1``."""
        return self.markers["python_full_version"]


class Layer(NamedTuple):
    """A site directory: the venv, a base on the path, or a linkable base that is not on the path."""

    path: str
    kind: Literal["venv", "base", "linkable"]


class Distribution(NamedTuple):
    """An installed project, as its metadata describe it, or one that a plan will install.

    Attributes:
        name: The normalised name (PEP 503).
        version: The version, as it is spelled in the metadata.
        location: The metadata directory or file.
        layer: The site directory that contains it.
        requires: The ``Requires-Dist`` values, unparsed.
        extras: The ``Provides-Extra`` names, normalised.
        requires_python: The ``Requires-Python`` value, or an empty string.
        direct_url: The text of ``direct_url.json`` (PEP 610), or an empty string.
        planned: Whether it is still to be installed. It has no ``location`` yet, and no ``version`` either
            if only a build can determine it: it satisfies every requirement.
        foreign: The name of an extension module that only another interpreter can import, or an empty
            string. Such a distribution hides others of its name, and satisfies no requirement.

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
        """Return ``name version``, as in tables and errors."""
        return f"{self.name} {self.version}"


class WrittenScript(NamedTuple):
    """A script that thinvenv wrote for a reused distribution.

    Attributes:
        owner: The name of the distribution.
        digest: A digest of the script, to notice when it is replaced.

    """

    owner: str
    digest: str

"""Extension modules that were built for another interpreter.

A directory may be on the path of interpreters that cannot import all of it: Debian's
``/usr/lib/python3/dist-packages`` is on that of every Python below ``/usr``, PyPy included, and ``PYTHONPATH`` may name
the directory of another Python. The compiled distributions there have metadata that satisfy requirements, but no
module for this interpreter. The tag in the file name of a module (PEP 3149) shows this. The tags in ``WHEEL`` do not,
since Linux distributions ship the modules of several Pythons under one tag. They count only for what the names do not
say: the oldest Python and the platform of modules of the stable ABI, and everything of modules without a tag.
"""

from __future__ import annotations

import os
import re
from math import prod
from typing import TYPE_CHECKING

from packaging.tags import parse_tag

from thinvenv.distributions.installed_files import EXTENSION_MODULES, RECORD, files_below, files_of, root_of
from thinvenv.distributions.metadata_files import read_text
from thinvenv.files import has_target
from thinvenv.inventory import dpkg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from packaging.tags import Tag

    from thinvenv.model import Distribution

_MODULE = re.compile(
    r"(?P<module>[^/\\]+?)"
    r"(?P<suffix>(?:\.(?P<tag>(?:cpython-|cp|pypy|graalpy)\d[^./\\]*)|\.abi\dt?)?\.(?:so|pyd))$"
)
_MYPYC_LIBRARY = "__mypyc"
"""The end of the name of a module that mypyc adds. Only its compiled modules, each beside a ``.py``, import it."""
_OWN_TAG = re.compile(r"\.(?P<name>cpython-|cp|pypy)(?P<version>3\d+)(?P<flags>[a-z]*)-(?P<platform>[^.]+)\.(?:so|pyd)")
_PUBLISHED = re.compile(r"(?P<libc>many|musl)linux.*?_(?P<machine>(?:x86_|armv\d)?[a-z\d]+)")
"""A platform tag of wheels on an index. Those of local builds (``linux_x86_64``) do not count."""
_MACHINES = {"i386": "i686", "arm": "armv7l", "powerpc64le": "ppc64le"}
"""The machines whose names in wheel tags differ from those in file names."""
_MAX_TAGS = 1000
"""How many tags a compressed tag may stand for, and how many characters it may have."""
_MUSL_IN_SUFFIX_SINCE = 11
"""The minor version of CPython since which a suffix ends with ``-musl`` where that is the C library."""


def foreign_module(distribution: Distribution, suffixes: Sequence[str]) -> str:
    """Return an extension module of a distribution that only another interpreter can import.

    Args:
        distribution: The distribution.
        suffixes: The suffixes of the extension modules that the interpreter imports, its own first:
            ``.cpython-312-x86_64-linux-gnu.so``, ``.abi3.so`` and ``.so``.

    Returns:
        The path of the module, relative to the site directory, or an empty string.

    """
    record = read_text(distribution.location, RECORD)
    if record and not any(suffix in record for suffix in EXTENSION_MODULES):  # this is faster than parsing it
        return ""
    root, modules = root_of(distribution), list(_modules(files_of(distribution)))
    for path in _foreign_modules(modules, suffixes, root):
        if record or not _belongs_to_another(path, distribution):
            return path
    if not modules or any(match["tag"] for match in modules):
        return ""
    is_stable = any(".abi" in match["suffix"] for match in modules)
    if _is_for(distribution, suffixes[0], is_stable=is_stable):
        return ""
    return next((match.string for match in modules if has_target(os.path.join(root, match.string))), "")


def foreign_module_below(root: str, suffixes: Sequence[str]) -> str:
    """Return an extension module below a directory that only another interpreter can import.

    See :func:`foreign_module_among`.
    """
    return foreign_module_among(files_below("", root), suffixes, root)


def foreign_module_among(paths: Iterable[str], suffixes: Sequence[str], root: str) -> str:
    """Return an extension module among some files that only another interpreter can import.

    Args:
        paths: The paths of the files, relative to ``root``.
        suffixes: See :func:`foreign_module`.
        root: A directory.

    Returns:
        The path of the module, relative to ``root``, or an empty string.

    """
    return next(_foreign_modules(_modules(paths), suffixes, root), "")


def module_paths(distribution: Distribution, suffixes: Sequence[str]) -> Iterator[str]:
    """Yield the paths of the extension modules of a distribution that an interpreter can import.

    Args:
        distribution: The distribution.
        suffixes: See :func:`foreign_module`.

    """
    for match in _modules(files_of(distribution)):
        if match["suffix"] in suffixes:
            yield match.string


def _modules(paths: Iterable[str]) -> Iterator[re.Match[str]]:
    for path in paths:
        if path.endswith(EXTENSION_MODULES) and (match := _MODULE.search(path)):
            yield match


def _belongs_to_another(path: str, distribution: Distribution) -> bool:
    """Return whether a module in a namespace comes from another distribution. Without a RECORD, all seem to have it."""
    packages = dpkg.packages_of(distribution.layer)
    return packages is not None and packages.belongs_to_another(path, distribution)


def _foreign_modules(modules: Iterable[re.Match[str]], suffixes: Sequence[str], root: str) -> Iterator[str]:
    for match in modules:
        is_tagged = match["suffix"] not in EXTENSION_MODULES  # otherwise it may be any library
        if not is_tagged or match["suffix"] in suffixes or match["module"].endswith(_MYPYC_LIBRARY):
            continue
        path = os.path.join(root, match.string)
        stem = path.removesuffix(match["suffix"])
        native = (*suffixes, ".py", f"{os.sep}__init__.py")
        if has_target(path) and not any(has_target(stem + suffix) for suffix in native):
            yield match.string


def _is_for(distribution: Distribution, suffix: str, *, is_stable: bool) -> bool:
    """Return whether a distribution comes from a wheel that an installer would use for an interpreter.

    Args:
        distribution: The distribution.
        suffix: The suffix of the extension modules of the interpreter.
        is_stable: Whether the names of the modules say that they have the stable ABI. Then only tags that confirm
            it exclude an interpreter: Debian's cryptography has ``cp311-cp311``.

    Returns:
        Whether one of its tags fits. This is true, too, if it records no tags, or if the suffix is not known.

    """
    lines = read_text(distribution.location, "WHEEL").splitlines()
    tags = [tag for line in lines if line.startswith("Tag: ") for tag in _parse_tag(line[len("Tag: ") :].strip())]
    own = _OWN_TAG.fullmatch(suffix)
    if own is None or not tags:
        return True
    return any(_fits_platform(tag.platform, own) and _fits_abi(tag, own, is_stable=is_stable) for tag in tags)


def _parse_tag(text: str) -> frozenset[Tag]:
    """Return the tags that a compressed tag stands for (PEP 425); none if it is invalid, or stands for too many."""
    count = prod(len(part.split(".")) for part in text.split("-"))
    try:
        return parse_tag(text) if len(text) <= _MAX_TAGS and count <= _MAX_TAGS else frozenset()
    except ValueError:
        return frozenset()


def _fits_abi(tag: Tag, own: re.Match[str], *, is_stable: bool) -> bool:
    if tag.abi == "none":
        return True
    if own["name"] == "pypy":
        return tag.abi == f"pypy{own['version']}_{own['platform'].partition('-')[0]}"
    if tag.abi == "abi3":
        oldest = tag.interpreter.removeprefix("cp3")
        return "t" not in own["flags"] and oldest.isdecimal() and int(oldest) <= int(own["version"][1:])
    return is_stable or tag.abi == f"cp{own['version']}{own['flags'].replace('d', '')}"


def _fits_platform(platform: str, own: re.Match[str]) -> bool:
    published = _PUBLISHED.fullmatch(platform)
    triplet = own["platform"].partition("-")[2] if own["name"] == "pypy" else own["platform"]
    machine, _, system = triplet.partition("-")
    if published is None or not system.startswith("linux"):
        return True
    is_musl = system.endswith("-musl")
    shows_libc = is_musl or int(own["version"][1:]) >= _MUSL_IN_SUFFIX_SINCE
    has_libc = is_musl == (published["libc"] == "musl") or not shows_libc
    return has_libc and published["machine"] == _MACHINES.get(machine, machine)

"""Which links stand for some distributions: as few as possible, and none that another may write through.

A directory is linked as a whole where one distribution alone has it and no other is likely to
ever add to it: a package within a package, or data. A package at the top is a real directory,
linked a level further down, because whoever extends another's package adds modules there; so is
a namespace package (PEP 420, pkgutil, pkg_resources), a directory that is named as those for
extensions are, and whatever two distributions share.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from thinvenv.distributions.namespace_packages import is_namespace_init

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from thinvenv.links.manifest import Manifest

    Taken = Callable[[str], bool]

_INIT = "__init__."
_MODULES = (".py", ".pyi", ".so", ".pyd")
_COMMON = frozenset(
    {"bin", "docs", "doc", "examples", "scripts", "share", "test", "testing", "tests", "tools", "utils"}
)
"""Names at the top that careless projects share without knowing of each other."""
_EXTENDED = frozenset({"addons", "contrib", "extensions", "plugins", "providers", "templates", "themes"})
"""Names within a package where other projects put modules of theirs (``twisted/plugins``)."""


class Link(NamedTuple):
    """A link to be: its path relative to the site directory, and the absolute path it leads to."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """The files that a distribution has in one directory."""

    owner: str
    manifest: Manifest
    files: list[str]


def lay_out(manifests: Mapping[str, Manifest], taken: Taken) -> dict[str, tuple[Link, ...]]:
    """Return the links that stand for some distributions, by their names.

    Args:
        manifests: What each distribution consists of.
        taken: Tells whether the venv itself has something at a relative path: a file comes
            before the base's, a directory is shared with the base's.

    """
    links: dict[str, list[Link]] = {name: [] for name in manifests}
    claims = [_Claim(name, one, list(one.files)) for name, one in manifests.items()]
    for owner, link in _below("", claims, taken):
        links[owner].append(link)
    return {name: tuple(sorted(found)) for name, found in links.items()}


def _below(folder: str, claims: Iterable[_Claim], taken: Taken) -> Iterator[tuple[str, Link]]:
    """Yield the links in a directory; of a file that several have, the first one's."""
    for name, having in _by_child(claims).items():
        path = folder + name
        first = next((one for one in having if "" in one.files), having[0])
        target = first.manifest.place_of(path)
        if "" in first.files and not _is_directory(target):
            if os.path.lexists(target) and not taken(path):
                yield first.owner, Link(path, target)
        elif len(having) == 1 and any(first.files) and _is_whole(path, first, target) and not taken(path):
            if os.path.isdir(target):
                yield first.owner, Link(path, target)
        else:
            yield from _below(f"{path}/", having, taken)


def _by_child(claims: Iterable[_Claim]) -> dict[str, list[_Claim]]:
    children: dict[str, list[_Claim]] = {}
    for claim in claims:
        split: dict[str, list[str]] = {}
        for path in claim.files:
            name, _, rest = path.partition("/")
            split.setdefault(name, []).append(rest)
        split.pop("", None)  # the directory itself was listed
        for name, files in split.items():
            children.setdefault(name, []).append(_Claim(claim.owner, claim.manifest, files))
    return children


def _is_directory(target: str) -> bool:
    """Tell whether what is listed is a directory, as old installers do; a link to one counts as a file."""
    return os.path.isdir(target) and not os.path.islink(target)


def _is_whole(path: str, claim: _Claim, target: str) -> bool:
    """Tell whether a directory of one distribution is linked as a whole."""
    if claim.manifest.rewritten or path.startswith("..") or path in _COMMON:
        return False
    if path.rpartition("/")[2] in _EXTENDED:
        return False
    inits = [one for one in claim.files if one.startswith(_INIT) and "/" not in one]
    if inits:
        return "/" in path and not any(is_namespace_init(os.path.join(target, one)) for one in inits)
    return path.endswith(".libs") or not any(map(_is_module, claim.files))


def _is_module(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(_MODULES) and not (name.startswith("lib") and name.endswith(".so"))

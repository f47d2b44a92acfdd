"""Plans the links that make distributions importable.

A directory is linked as a whole if only one distribution has files in it, and others are unlikely to ever add any:
a package within a package, data, or a collection of Ansible. A package at the top is a real directory with links in
it, because projects that extend a package of others add modules there. Namespace packages, directories that are named
as those for extensions are, and directories that two distributions share are real directories as well.

A module in a shared directory that follows links from its own path would look for its neighbours in the directory of
its own distribution. Such a module is copied.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.distributions.namespace_packages import is_namespace_init
from thinvenv.files import exists, is_directory, is_link
from thinvenv.links.lookups import follows_links
from thinvenv.links.unrecorded_files import MODULES
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from thinvenv.links.manifest import Manifest

_OFTEN_SHARED = frozenset(
    {"bin", "docs", "doc", "examples", "scripts", "share", "test", "testing", "tests", "tools", "utils"}
)
"""Names at the top that projects install by mistake, without knowing of each other."""
_EXTENSION_FOLDERS = frozenset({"addons", "contrib", "extensions", "plugins", "providers", "templates", "themes"})
"""Names within a package where other projects put their modules (``twisted/plugins``)."""
_LISTS_OF_COLLECTIONS = frozenset({"MANIFEST.json", "FILES.json"})
"""The files of a collection of Ansible, which list all of its files: nobody else adds any."""


class Link(NamedTuple):
    """A link.

    Attributes:
        path: Its path relative to the site directory.
        target: The absolute path of its target.
        is_copy: Whether it is a copy of a module instead.

    """

    path: str
    target: str
    is_copy: bool = False


class _Subtree(NamedTuple):
    """The files that one distribution has at or below a path.

    Attributes:
        owner: The name of the distribution.
        manifest: All its files.
        files: The files, relative to the path. An empty string is the path itself.

    """

    owner: str
    manifest: Manifest
    files: list[str]


def plan_links(manifests: Mapping[str, Manifest], is_taken: Callable[[str], bool]) -> dict[str, tuple[Link, ...]]:
    """Return the links for distributions.

    Args:
        manifests: The files of each distribution, by its name.
        is_taken: Returns whether the environment itself has something at a relative path. Its files take
            precedence over those of the base; its directories are shared with those of the base.

    Returns:
        The links of each distribution, by its name. Of a file that several distributions have, only one is linked.

    """
    links: dict[str, list[Link]] = {name: [] for name in manifests}
    for owner, link in _links_below("", _subtrees(manifests), is_taken):
        links[owner].append(link)
    return {name: tuple(sorted(owned)) for name, owned in links.items()}


def _subtrees(manifests: Mapping[str, Manifest]) -> Iterator[_Subtree]:
    """Yield the files of each distribution. Borrowed files (see ``Manifest``) count for the first that has them."""
    borrowed: set[str] = set()
    for name, manifest in manifests.items():
        repeated = manifest.borrowed & borrowed
        yield _Subtree(name, manifest, [path for path in manifest.files if path not in repeated])
        borrowed |= manifest.borrowed


def _links_below(
    folder: str, subtrees: Iterable[_Subtree], is_taken: Callable[[str], bool], *, is_mixed: bool = True
) -> Iterator[tuple[str, Link]]:
    """Yield the links in a directory, each with the name of its distribution.

    Args:
        folder: The path of the directory, which ends with a slash; empty for the site directory.
        subtrees: The files below it.
        is_taken: See :func:`plan_links`.
        is_mixed: Whether the environment itself has files below it.

    """
    subtrees = list(subtrees)
    is_shared = is_mixed or len({subtree.manifest.root for subtree in subtrees}) > 1
    for name, children in _by_child(subtrees).items():
        path = folder + name
        first = next((child for child in children if "" in child.files), children[0])
        target = first.manifest.target_of(path)
        if "" in first.files and not _is_real_directory(target):
            if exists(target) and not is_taken(path):
                yield first.owner, Link(path, target, is_shared and _has_to_be_copied(path, target))
        elif not any(_may_have_files(path, child.manifest) for child in children):
            continue
        elif len(children) == 1 and any(first.files) and _is_linked_whole(path, first, target) and not is_taken(path):
            if is_directory(target):
                yield first.owner, Link(path, target)
        else:
            yield from _links_below(f"{path}/", children, is_taken, is_mixed=is_mixed and is_taken(path))


def _has_to_be_copied(path: str, target: str) -> bool:
    """Return whether a module follows links from its own path, which would lead it out of the directory that it is in.

    Modules at the top are left out: all distributions share the site directory.
    """
    is_in_package = "/" in path and path.endswith(".py") and not path.startswith("..")
    return is_in_package and follows_links(target)


def _may_have_files(path: str, manifest: Manifest) -> bool:
    """Return whether the files that are listed in a directory may exist, so that each of them has to be looked at."""
    return path.startswith("..") or bool(manifest.targets) or is_directory(manifest.target_of(path))


def _by_child(subtrees: Iterable[_Subtree]) -> dict[str, list[_Subtree]]:
    """Return the subtrees one level further down, by the name of the file or directory."""
    children: dict[str, list[_Subtree]] = {}
    for subtree in subtrees:
        files_by_name: dict[str, list[str]] = {}
        for path in subtree.files:
            name, _, rest = path.partition("/")
            files_by_name.setdefault(name, []).append(rest)
        files_by_name.pop("", None)  # the directory itself was listed
        for name, files in files_by_name.items():
            children.setdefault(name, []).append(_Subtree(subtree.owner, subtree.manifest, files))
    return children


def _is_real_directory(target: str) -> bool:
    """Return whether a listed path is a directory, which old installers list. A link to one counts as a file."""
    return is_directory(target) and not is_link(target)


def _is_linked_whole(path: str, subtree: _Subtree, target: str) -> bool:
    """Return whether a directory that belongs to one distribution is linked as a whole."""
    if subtree.manifest.file_by_file or path.startswith("..") or path in _OFTEN_SHARED:
        return False
    if path.rpartition("/")[2] in _EXTENSION_FOLDERS:
        return False
    if any(f"{folder}/".startswith(f"{path}/") for folder in subtree.manifest.real_folders):
        return False
    if "/" in path and _LISTS_OF_COLLECTIONS.issubset(subtree.files):
        return True
    inits = [file for file in subtree.files if file.startswith("__init__.") and "/" not in file]
    if inits:
        return "/" in path and not any(is_namespace_init(os.path.join(target, init)) for init in inits)
    return path.endswith(".libs") or not any(map(_is_module, subtree.files))


def _is_module(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(MODULES) and not (name.startswith("lib") and name.endswith(".so"))

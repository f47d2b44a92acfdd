"""Brings the links of an environment in line with what it uses of the base."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import RECORD
from thinvenv.files import exists, is_directory, is_link, walk
from thinvenv.inventory.layers import is_in_store, linked_dist_infos
from thinvenv.links import link_or_copy, lookups, writer
from thinvenv.links.dist_info import intact_copies, linked_distribution, recorded_links
from thinvenv.links.layout import plan_links
from thinvenv.links.manifest import manifest_of
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from thinvenv.cache import Cache
    from thinvenv.links.dist_info import LinkedDistribution
    from thinvenv.links.manifest import Manifest
    from thinvenv.model import Distribution, Environment, WrittenScript


class LinkChanges(NamedTuple):
    """The difference between the links of an environment and those that it should have.

    Attributes:
        stale: The ``dist-info`` directories of the linked distributions to remove. They are no longer used, or
            some of their links are missing or wrong.
        missing: The distributions to link.

    """

    stale: tuple[Path, ...] = ()
    missing: tuple[LinkedDistribution, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything has to be changed."""
        return bool(self.stale or self.missing)


def find_changes(
    distributions: Iterable[Distribution], scripts: Mapping[str, WrittenScript], environment: Environment, cache: Cache
) -> LinkChanges:
    """Return what has to change so that exactly these distributions are linked. Nothing is changed.

    Args:
        distributions: The distributions of the base that the environment uses and does not have on its path, and
            those that it has from stores.
        scripts: The scripts that were written for distributions of the base, by file name.
        environment: The virtual environment.
        cache: The cache, which has what was found in the files of distributions.

    """
    existing = linked_dist_infos(environment.purelib)
    links = _recorded_links(existing)
    copies = links if environment.linking == link_or_copy.COPY else intact_copies(links)
    # Of those that have the same file, the first gets its link, so their order must always be the same.
    by_name = {dist.name: dist for dist in sorted(distributions, key=lambda dist: dist.name)}
    manifests = _manifests(by_name, environment, cache)
    wanted = _linked_distributions(by_name, manifests, scripts, environment, (links, copies))
    intact = {
        dist_info.name
        for dist_info in existing
        if dist_info.name in wanted and _is_intact(dist_info, wanted[dist_info.name], environment)
    }
    stale = tuple(dist_info for dist_info in existing if dist_info.name not in intact)
    return LinkChanges(stale, tuple(linked for name, linked in wanted.items() if name not in intact))


def remove_unrecorded(environment: Environment) -> None:
    """Remove the links into the base or a store that no RECORD lists, as a power failure may leave them.

    Raises:
        OSError: The environment cannot be written.

    """
    recorded = _recorded_links(linked_dist_infos(environment.purelib))
    layers = tuple(f"{layer}{os.sep}" for layer in environment.linkable)
    for folder, folders, files in walk(environment.prefix):
        # Not with `-`, which takes a step for each recorded link of the environment in each folder.
        for path in {os.path.join(folder, name) for name in (*folders, *files)}.difference(recorded):
            target = os.readlink(path) if is_link(path) else ""
            if target.startswith(layers) or is_in_store(target):
                os.unlink(path)


def apply_changes(changes: LinkChanges, environment: Environment, cache: Cache | None = None) -> None:
    """Remove stale links and create missing ones.

    Each ``dist-info`` appears as a whole and before the links in its RECORD, so that every link is listed at every
    moment, even if the process is killed.

    Args:
        changes: What has to change.
        environment: The virtual environment.
        cache: The cache, which makes links faster to create, see :func:`link_or_copy.create_link`.

    Raises:
        OSError: The environment cannot be written.

    """
    writer.remove_temporary_folders(environment)
    for dist_info in changes.stale:
        writer.unlink(dist_info, environment)
    link_writer = writer.LinkWriter(environment, cache.folder_if_any(link_or_copy.CACHE) if cache else "")
    for linked in changes.missing:
        link_writer.write(linked)
    if cache and changes.missing:
        cache.tidy(link_or_copy.CACHE)


def remove_links(environment: Environment, *installers: str) -> None:
    """Remove all links, so that nothing that is written into the environment can reach the base or a store.

    Args:
        environment: The virtual environment.
        installers: Remove only some links, see :func:`thinvenv.inventory.layers.linked_dist_infos`.

    Raises:
        OSError: The environment cannot be written.

    """
    writer.remove_temporary_folders(environment)
    for dist_info in linked_dist_infos(environment.purelib, *installers):
        writer.unlink(dist_info, environment)


def _recorded_links(dist_infos: Iterable[Path]) -> dict[str, int | None]:
    """Return what :func:`recorded_links` returns for all linked distributions of an environment together."""
    return {path: size for dist_info in dist_infos for path, size in recorded_links(dist_info).items()}


def _manifests(
    distributions: Mapping[str, Distribution], environment: Environment, cache: Cache
) -> dict[str, Manifest]:
    """Return the files of distributions by their names, without those whose files are not known."""
    copies = environment.linking == link_or_copy.COPY
    candidates = {name: manifest_of(distribution) for name, distribution in distributions.items()}
    manifests = {name: manifest for name, manifest in candidates.items() if manifest is not None}
    if copies:
        return {name: manifest._replace(file_by_file=True) for name, manifest in manifests.items()}
    return lookups.adapt(manifests, distributions, environment, cache)


def _linked_distributions(
    distributions: Mapping[str, Distribution],
    manifests: Mapping[str, Manifest],
    scripts: Mapping[str, WrittenScript],
    environment: Environment,
    present: tuple[Collection[str], Collection[str]],
) -> dict[str, LinkedDistribution]:
    """Return how distributions are to be linked, by the names of their ``dist-info`` directories.

    Args:
        distributions: The distributions by their names.
        manifests: Their files, by the same names.
        scripts: See :func:`find_changes`.
        environment: The virtual environment.
        present: The absolute paths of the links that the environment has, and of those among them that are copies.

    """
    site, are_copies = environment.purelib, environment.linking == link_or_copy.COPY
    inside = os.path.normpath(environment.prefix) + os.sep

    def absolute(path: str) -> str:
        return os.path.normpath(os.path.join(site, path))

    planned = plan_links(manifests, lambda path: _is_taken(absolute(path), *present))
    script_paths = _script_paths(scripts, environment)
    linked = (
        linked_distribution(
            distributions[name],
            manifest,
            [
                link._replace(is_copy=link.is_copy and not are_copies)
                for link in planned[name]
                if absolute(link.path).startswith(inside)
            ],
            script_paths.get(name, ()),
            environment,
        )
        for name, manifest in manifests.items()
    )
    return {distribution.dist_info: distribution for distribution in linked}


def _script_paths(scripts: Mapping[str, WrittenScript], environment: Environment) -> dict[str, list[str]]:
    """Return the paths of scripts, relative to the site directory, by the names of their distributions."""
    folder = os.path.relpath(environment.scripts, environment.purelib).replace(os.sep, "/")
    paths: dict[str, list[str]] = {}
    for name, script in scripts.items():
        paths.setdefault(script.owner, []).append(f"{folder}/{name}")
    return paths


def _is_taken(path: str, links: Collection[str], copies: Collection[str]) -> bool:
    """Return whether the environment itself has a file at a path, or a directory with files in it.

    A file where RECORD lists a symbolic link is that of another installer.

    Args:
        path: The absolute path.
        links: The absolute paths of the links that the environment has.
        copies: The absolute paths of those among them that are copies.

    """
    if is_link(path):
        return path not in links
    if not is_directory(path):
        return exists(path) and path not in copies
    for folder, folders, files in walk(path):
        if os.path.basename(folder) == "__pycache__":
            continue
        entries = (os.path.join(folder, name) for name in (*files, *folders))
        if any(entry not in links and (is_link(entry) or not is_directory(entry)) for entry in entries):
            return True
    return False


def _is_intact(dist_info: Path, linked: LinkedDistribution, environment: Environment) -> bool:
    """Return whether a distribution is linked exactly as it should be."""
    site = dist_info.parent
    paths = ((link.target, os.path.join(site, link.path)) for link in linked.links)
    return (
        _has_text(dist_info / RECORD, linked.record)
        and all(link_or_copy.is_intact(target, path, environment.linking) for target, path in paths)
        and all(_has_text(site / path, text) for path, text in linked.copies.items())
    )


def _has_text(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False

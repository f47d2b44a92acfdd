"""Direct references: where a distribution was installed from, by its ``direct_url.json``.

The format is that of https://packaging.python.org/en/latest/specifications/direct-url-data-structure/ (PEP 610).
An invalid document counts as none.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from packaging.direct_url import DirectUrl, DirectUrlValidationError

from thinvenv.distributions import checkouts, requirement_cache
from thinvenv.distributions.metadata_files import metadata_time
from thinvenv.files.fingerprint import latest_change
from thinvenv.urls import path_of, redacted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.direct_url import VcsInfo

    from thinvenv.model import Distribution, Inventory, Root


@lru_cache(maxsize=1024)
def parse(text: str) -> DirectUrl | None:
    """Return the content of a ``direct_url.json``, or ``None`` if there is none or it is invalid."""
    try:
        document = json.loads(text or "null")
        return DirectUrl.from_dict(document) if isinstance(document, dict) else None
    except (ValueError, RecursionError, DirectUrlValidationError):
        return None


def dump(reference: str, *, editable: bool) -> str:
    """Return a ``direct_url.json`` for a distribution that will be installed from a URL.

    Until then, neither the hash of an archive nor the commit of a VCS reference is known.
    """
    url, _, fragment = reference.partition("#")
    document = {"url": url, **({"dir_info": {"editable": True}} if editable else {"archive_info": {}})}
    subdirectory = _subdirectory(fragment)
    return json.dumps({**document, "subdirectory": subdirectory} if subdirectory else document)


def matches(url: str, distribution: Distribution) -> bool:
    """Return whether a distribution was installed from a URL.

    A VCS reference matches if its revision is the recorded commit, or the revision that was asked for then.
    """
    recorded = parse(distribution.direct_url)
    if recorded is None:
        return False
    plain_url, _, fragment = redacted(url).partition("#")
    if _contradicts_hash(fragment, recorded) or _subdirectory(fragment) != (recorded.subdirectory or ""):
        return False
    if recorded.vcs_info:
        return _is_same_commit(plain_url, recorded.url, recorded.vcs_info)
    return _is_same_place(plain_url, recorded.url)


def is_editable(distribution: Distribution) -> bool:
    """Return whether a distribution was installed in development mode."""
    recorded = parse(distribution.direct_url)
    return bool(recorded and recorded.dir_info and recorded.dir_info.editable)


def local_path(distribution: Distribution) -> str:
    """Return the local path that a distribution was installed from, or an empty string."""
    recorded = parse(distribution.direct_url)
    return path_of(recorded.url) if recorded else ""


def archive_url(distribution: Distribution) -> str:
    """Return the URL of the archive or commit that a distribution was installed from, or an empty string."""
    recorded = parse(distribution.direct_url)
    return "" if recorded is None or recorded.dir_info else reference(recorded)


def reference(recorded: DirectUrl) -> str:
    """Return the URL of a ``direct_url.json`` as a requirement names it. That of a VCS names the exact commit."""
    fragment = f"#subdirectory={recorded.subdirectory}" if recorded.subdirectory else ""
    vcs = recorded.vcs_info
    return f"{vcs.vcs}+{recorded.url}@{vcs.commit_id}{fragment}" if vcs else f"{recorded.url}{fragment}"


def archive_hashes(distribution: Distribution) -> frozenset[str]:
    """Return the hashes of the archive that a distribution was installed from.

    Returns:
        Each as ``sha256:…``; none if they are not known.

    """
    recorded = parse(distribution.direct_url)
    hashes = recorded.archive_info.hashes if recorded and recorded.archive_info else None
    return frozenset(f"{algorithm}:{value}" for algorithm, value in (hashes or {}).items())


def has_same_source(root: Root, inventory: Inventory) -> bool:
    """Return whether a local root was installed from its path, and that path has not changed since then.

    An archive is compared by its hash, if ``direct_url.json`` has it. Otherwise nothing at the path may be newer than
    the metadata of the distribution. What no longer exists has not changed: nothing could be built from it.
    """
    distribution = installed_from(root, inventory)
    if distribution is None or not os.path.exists(root.path):
        return distribution is not None
    hashes = archive_hashes(distribution)
    if hashes and os.path.isfile(root.path):
        with open(root.path, "rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" in hashes
    return latest_change(root.path) < metadata_time(distribution.location)


def installed_from(root: Root, inventory: Inventory) -> Distribution | None:
    """Return the visible distribution that was installed from the path or URL of a root.

    A name before the URL is not compared. The distribution must be in development mode exactly if the root asks for
    that.
    """
    installed = _all_installed_from(root, inventory)
    return next((distribution for distribution in installed if is_editable(distribution) == root.editable), None)


def installed_in_any_way_from(root: Root, inventory: Inventory) -> Distribution | None:
    """Return the visible distribution that was installed from the path or URL of a root, in any mode."""
    return next(_all_installed_from(root, inventory), None)


def _all_installed_from(root: Root, inventory: Inventory) -> Iterator[Distribution]:
    for distribution in inventory.visible.values():
        if (
            distribution.direct_url
            and (_is_same_file(root.path, local_path(distribution)) if root.path else matches(_url(root), distribution))
        ) or (root.editable and checkouts.is_checkout(root.text, local_path(distribution))):
            yield distribution


def _url(root: Root) -> str:
    requirement = requirement_cache.requirement(root.text)
    return requirement.url or "" if requirement else root.text


def _contradicts_hash(fragment: str, recorded: DirectUrl) -> bool:
    """Return whether the fragment of a URL has a hash, as ``pip freeze`` writes it, that is not the recorded one."""
    hashes = (recorded.archive_info.hashes if recorded.archive_info else None) or {}
    pairs = (part.partition("=") for part in fragment.split("&"))
    return any(name in hashes and hashes[name] != value for name, _, value in pairs)


def _is_same_commit(url: str, recorded_url: str, vcs: VcsInfo) -> bool:
    kind, _, vcs_url = url.partition("+")
    parts = urlsplit(vcs_url)
    path, _, revision = parts.path.partition("@")
    repository = urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
    if kind != vcs.vcs or not _is_same_place(repository, redacted(recorded_url)):
        return False
    return revision in {vcs.requested_revision or "", vcs.commit_id}


def _subdirectory(fragment: str) -> str:
    return next((part.partition("=")[2] for part in fragment.split("&") if part.startswith("subdirectory=")), "")


def _is_same_place(url: str, recorded_url: str) -> bool:
    if url.startswith("file:") and recorded_url.startswith("file:"):
        return _is_same_file(path_of(url), path_of(recorded_url))
    return unquote(url).rstrip("/") == unquote(recorded_url).partition("#")[0].rstrip("/")


def _is_same_file(path: str, other: str) -> bool:
    return bool(path and other) and os.path.realpath(path) == os.path.realpath(other)

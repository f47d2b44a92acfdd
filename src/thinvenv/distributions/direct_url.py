"""Direct references (PEP 508 URLs, local paths) against what was installed (PEP 610)."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thinvenv.model import Distribution, Inventory, Root

_CREDENTIALS = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^/\s]+@"


def redacted(text: str) -> str:
    """Return a text without the user and password of any URL in it; a password may hold an ``@``."""
    return re.sub(_CREDENTIALS, r"\g<scheme>", text) if "@" in text else text


def matches(url: str, found: Distribution) -> bool:
    """Tell whether a distribution was installed from a URL, as its ``direct_url.json`` says.

    A VCS reference matches when the commit or the revision asked for is the recorded one.
    """
    recorded = _recorded(found)
    if not recorded:
        return False
    plain, _, fragment = redacted(url).partition("#")
    vcs = recorded.get("vcs_info")
    if isinstance(vcs, dict):
        return _same_commit(plain, recorded, vcs)
    if _subdirectory(fragment) != (recorded.get("subdirectory") or ""):
        return False
    return _same_place(plain, str(recorded.get("url", "")))


def is_editable(found: Distribution) -> bool:
    """Tell whether a distribution was installed in development mode."""
    info = _recorded(found).get("dir_info")
    return isinstance(info, dict) and bool(info.get("editable"))


def local_path(found: Distribution) -> str:
    """Return the local path a distribution was installed from, or an empty string."""
    return path_of(str(_recorded(found).get("url", "")))


def archive_url(found: Distribution) -> str:
    """Return the URL of the archive or commit a distribution came from, or an empty string."""
    recorded = _recorded(found)
    url, vcs = str(recorded.get("url", "")), recorded.get("vcs_info")
    part = f"#subdirectory={recorded['subdirectory']}" if recorded.get("subdirectory") else ""
    if isinstance(vcs, dict):
        return f"{vcs.get('vcs')}+{url}@{vcs.get('commit_id')}{part}"
    return f"{url}{part}" if "archive_info" in recorded else ""


def archive_hashes(found: Distribution) -> frozenset[str]:
    """Return the hashes of the archive a distribution came from, ``sha256:…``; none where it is not known.

    https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
    """
    info = _recorded(found).get("archive_info")
    if not isinstance(info, dict):
        return frozenset()
    listed = info.get("hashes") if isinstance(info.get("hashes"), dict) else {}
    old = str(info.get("hash") or "").replace("=", ":", 1)
    return frozenset({f"{name}:{value}" for name, value in (listed or {}).items()} | ({old} if old else set()))


def is_same_archive(root: Root, inventory: Inventory) -> bool:
    """Tell whether what was installed from a local archive says that archive's hash."""
    found = installed_from(root, inventory)
    hashes = archive_hashes(found) if found else frozenset()
    if not hashes or not os.path.isfile(root.path):
        return False
    with open(root.path, "rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" in hashes


def installed_from(root: Root, inventory: Inventory) -> Distribution | None:
    """Return the visible distribution that was installed from a path or a bare URL, in the way asked for."""
    return next((one for one in _from_there(root, inventory) if is_editable(one) == root.editable), None)


def installed_in_any_way_from(root: Root, inventory: Inventory) -> Distribution | None:
    """Return the visible distribution that was installed from a path or a bare URL, in development mode or not."""
    return next(_from_there(root, inventory), None)


def _from_there(root: Root, inventory: Inventory) -> Iterator[Distribution]:
    for found in inventory.visible.values():
        if found.direct_url and (_same_file(root.path, local_path(found)) if root.path else matches(root.text, found)):
            yield found


def _recorded(found: Distribution) -> dict[str, Any]:
    try:
        recorded = json.loads(found.direct_url or "{}")
    except ValueError:
        return {}
    return recorded if isinstance(recorded, dict) else {}


def _same_commit(url: str, recorded: dict[str, Any], vcs: dict[str, Any]) -> bool:
    from urllib.parse import urlsplit, urlunsplit  # noqa: PLC0415 - few distributions come by URL

    kind, _, rest = url.partition("+")
    parts = urlsplit(rest)
    path, _, revision = parts.path.partition("@")
    where = urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
    if kind != vcs.get("vcs") or not _same_place(where, redacted(str(recorded.get("url", "")))):
        return False
    return revision in {vcs.get("requested_revision") or "", vcs.get("commit_id")}


def _subdirectory(fragment: str) -> str:
    return next((one.partition("=")[2] for one in fragment.split("&") if one.startswith("subdirectory=")), "")


def _same_place(one: str, other: str) -> bool:
    if one.startswith("file:") and other.startswith("file:"):
        return _same_file(path_of(one), path_of(other))
    from urllib.parse import unquote  # noqa: PLC0415 - see above

    return unquote(one).rstrip("/") == unquote(other).partition("#")[0].rstrip("/")


def _same_file(one: str, other: str) -> bool:
    return bool(one and other) and os.path.realpath(one) == os.path.realpath(other)


def path_of(url: str) -> str:
    """Return the local path that a ``file:`` URL names, or an empty string."""
    if url[:5].lower() != "file:":
        return ""
    from urllib.parse import urlsplit  # noqa: PLC0415 - see above
    from urllib.request import url2pathname  # noqa: PLC0415 - brings http and ssl along: longer than a whole no-op

    return url2pathname(urlsplit(url).path)

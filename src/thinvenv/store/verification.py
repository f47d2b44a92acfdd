"""Compares entries with their RECORD, and makes damaged ones again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from thinvenv import backends
from thinvenv.distributions.installed_files import RECORD
from thinvenv.environments import probe_cache
from thinvenv.errors import StoreError
from thinvenv.files import walk
from thinvenv.inventory.layers import ENTRY_SITE
from thinvenv.model import Candidate, Request
from thinvenv.store import collection, entries, locks, staged, workspaces
from thinvenv.store.filling import Filler

if TYPE_CHECKING:
    from thinvenv.context.context import Context
    from thinvenv.store.entries import Entry


def damage_of(entry: Entry) -> str:
    """Return the first path in an entry that does not match its RECORD; empty if there is none.

    Byte code is not compared: no RECORD lists it. A RECORD that was changed does not match the name of the entry.
    """
    distributions = staged.read(entry.path)
    if len(distributions) != 1:
        return distributions[0].dist_info if distributions else ENTRY_SITE
    distribution = distributions[0]
    if path := distribution.damage() or _unlisted(distribution):
        return path
    matches = entry.name.endswith(f"-{distribution.digest()[: entries.DIGEST_LENGTH]}")
    return "" if matches else f"{distribution.site}/{distribution.dist_info}/{RECORD}"


def repair(entry: Entry, context: Context) -> None:
    """Make an entry again as it was made before, and put it in the place of the damaged one.

    Args:
        entry: The damaged entry.
        context: The surroundings of the call.

    Raises:
        StoreError: It is not known how it was made, or what is installed now has other content.
        InterpreterError: The interpreter that it was made for does not start.
        BackendError: The installer failed.
        OSError: The store cannot be written.

    """
    origin = entry.origin()
    hint = f"remove {entry.path}: the next install brings it back"
    candidate, python = _candidate(origin), Path(str(origin.get("python", "")))
    if candidate is None or not python.is_file():
        why = ("the store does not know how it was made, or its interpreter is gone",)
        raise StoreError(f"cannot repair {entry.path}", why=why, hint=hint)
    environment = probe_cache.probe_cached(python, context)
    options = tuple(map(str, origin.get("options", ())))
    filler = Filler(Request(options=options), environment, backends.choose(None, context.environ), context)
    with workspaces.workspace(entry.store) as folder:
        distributions, damaged = filler.stage([candidate], os.path.join(folder, "root"))
        if damaged:  # the cache of the installer has the same file where it is a hard link
            filler = filler._replace(request=Request(options=(*options, "--no-cache-dir")))
            distributions, damaged = filler.stage([candidate], os.path.join(folder, "new"))
        name = entries.name_of(distributions[0]) if len(distributions) == 1 else ""
        if name != entry.name or damaged:
            why = ("what is installed now is another build",)
            raise StoreError(f"cannot repair {entry.path}", why=why, hint=hint)
        entries_folder = os.path.join(folder, "entries")
        folders = staged.split(distributions, entries_folder, {distributions[0].name: entry.name})
        filler.prepare(entries_folder, {entry.name: origin}, entry.store)
        with locks.unused(entry.store):
            collection.remove(entry)
            entries.publish(folders[candidate.name], entry)


def _candidate(origin: dict[str, Any]) -> Candidate | None:
    try:
        requirement = Requirement(str(origin.get("requirement", "")))
    except InvalidRequirement:
        return None
    version = str(requirement.specifier).removeprefix("==") or None
    return Candidate(canonicalize_name(requirement.name), version, requirement.url or "")


def _unlisted(distribution: staged.StagedDistribution) -> str:
    """Return a file of an entry that its RECORD does not list, byte code apart; empty if there is none."""
    for folder, _, files in walk(distribution.root):
        if os.path.basename(folder) != "__pycache__":
            for name in files:
                path = os.path.relpath(os.path.join(folder, name), distribution.root).replace(os.sep, "/")
                if path not in distribution.hashes:
                    return path
    return ""

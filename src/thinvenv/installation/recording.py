"""Records what an install left in a new environment, so that it can be replayed in others.

A record is stored under a digest of everything that decides its content: the request, what the interpreter is, the
base, and the new site directory.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.environments import receipt
from thinvenv.files import read_bytes
from thinvenv.files.fingerprint import file_state
from thinvenv.installation import recorded_files, recorded_install, recorded_links, script_files, script_generation
from thinvenv.installation.recorded_install import RecordedInstall
from thinvenv.installation.script_files import ScriptFile
from thinvenv.inventory.metadata_entries import name_of
from thinvenv.links import dist_info
from thinvenv.store import recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.backends.base import Backend
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.links.dist_info import LinkedDistribution
    from thinvenv.model import DataFiles, Environment, Plan, Request


def record(request: Request, state: EnvironmentState, plan: Plan, context: Context, backend: Backend | None) -> None:
    """Record an install, if it can be replayed in other environments.

    Args:
        request: The request.
        state: The environment before the install.
        plan: The plan that was carried out.
        context: The surroundings of the call; its cache stores the record.
        backend: The backend that has installed; ``None`` if what it installed must not be replayed.

    """
    environment, inventory = state.environment, state.inventory
    was_new = state.receipt.environment is None and not (inventory.own or inventory.linked)
    if not was_new or context.is_reproducible:  # such a receipt lacks what depends on time
        return
    if not (recorded_install.is_recordable(request, context.plugins) and recorded_install.has_usual_paths(environment)):
        return
    saved = receipt.load(state.prefix)
    if saved is None or plan.warnings or inventory.ignored:  # warnings and notes have to be shown each time
        return
    scripts = _scripts_of(saved, environment)
    if scripts is None or not _is_linked(saved.data_files):
        return
    stored = recorded.dump(plan, request, environment, context)
    installed = None if stored else recorded_files.dump(plan, request, (environment, saved), backend, context)
    if stored is None and installed is None:
        return
    if stored and not recorded_install.index_digest(request, environment, context):
        return
    links = dist_info.dump(environment) if environment.linkable or environment.stores else []
    linked = dist_info.load(links)
    entries = dist_info.top_level_entries(linked) | recorded_files.top_level_entries(installed, environment)
    if key := recorded_install.key_of(request, environment, context, entries):
        reads = recorded_links.state_of_reads(saved.environment, environment, context)
        install = RecordedInstall(saved, scripts, _sources_of(saved, linked), tuple(links), reads, stored, installed)
        context.cache.store(recorded_install.KIND, key, recorded_install.encode(install, environment))


def _scripts_of(saved: receipt.Receipt, environment: Environment) -> tuple[ScriptFile, ...] | None:
    """Return the scripts that an install has written; ``None`` if one has another form than most have."""
    start, scripts = recorded_install.first_line(environment), []
    for name, script in saved.scripts.items():
        path = Path(environment.scripts, name)
        content = b"" if path.is_symlink() else read_bytes(path)
        if not content.startswith(start) or os.fsencode(environment.prefix) in content[len(start) :]:
            return None
        scripts.append(ScriptFile(name, script.owner, content))
    return tuple(scripts)


def _sources_of(saved: receipt.Receipt, linked: Iterable[LinkedDistribution]) -> dict[str, str]:
    """Return the state of each file of the base that an install has read to write scripts and copies, by its path.

    A person may edit or remove such a file alone, which changes no metadata.
    """
    reused = {step.name: step.distribution for step in saved.reused}
    owners = {script.owner for script in saved.scripts.values()}
    paths = [path for name in owners & reused.keys() for path in script_generation.sources_of(reused[name])]
    for distribution in linked:
        if original := reused.get(name_of(distribution.dist_info)):  # else it lies in a store, and never changes
            paths += [os.path.join(original.layer, path) for path in distribution.copies]
    return {path: file_state(path) for path in paths}


def _is_linked(files: DataFiles) -> bool:
    """Return whether all data files are links, whose digests lead to their targets."""
    return all(script_files.link_target(digest) for digests in files.values() for digest in digests.values())

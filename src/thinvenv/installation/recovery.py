"""Recovery from installs that failed or were interrupted."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from thinvenv import backends
from thinvenv.distributions.disk_usage import BYTE_CODE
from thinvenv.environments import durability, receipt
from thinvenv.environments.state import read_state
from thinvenv.errors import BackendError, ResolutionError
from thinvenv.files import walk
from thinvenv.installation import replaced_files, script_generation
from thinvenv.inventory.layers import fingerprint, own_dist_infos
from thinvenv.inventory.metadata_entries import name_of
from thinvenv.links import sync
from thinvenv.model import Reuse
from thinvenv.store import entries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thinvenv.choices import BackendName
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState

_TEMPORARY = re.compile(r"\.tmp[A-Za-z0-9]{6}")
"""The names of uv's temporary files: those of the library ``tempfile`` of Rust."""


@contextmanager
def restored_if_unchanged(state: EnvironmentState) -> Iterator[None]:
    """Restore the receipt and the scripts if the installer fails before it has changed anything.

    Most failures are of that kind: a build fails, or a download does.

    Args:
        state: The environment before the install.

    """
    venv = [layer for layer in state.inventory.layers if layer.kind == "venv"]
    before = fingerprint(venv)
    try:
        yield
    except (BackendError, ResolutionError):
        if fingerprint(venv) == before:
            stored = (Reuse(dist, ()) for dist in entries.linked_distributions(state.environment))
            script_generation.update((*state.receipt.reused, *stored), state.receipt.scripts, state.environment)
            receipt.save(state.prefix, state.receipt)
        raise


def recovered_state(prefix: Path, backend_name: BackendName | None, context: Context) -> EnvironmentState:
    """Return the state of an environment, after removing what an interrupted install has left there.

    Args:
        prefix: The root of a virtual environment.
        backend_name: The backend that uninstalls; ``None`` chooses one.
        context: The surroundings of the call.

    Raises:
        ThinvenvError: See :func:`recover` and :func:`thinvenv.environments.state.read_state`.

    """
    state = read_state(prefix, context)
    saved = state.receipt
    is_of_this_run = saved.boot and saved.boot == receipt.boot_id()
    truncated = () if is_of_this_run else _names_of_truncated(state)
    if not (saved.pending or truncated):
        return state
    if truncated:
        sync.remove_unrecorded(state.environment)
    recover(state._replace(receipt=saved._replace(pending=(*saved.pending, *truncated))), backend_name, context)
    return read_state(prefix, context)


def _names_of_truncated(state: EnvironmentState) -> tuple[str, ...]:
    """Return the names of the distributions whose files a power failure has truncated."""
    return tuple(map(name_of, durability.truncated_distributions(sorted(state.inventory.venv_paths))))


def recover(state: EnvironmentState, backend_name: BackendName | None, context: Context) -> None:
    """Remove the distributions that an interrupted install left incomplete.

    Args:
        state: The environment, whose receipt lists the pending distributions.
        backend_name: The backend that uninstalls them; ``None`` chooses one.
        context: The surroundings of the call.

    Raises:
        BackendError: There is no such backend.
        ReceiptError: The receipt cannot be written.
        OSError: Something cannot be removed. The receipt still lists the pending distributions.

    """
    backend = backends.choose(backend_name, context.environ)
    context.reporter.progress("removing what an interrupted install left")
    files = (*state.receipt.replaced_files, *replaced_files.paths_of(state.incomplete, state.environment))
    if state.incomplete:  # this process may be killed, too, after a RECORD was removed
        receipt.save(state.prefix, state.receipt._replace(replaced_files=files))
    for distribution in state.incomplete:
        with suppress(BackendError):
            backend.uninstall([distribution.name], state.environment, context)
        # Without a RECORD, or with an empty one, its files are not known, but without metadata it does not count.
        if os.path.dirname(distribution.location) in {state.environment.purelib, state.environment.platlib}:
            _remove_tree(distribution.location)
    _remove_unreadable(state)
    replaced_files.remove(files, _own_files(state), state.environment)
    _remove_empty_packages(state)
    _remove_temporary_files(state)
    receipt.save(state.prefix, state.receipt._replace(pending=(), intact=(), replaced_files=()))


def _own_files(state: EnvironmentState) -> set[str]:
    """Return the scripts and data files that thinvenv wrote, relative to the root of the environment."""
    scripts = os.path.relpath(state.environment.scripts, state.environment.prefix).replace(os.sep, "/")
    written = {f"{scripts}/{name}" for name in state.receipt.scripts}
    return written.union(*state.receipt.data_files.values())


def _remove_unreadable(state: EnvironmentState) -> None:
    """Remove the metadata directories that an interrupted install left without METADATA.

    They are no distributions, but an installer takes them for installed by their names.
    """
    readable = {distribution.location for distribution in state.inventory.distributions}
    for site in {state.environment.purelib, state.environment.platlib}:
        for path in own_dist_infos(site):
            if state.is_pending(name_of(path)) and path not in readable:
                _remove_tree(path)


def _remove_empty_packages(state: EnvironmentState) -> None:
    """Remove the directories that an interrupted uninstall has emptied: they would count as namespace packages."""
    for site in {state.environment.purelib, state.environment.platlib}:
        with suppress(FileNotFoundError), os.scandir(site) as entries_of_folder:
            for entry in entries_of_folder:
                if entry.is_dir(follow_symlinks=False) and entry.name != BYTE_CODE and not _has_files(entry.path):
                    _remove_tree(entry.path)


def _remove_tree(path: str) -> None:
    """Remove a directory. If that fails, the receipt must not say that it is gone.

    Raises:
        OSError: A part of it cannot be removed.

    """
    if os.path.islink(path):
        os.unlink(path)
    else:
        with suppress(FileNotFoundError, NotADirectoryError):
            shutil.rmtree(path)


def _has_files(folder: str) -> bool:
    """Return whether there are files below a directory, byte code apart."""
    return any(files for path, _, files in walk(folder) if os.path.basename(path) != BYTE_CODE)


def _remove_temporary_files(state: EnvironmentState) -> None:
    """Remove the scripts and the lock file that a killed uv had not renamed yet. Only an install that runs has such."""
    for folder in (state.environment.scripts, state.prefix):
        with suppress(FileNotFoundError), os.scandir(folder) as entries_of_folder:
            for entry in entries_of_folder:
                if _TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    os.unlink(entry.path)

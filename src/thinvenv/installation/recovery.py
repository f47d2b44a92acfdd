"""Recovery from installs that failed or were interrupted, and what they may leave."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING

from thinvenv import backends
from thinvenv.distributions.disk_usage import BYTE_CODE
from thinvenv.distributions.installed_files import recorded_files
from thinvenv.environments import durability, receipt
from thinvenv.environments.state import read_state
from thinvenv.errors import BackendError, ResolutionError
from thinvenv.files import walk
from thinvenv.installation import script_generation
from thinvenv.inventory.layers import dist_infos, fingerprint, own_dist_infos
from thinvenv.inventory.metadata_entries import name_of
from thinvenv.links import folders, sync
from thinvenv.model import Reuse
from thinvenv.model.json import relative_path
from thinvenv.store import entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from thinvenv.choices import BackendName
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Distribution, Environment

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
    files = (*state.receipt.replaced_files, *files_of(state.incomplete, state.environment))
    if state.incomplete:  # this process may be killed, too, after a RECORD was removed
        receipt.save(state.prefix, state.receipt._replace(replaced_files=files))
    for distribution in state.incomplete:
        with suppress(BackendError):
            backend.uninstall([distribution.name], state.environment, context)
        # Without a RECORD, or with an empty one, its files are not known, but without metadata it does not count.
        if os.path.dirname(distribution.location) in state.environment.sites:
            _remove_tree(distribution.location)
    _remove_unreadable(state)
    remove_files(files, _own_files(state), state.environment)
    _remove_empty_packages(state)
    _remove_temporary_files(state)
    receipt.save(state.prefix, state.receipt._replace(pending=(), intact=(), replaced_files=()))


def files_of(distributions: Iterable[Distribution], environment: Environment) -> tuple[str, ...]:
    """Return the files that the RECORDs of distributions list and that lie in the environment.

    The receipt lists those that an install removes or replaces while it runs. An installer removes the files of a
    distribution in any order, RECORD among them. If it is killed after that, nothing else tells which modules are
    left. They would stay forever, and hide those of the base.

    Args:
        distributions: Distributions of the venv.
        environment: The virtual environment.

    Returns:
        The paths relative to the root of the environment, with forward slashes.

    """
    paths = (path for dist in distributions for path in _recorded_paths(dist.location, environment))
    return tuple(dict.fromkeys(paths))


def remove_files(paths: Iterable[str], kept: Collection[str], environment: Environment) -> None:
    """Remove the files that are left of distributions, unless another distribution of the venv lists them, too.

    Args:
        paths: What :func:`files_of` returned. The metadata directories of these distributions are gone.
        kept: Paths of the same form that stay, such as scripts of others with the same names.
        environment: The virtual environment.

    Raises:
        OSError: A file cannot be removed.

    """
    prefix = environment.prefix
    left = [path for path in paths if _is_file_or_link(os.path.join(prefix, path))]
    if not left:
        return
    locations = chain.from_iterable(map(dist_infos, environment.sites))
    owned = {*kept, *(path for location in locations for path in _recorded_paths(location, environment))}
    for path in (os.path.join(prefix, path) for path in left if path not in owned):
        folder = os.path.dirname(path)
        if folders.is_inside(folder, prefix):  # otherwise a link leads into a base
            os.unlink(path)
            folders.remove_empty(folder, prefix, *environment.sites, environment.scripts)


def _is_file_or_link(path: str) -> bool:
    return os.path.islink(path) or os.path.isfile(path)


def _recorded_paths(dist_info: str, environment: Environment) -> Iterator[str]:
    """Yield the paths in the RECORD of a metadata directory that lie in the environment."""
    site, start = os.path.dirname(dist_info), environment.prefix + os.sep
    for path, _ in recorded_files(dist_info):
        absolute = os.path.normpath(os.path.join(site, path))
        if absolute.startswith(start):
            with suppress(ValueError):  # a name that thinvenv does not accept in a document
                yield relative_path(absolute[len(start) :].replace(os.sep, "/"))


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
    for site in state.environment.sites:
        for path in own_dist_infos(site):
            if state.is_pending(name_of(path)) and path not in readable:
                _remove_tree(path)


def _remove_empty_packages(state: EnvironmentState) -> None:
    """Remove the directories that an interrupted uninstall has emptied: they would count as namespace packages."""
    for site in state.environment.sites:
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

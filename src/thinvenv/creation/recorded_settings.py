"""The settings that an environment keeps: its stores, and whether it warns of drift."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.creation import pyvenv_cfg
from thinvenv.environments import config_file, drift, receipt
from thinvenv.errors import UnwritableError
from thinvenv.files import read_if_any
from thinvenv.links import link_or_copy
from thinvenv.store import places

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from thinvenv.context.context import Context
    from thinvenv.model import Request


def record(request: Request, prefix: Path, context: Context) -> None:
    """Record in an environment what a request sets for the future.

    Where something changes, requests of the past count as new: the environment may need other files.

    Args:
        request: The request.
        prefix: The root of the environment.
        context: The surroundings of the call.

    Raises:
        UsageError: A store lies in the environment, or the environment in the store.
        StoreError: There is no default store, or a store cannot be used.
        UnwritableError: The environment cannot be written.
        ReceiptError: The receipt cannot be written.

    """
    config = os.path.join(prefix, config_file.FILE_NAME)
    before = read_if_any(config)
    use_stores(request.stores, prefix, context)
    try:
        if request.warn_drift not in {None, drift.is_enabled(prefix)}:
            pyvenv_cfg.update(prefix, {config_file.DRIFT_KEY: "true" if request.warn_drift else ""})
    except OSError as error:
        raise UnwritableError.of_writing(prefix, error) from error
    saved = receipt.load(prefix)
    if saved is not None and saved.requests and read_if_any(config) != before:
        receipt.save(prefix, saved._replace(requests=()))


def use_stores(names: Sequence[str], prefix: Path, context: Context) -> None:
    """Record the stores that an environment links from in the future. Existing links stay.

    Args:
        names: ``default``, paths, or ``none``. Without any, nothing changes.
        prefix: The root of the environment.
        context: The surroundings of the call.

    Raises:
        UsageError: A store lies in the environment, or the environment in the store.
        StoreError: There is no default store, or a store cannot be used.
        UnwritableError: The environment cannot be written.

    """
    if not names:
        return
    paths = places.absolute_paths(names, context.cwd)
    for path in paths:
        places.check_apart(path, str(prefix), "the environment")
    try:
        if paths == tuple(config_file.paths_of(config_file.STORES_KEY, config_file.load(prefix))):
            return
        if paths and link_or_copy.choose(prefix) != link_or_copy.SYMLINK:
            context.reporter.note(f"symbolic links cannot be created in {prefix}, so no store is used")
            paths = ()
        places.open_stores(paths, context.environ)
        pyvenv_cfg.update(prefix, {config_file.STORES_KEY: pyvenv_cfg.as_json(paths)})
    except OSError as error:
        raise UnwritableError.of_writing(prefix, error) from error

"""The stores that an environment links from, as its ``pyvenv.cfg`` lists them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from thinvenv.creation import pyvenv_cfg
from thinvenv.errors import UnwritableError
from thinvenv.links import link_or_copy
from thinvenv.store import places

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from thinvenv.context.context import Context


def use(names: Iterable[str], prefix: Path, context: Context) -> None:
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
    names = list(names)
    if not names:
        return
    paths = places.absolute_paths(names, context.cwd)
    for path in paths:
        places.check_apart(path, str(prefix), "the environment")
    try:
        if paths == tuple(pyvenv_cfg.paths_of(prefix, pyvenv_cfg.STORES_KEY)):
            return
        if paths and link_or_copy.choose(prefix) != link_or_copy.SYMLINK:
            context.reporter.note(f"symbolic links cannot be created in {prefix}, so no store is used")
            paths = ()
        places.open_stores(paths, context.environ)
        pyvenv_cfg.update(prefix, {pyvenv_cfg.STORES_KEY: json.dumps(paths) if paths else ""})
    except OSError as error:
        raise UnwritableError.of_writing(prefix, error) from error

"""The part of a recorded install that is links: to a base, and to stores."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from thinvenv.environments import bootstrap, probe
from thinvenv.files.fingerprint import digest
from thinvenv.installation import import_refresh
from thinvenv.links import dist_info, sync

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.context.context import Context
    from thinvenv.model import Environment


def restore(links: Iterable[Any], environment: Environment, context: Context) -> bool:
    """Make recorded links, unless the base has lost any of their targets; return whether they were made.

    Args:
        links: What :func:`thinvenv.links.dist_info.dump` returned.
        environment: The new environment.
        context: The surroundings of the call.

    Raises:
        OSError: The environment cannot be written.

    """
    try:
        linked = dist_info.load(links)
    except (TypeError, ValueError):  # another version of thinvenv has recorded them
        return False
    if not dist_info.has_all_targets(linked):
        return False
    path_files = import_refresh.read_path_files(environment)
    bootstrap.redirect_bytecode(environment, context.cache)
    sync.apply_changes(sync.LinkChanges(missing=linked), environment, context.cache)
    import_refresh.touch(environment.sites)
    import_refresh.refresh(environment, path_files)
    return True


def state_of_reads(linked: Environment | None, new: Environment, context: Context) -> str:
    """Return a digest of what an interpreter reads only because of the start-up files that are linked.

    A ``.pth`` file of a linked distribution can make the path depend on a variable, which nothing in the new
    environment shows. Files in the environment itself do not count: the links determine them.

    Args:
        linked: The environment with the links.
        new: The environment without them.
        context: The surroundings of the call.

    """
    reads = [] if linked is None else [read for read in linked.reads if tuple(read) not in set(map(tuple, new.reads))]
    outside = tuple(read for read in reads if not read[1].startswith(new.prefix + os.sep))
    return digest(probe.reads_states(new._replace(reads=outside), context)) if outside else ""

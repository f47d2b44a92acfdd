"""The request that the uv.lock of a project makes, with selected groups and extras."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.backends.uv_export import export_lock, sync_options
from thinvenv.environments import probe
from thinvenv.model import Policy
from thinvenv.requirements import locks
from thinvenv.requirements.arguments import request_from
from thinvenv.requirements.uv_sources import explicit_indexes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from thinvenv.context.context import Context
    from thinvenv.model import Request

LOCK = "uv.lock"


def locked_request(words: Iterable[str], prefix: Path, context: Context) -> Request:
    """Return the request for exactly what the lock of a project selects.

    Constraints of pip's and uv's configuration do not count: the lock is complete.

    Args:
        words: The options, as for ``uv sync``.
        prefix: The root of a virtual environment, whose interpreter the lock has to support.
        context: The surroundings of the call. The project is in its directory, or in one above.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        BackendError: uv is not installed.
        UsageError: An option cannot be used here.
        RequirementError: There is no lock, it is out of date, or lacks a group or an extra.

    """
    options = sync_options(words, context.environ)
    request = request_from(options.install, context.cwd, context.environ, str(prefix))
    text = export_lock(options.export, str(probe.python_of(prefix)), context)
    roots, folders = locks.read(text, LOCK, context.cwd, indexes=explicit_indexes(context.cwd))
    return request._replace(
        roots=tuple(roots),
        policy=Policy(),
        options=(*request.options, *(f"--find-links={folder}" for folder in folders)),
        no_deps=True,
        keep=False,
        exact=options.exact,
    )

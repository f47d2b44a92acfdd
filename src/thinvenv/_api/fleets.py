"""The public function of thinvenv about fleets: many environments, looked at together."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv._api.arguments import strings
from thinvenv.context.context import current_context
from thinvenv.errors import UsageError
from thinvenv.fleet.fleet import measure_fleet

if TYPE_CHECKING:
    from thinvenv._api.arguments import StrPath
    from thinvenv.fleet.values import Fleet


def measure(*paths: StrPath) -> Fleet:
    """Measure the environments below directories, whichever tool made them, as ``thinvenv report`` does.

    Nothing in them is started or changed. What cannot be read is passed over, and named in ``fleet.skipped``.

    Args:
        paths: The directories, which may be environments themselves. The default is the working directory.

    Returns:
        The environments with what they take, save and would save, and their distributions.

    Raises:
        UsageError: A path is none, or there is no such directory.
        OSError: This process or the machine has no resources left.

    """
    context = current_context()
    folders = [os.path.abspath(os.path.join(context.cwd, path)) for path in strings(paths or (".",), "paths")]
    for folder in folders:
        if not os.path.isdir(folder):
            raise UsageError(f"there is no directory {folder}")
    return measure_fleet(folders, context.cache, context.reporter.progress)

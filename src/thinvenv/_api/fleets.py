"""The public function of thinvenv about fleets: many environments, looked at together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv._api.arguments import directories, strings
from thinvenv.context.context import current_context
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
    folders = directories(strings(paths or (".",), "paths"), context)
    return measure_fleet(folders, context.cache, context.reporter.progress)

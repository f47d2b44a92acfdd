"""Newer versions: what pip list --outdated and uv pip list --outdated print."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from thinvenv.backends.base import check
from thinvenv.errors import BackendError

if TYPE_CHECKING:
    from subprocess import CompletedProcess


def newest_versions(completed: CompletedProcess[str]) -> dict[str, str]:
    """Return the newest versions by name, as it is spelled in the JSON that ``pip list --outdated`` prints.

    Raises:
        BackendError: The installer failed, or its answer has another form.

    """
    check(completed, "the newest versions are not known")
    try:
        return {entry["name"]: entry["latest_version"] for entry in json.loads(completed.stdout)}
    except (ValueError, KeyError, TypeError) as error:
        raise BackendError("the list of newer versions has an unknown form", why=(str(error),)) from error

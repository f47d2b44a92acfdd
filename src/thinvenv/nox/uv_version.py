"""A shortcut: the version of nox's uv from its metadata, without starting it.

nox starts uv to ask for its version in every run that has a session. If uv was installed beside nox, as
it is wherever thinvenv is, its metadata contain the version too.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from nox import virtualenv
from packaging.version import Version

from thinvenv.distributions.installed_files import recorded_files

if TYPE_CHECKING:
    from collections.abc import Callable


def patch_uv_version() -> None:
    """Let nox start uv only if the metadata do not contain its version."""
    # nox has no hook for this. A version of nox that lacks the name goes on starting uv.
    original = getattr(virtualenv, "uv_version", None)
    if original is not None:
        virtualenv.uv_version = partial(_version, original=original)


def _version(uv: str, *, original: Callable[[str], Version]) -> Version:
    try:
        recorded = _recorded_version(uv)
    except (OSError, ValueError):
        recorded = ""
    return Version(recorded) if recorded else original(uv)


def _recorded_version(uv: str) -> str:
    """Return the version in the metadata beside the package ``uv``; empty if they describe another program.

    nox has imported the package, if there is one, to find the program.
    """
    package = getattr(sys.modules.get("uv"), "__file__", None)
    if not package or not os.access(uv, os.X_OK):
        return ""
    site, size = os.path.dirname(os.path.dirname(package)), os.stat(uv).st_size
    (info,) = (name for name in os.listdir(site) if name.startswith("uv-") and name.endswith(".dist-info"))
    paths = [path for path, recorded_size in recorded_files(os.path.join(site, info)) if recorded_size == size]
    is_recorded = any(os.path.samefile(os.path.join(site, path), uv) for path in paths)
    return info[len("uv-") : -len(".dist-info")] if is_recorded else ""

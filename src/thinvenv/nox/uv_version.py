"""Which uv nox has.

nox starts uv in every run that has a session, to ask for its version. Where uv lies beside
nox, as it does where we do, the metadata that it came with tell the same.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from nox import virtualenv

from thinvenv.distributions.installed_files import recorded_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from packaging.version import Version


def ask_less() -> None:
    """Have nox start uv only where nothing else tells its version."""
    # nox has no hook for it: this is the name by which it asks. One that asks by another goes on asking.
    ask = getattr(virtualenv, "uv_version", None)
    if ask is not None:
        virtualenv.uv_version = partial(_version, ask=ask)


def _version(uv: str, *, ask: Callable[[str], Version]) -> Version:
    try:
        told = _told(uv)
    except (OSError, ValueError):
        told = ""
    from packaging.version import Version  # noqa: PLC0415 - nox has it by now

    return Version(told) if told else ask(uv)


def _told(uv: str) -> str:
    """Return the version that the metadata beside the package ``uv`` tell, if they tell of this very program.

    nox has imported the package, where there is one, to find the program.
    """
    package = getattr(sys.modules.get("uv"), "__file__", None)
    if not package or not os.access(uv, os.X_OK):
        return ""
    site, size = os.path.dirname(os.path.dirname(package)), os.stat(uv).st_size
    (info,) = (one for one in os.listdir(site) if one.startswith("uv-") and one.endswith(".dist-info"))
    recorded = recorded_files(os.path.join(site, info))
    same = any(
        os.path.samefile(os.path.join(site, path), uv) for path, recorded_size in recorded if recorded_size == size
    )
    return info[len("uv-") : -len(".dist-info")] if same else ""

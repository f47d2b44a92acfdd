"""Finds the program uv."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SYSCONFIG_LOCK = Lock()
"""``find_uv_bin`` uses sysconfig, which is not safe to use in several threads before Python 3.13."""


def find_uv(environ: Mapping[str, str]) -> str | None:
    """Return the path of uv: that of the installed ``uv`` distribution, else the one on ``PATH``."""
    beside = _uv_of_environment()
    if beside:
        return beside
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - not installed on platforms without a wheel

        with _SYSCONFIG_LOCK:
            return find_uv_bin()
    except (ImportError, FileNotFoundError):
        return shutil.which("uv", path=environ.get("PATH"))


def _uv_of_environment() -> str:
    """Return the uv that ``find_uv_bin`` finds first in a virtual environment, an empty string if it finds another.

    It lies in the folder of the scripts. To ask :mod:`sysconfig` for that takes as long as a start of Python.
    """
    path = os.path.join(sys.prefix, "bin", "uv")
    is_usual = os.name == "posix" and sys.prefix != sys.base_prefix
    return path if is_usual and find_spec("uv") is not None and os.path.isfile(path) else ""

"""Namespace packages: which directories may hold parts of several distributions.

There are three kinds: a directory without ``__init__.py`` (PEP 420), and those whose ``__init__.py`` calls
``pkgutil.extend_path`` or ``pkg_resources.declare_namespace``
(https://packaging.python.org/en/latest/guides/packaging-namespace-packages/).
"""

from __future__ import annotations

import re
from glob import escape, glob

from thinvenv.files import is_directory, read_if_any

_EXTENDS_PATH = re.compile(rb"extend_path|declare_namespace")


def is_namespace_package(folder: str) -> bool:
    """Return whether a directory is a namespace package of any kind."""
    inits = glob(f"{escape(folder)}/__init__.*")
    return is_directory(folder) and all(map(is_namespace_init, inits))


def is_namespace_init(path: str) -> bool:
    """Return whether an ``__init__.py`` makes its directory a namespace package. Its code is not run.

    Args:
        path: The file. A file that does not exist, or is not Python source, does not.

    """
    return path.endswith(".py") and bool(_EXTENDS_PATH.search(read_if_any(path)))

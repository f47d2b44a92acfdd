"""Extension modules that were built for another interpreter.

A directory on ``PYTHONPATH`` or a given base may belong to another interpreter. Its compiled distributions have
metadata that satisfy requirements, but cannot be imported. The tag in the file name of a module (PEP 3149) shows
this. The tags in ``WHEEL`` do not, since Linux distributions ship the modules of several Pythons under one tag.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import files_below, files_of, root_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Distribution

_TAGGED = re.compile(r"(?P<module>[^/\\]+?)(?P<suffix>\.(?:cpython-|cp|pypy|graalpy)\d[^./\\]*\.(?:so|pyd))$")


def foreign_module(distribution: Distribution, suffix: str) -> str:
    """Return an extension module of a distribution that only another interpreter can import.

    Args:
        distribution: The distribution.
        suffix: The suffix of the interpreter, such as ``.cpython-312-x86_64-linux-gnu.so``.

    Returns:
        The path of the module, relative to the site directory, or an empty string.

    """
    return _foreign_module(files_of(distribution), suffix, root_of(distribution))


def foreign_module_below(root: str, suffix: str) -> str:
    """Return an extension module below a directory that only another interpreter can import.

    Args:
        root: The directory.
        suffix: See :func:`foreign_module`.

    Returns:
        The path of the module, relative to ``root``, or an empty string.

    """
    return _foreign_module(files_below("", root), suffix, root)


def _foreign_module(paths: Iterable[str], suffix: str, root: str) -> str:
    for path in paths:
        match = _TAGGED.search(path)
        if match and match["suffix"] != suffix and os.path.exists(os.path.join(root, path)):
            native = f"{path[: match.start('suffix')]}{suffix}"
            if not os.path.exists(os.path.join(root, native)):
                return path
    return ""

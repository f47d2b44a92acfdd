"""What extension modules were built against, read from their machine code.

No metadata say this. But a module looks for what it uses by name, and so the names are in its file. NumPy's headers add
the version that a module needs, and the name of the module with the C interface, which NumPy 2 has renamed
(https://numpy.org/devdocs/dev/depending_on_numpy.html).
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from thinvenv.distributions.installed_files import EXTENSION_MODULES, files_of, is_compiled, root_of
from thinvenv.files import read_bytes
from thinvenv.inventory.foreign_abi import module_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from thinvenv.model import Distribution

_FORMATS = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""The first bytes of machine code: ELF, PE, Mach-O, and Mach-O for several machines."""
_NUMPY_1 = (b"numpy.core.multiarray", b"numpy.core._multiarray_umath")
_NUMPY_2 = b"numpy._core"
_OLDEST_NUMPY = re.compile(rb"C-API version 0x%x \(NumPy (\d+(?:\.\d+)*)\)")
_LIBRARY = re.compile(r"lib[^/]+\.(?:so(?:\.\d+)*|dylib)|[^/]+\.dll")


def numpy_versions(distribution: Distribution, suffixes: Sequence[str]) -> SpecifierSet | None:
    """Return the versions of NumPy that the extension modules of a distribution can use.

    Args:
        distribution: The distribution.
        suffixes: The suffixes of the extension modules that the interpreter imports.

    Returns:
        The versions. The modules of a distribution are built with the same headers, so the first that shows a limit
        is enough. ``None`` if there is no module that can be read.

    """
    versions = None
    for content in _contents(distribution, suffixes):
        versions = versions or SpecifierSet()
        has_numpy_2 = _NUMPY_2 in content
        has_numpy_1 = any(name in content for name in _NUMPY_1)
        start = content.find(b"C-API version 0x%x (NumPy ") if has_numpy_1 else -1
        oldest = _OLDEST_NUMPY.match(content, start) if start >= 0 else None
        if oldest:
            versions &= SpecifierSet(f">={oldest[1].decode()}")
        if has_numpy_1 and not has_numpy_2:
            versions &= SpecifierSet("<2")
        if str(versions):
            break
    return versions


def refers_to(distribution: Distribution, required: Distribution, suffixes: Sequence[str]) -> bool | None:
    """Return whether the extension modules of a distribution name a module or a library of another one.

    Args:
        distribution: The distribution.
        required: The other distribution.
        suffixes: The suffixes of the extension modules that the interpreter imports.

    Returns:
        ``None`` if there is no module that can be read.

    """
    paths = [path for path in files_of(required) if ".libs/" not in path]  # nobody else uses libraries in `.libs`
    names = {name for path in paths if (name := path.split("/")[0].split(".")[0]).isidentifier()}
    names |= {name for path in paths if _LIBRARY.fullmatch(name := os.path.basename(path))}
    answer = None
    for content in _contents(distribution, suffixes):
        answer = any(_has_string(content, name.encode()) for name in names)
        if answer:
            return True
    return answer


def is_compiled_for(distribution: Distribution, suffixes: Sequence[str]) -> bool:
    """Return whether a distribution has extension modules that an interpreter can import.

    Args:
        distribution: The distribution.
        suffixes: The suffixes of the extension modules that the interpreter imports.

    """
    if any(True for _ in module_paths(distribution, suffixes)):
        return True
    return is_compiled(distribution) and not any(path.endswith(EXTENSION_MODULES) for path in files_of(distribution))


def _has_string(content: bytes, name: bytes) -> bool:
    """Return whether machine code has a string (which ends with a null byte) that is a name, or one below it."""
    start = content.find(name)
    while start >= 0:
        end = start + len(name)
        if content[start - 1 : start] in {b"\0", b""} and content[end : end + 1] in {b"\0", b"."}:
            return True
        start = content.find(name, end)
    return False


def _contents(distribution: Distribution, suffixes: Sequence[str]) -> Iterator[bytes]:
    """Yield the content of each extension module that an interpreter can import."""
    root = root_of(distribution)
    for path in module_paths(distribution, suffixes):
        with suppress(OSError):
            content = read_bytes(Path(root, path))
            if content.startswith(_FORMATS):
                yield content

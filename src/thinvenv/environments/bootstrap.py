"""Writes the start-up files of environments: modules of ``injected/``, ``.pth`` and ``.start`` files.

Python 3.15 and later call the entry points in ``NAME.start``, and then ignore the lines of ``NAME.pth`` that import
something (PEP 829). Earlier versions know only these lines. So each ``.pth`` file with one has a ``.start`` file
beside it that does the same. Entry points have no arguments: the function finds its argument in a comment, which is
the first line of the ``.start`` file.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import NOWHERE, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from thinvenv.cache import Cache
    from thinvenv.model import Environment

NAME = "_thinvenv"
MODULES = (f"{NAME}_late", NAME)
BASE_MODULE = f"{NAME}_base"
"""The module of environments with further bases."""
BASE_STEM = f"~{BASE_MODULE.lstrip('_')}"
"""The start-up files that call it. They come last, so that all that an environment adds to its path is before bases."""
PIP_MODULE = f"{NAME}_pip"
"""The module that the scripts for pip run, see :mod:`.pip_scripts`."""
OWN_FILES = (f"{NAME}.pth", f"{NAME}.start", f"{NAME}_drift.pth")
"""The files that any environment may have. They run before the others of their kind, and add nothing to the path."""

_LINK = "_thinvenv_link"
_EARLY_LINK_FILE = f"{_LINK}_early.pth"
LINK_FILES = (f"{_LINK}.py", f"{_LINK}.start", f"{_LINK}.pth", _EARLY_LINK_FILE)
"""The files that redirect byte code."""
_CHECKED_HASH = (0b11).to_bytes(4, "little")
"""The flags of byte code that is valid for a hash of its source, which Python compares (PEP 552)."""
_IMPORTS_BEFORE_ENTRY_POINTS = ("3.15", "3.16", "3.17")
"""The versions of Python that know entry points and run the import lines of all ``.pth`` files before them."""


def write_startup_files(environment: Environment, namespaces: Mapping[str, Sequence[str]] | None = None) -> None:
    """Write the start-up files of an environment, as far as they are missing or differ.

    Args:
        environment: A virtual environment.
        namespaces: The namespace packages that have to begin in the environment although the base
            claims them, each with its directories in the base.

    Raises:
        OSError: The environment cannot be written.

    """
    site = Path(environment.purelib)
    for name in MODULES:
        write_module(environment, name)
    base_parts = {name: list(folders) for name, folders in sorted((namespaces or {}).items())}
    write_entry_point(site, NAME, f"{NAME}:start", base_parts)


def write_module(environment: Environment, name: str) -> None:
    """Write a module of ``injected/`` and its byte code into an environment, as far as they are missing or differ.

    An interpreter with ``PYTHONDONTWRITEBYTECODE``, as in many containers, and one whose environment is read-only
    would compile the module at each start, which takes longer than all else that the module does. thinvenv can
    write byte code only for the version of Python that it runs on.

    Args:
        environment: A virtual environment.
        name: The name of the module.

    Raises:
        OSError: The module cannot be written.

    """
    source, path = Path(__file__).parent / "injected" / f"{name}.py", Path(environment.purelib, f"{name}.py")
    text = source.read_text("utf-8")
    write_if_changed(path, text)
    if environment.cache_tag == sys.implementation.cache_tag:
        _write_bytecode(SourceFileLoader(name, str(source)), path, text.encode())


def _write_bytecode(loader: SourceFileLoader, path: Path, source: bytes) -> None:
    """Write the byte code of a copied module, if it is missing or out of date, as far as its folder can be written.

    It names the hash of its source in place of the time, which an image does not keep.

    Args:
        loader: Loads the original. It has byte code of it in most cases.
        path: The copy.
        source: The content of the copy.

    """
    target = path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc"
    header = MAGIC_NUMBER + _CHECKED_HASH + source_hash(source)
    with suppress(OSError), open(target, "rb") as file:
        if file.read(len(header)) == header:
            return
    code = loader.get_code(loader.name)
    if code is not None:
        loader.set_data(str(target), header + marshal.dumps(code))


def write_entry_point(site: Path, stem: str, entry_point: str, argument: object, paths: Iterable[str] = ()) -> None:
    """Write a ``.start`` file, and the ``.pth`` file beside it, that call a function when an interpreter starts.

    Args:
        site: The site directory of an environment.
        stem: The names of both files without their suffixes.
        entry_point: The function, as ``module:name``.
        argument: Its argument, a value that can be evaluated from its ``repr``; none if it is empty.
        paths: The directories that the ``.pth`` file adds to the path.

    Raises:
        OSError: The environment cannot be written.

    """
    comment = f"# {argument!a}\n" if argument else ""
    write_if_changed(site / f"{stem}.start", f"{comment}{entry_point}\n")
    write_if_changed(site / f"{stem}.pth", "".join(f"{path}\n" for path in paths) + _import_line(entry_point, argument))


def redirect_bytecode(environment: Environment, cache: Cache, stores: Iterable[str] = ()) -> None:
    """Write the files that keep byte code of linked modules out of bases and stores.

    If nothing can be linked, remove them.

    Args:
        environment: A virtual environment.
        cache: The cache, which holds the byte code for all environments over the same base.
        stores: Stores that distributions are linked from, besides those that the environment has now.

    Raises:
        OSError: The environment cannot be written.

    """
    site, entry_point = Path(environment.purelib), f"{_LINK}:start"
    linked = dict.fromkeys((*environment.linkable, *environment.stores, *sorted(stores)))
    if not linked:
        for name in reversed(LINK_FILES):
            (site / name).unlink(missing_ok=True)
        return
    layers = tuple(os.path.realpath(layer) for layer in linked)
    folder = cache.folder_if_any("pycache") or NOWHERE
    write_module(environment, _LINK)
    write_entry_point(site, _LINK, entry_point, arguments := (layers, folder))
    if environment.markers.get("python_version") in _IMPORTS_BEFORE_ENTRY_POINTS:
        # Import lines of linked distributions must not write into the base. No `.start` file disables this one.
        write_if_changed(site / _EARLY_LINK_FILE, _import_line(entry_point, arguments))


def keeps_bytecode(environment: Environment, cache: Cache) -> bool:
    """Return whether the byte code of linked modules is kept, or there is no place for it.

    It is not if the cache could not be used when the links were made. The next install then has to try again.

    Args:
        environment: A virtual environment.
        cache: The cache. Without a folder, as for a user without a home, nothing would be gained.

    """
    if str(cache.root) == NOWHERE:
        return True
    try:
        return ascii(NOWHERE) not in Path(environment.purelib, f"{_LINK}.start").read_text("utf-8")
    except FileNotFoundError:  # nothing is linked
        return True


def _import_line(entry_point: str, argument: object) -> str:
    module, _, name = entry_point.partition(":")
    return f"import {module}; {module}.{name}({ascii(argument) if argument else ''})\n"


def write_if_changed(path: Path, text: str) -> None:
    """Write a file if it is missing or differs."""
    with suppress(OSError):
        if path.read_text("utf-8") == text:
            return
    write_atomically(path, text)

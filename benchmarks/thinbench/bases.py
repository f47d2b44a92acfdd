"""Bases: copies of this CPython in the cache folder, with installed distributions."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from thinbench.folders import home
from thinbench.processes import run
from thinbench.toolboxes import UV

if TYPE_CHECKING:
    from collections.abc import Iterable

SCIENCE = ("numpy", "scipy", "matplotlib", "pandas", "scikit-learn", "pytest", "requests")
"""The requirements of a scientific environment: some 27 distributions with their dependencies."""

_LEFT_OUT = ("site-packages", "dist-packages", "EXTERNALLY-MANAGED", "__pycache__", "test", "config-*")


@dataclass(frozen=True)
class Base:
    """A CPython with a site directory of its own.

    Attributes:
        prefix: The root of the installation.
        python: The interpreter.

    """

    prefix: Path
    python: Path

    @property
    def site(self) -> Path:
        """The site directory, according to the interpreter: Debian's Python has an unusual one."""
        return Path(run(self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())


def copied(name: str) -> Base:
    """Return a copy of the running CPython without distributions, and create it if necessary."""
    prefix = home() / "bases" / name
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Base(prefix, prefix / "bin" / version)
    if base.python.exists():
        return base
    shutil.rmtree(prefix, ignore_errors=True)
    real = Path(os.path.realpath(sys.executable))
    stdlib = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}))
    shutil.copytree(stdlib, prefix / "lib" / version, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True)
    for library in _shared_libraries():
        shutil.copy2(library, prefix / "lib" / library.name)
    (prefix / "lib" / version / "site-packages").mkdir()
    (prefix / "bin").mkdir()
    # The interpreter comes last: it marks the copy as complete.
    shutil.copy2(real, base.python)
    return base


def with_distributions(name: str, requirements: Iterable[str]) -> Base:
    """Return a base with some distributions, created once and kept."""
    specifiers = tuple(requirements)
    digest = hashlib.sha256(" ".join(specifiers).encode()).hexdigest()[:8]
    base = copied(f"{name}-{sys.version_info.major}.{sys.version_info.minor}-{digest}")
    complete = base.prefix / "distributions"
    if not complete.exists():
        run(UV, "pip", "install", "--quiet", "--python", base.python, "--break-system-packages", *specifiers)
        complete.write_text("\n".join(specifiers) + "\n")
    return base


def _shared_libraries() -> list[Path]:
    """Return the shared library of the interpreter, if it has one."""
    name, folder = sysconfig.get_config_var("INSTSONAME"), sysconfig.get_config_var("LIBDIR")
    path = Path(str(folder), str(name))
    return [path] if sysconfig.get_config_var("Py_ENABLE_SHARED") and path.is_file() else []

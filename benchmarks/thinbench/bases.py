"""Bases: copies of this CPython, made in the cache folder, with distributions installed."""

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
"""What a scientific environment asks for; some 27 distributions with all that they require."""

_LEFT_OUT = ("site-packages", "dist-packages", "EXTERNALLY-MANAGED", "__pycache__", "test", "config-*")


@dataclass(frozen=True)
class Base:
    """A CPython with a site directory of its own.

    Attributes:
        prefix: Its root.
        python: Its interpreter.

    """

    prefix: Path
    python: Path

    @property
    def site(self) -> Path:
        """Its site directory, as it says itself: Debian's Python has another than most."""
        return Path(run(self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())


def copied(name: str) -> Base:
    """Return an empty copy of the running CPython, made where it is not there yet."""
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
    # The interpreter comes last: it says that the copy is whole.
    shutil.copy2(real, base.python)
    return base


def with_distributions(name: str, requirements: Iterable[str]) -> Base:
    """Return a base with some distributions installed; made once, and kept."""
    wanted = tuple(requirements)
    digest = hashlib.sha256(" ".join(wanted).encode()).hexdigest()[:8]
    base = copied(f"{name}-{sys.version_info.major}.{sys.version_info.minor}-{digest}")
    done = base.prefix / "distributions"
    if not done.exists():
        run(UV, "pip", "install", "--quiet", "--python", base.python, "--break-system-packages", *wanted)
        done.write_text("\n".join(wanted) + "\n")
    return base


def _shared_libraries() -> list[Path]:
    """Return the interpreter's own library, where it is not part of its program."""
    name, folder = sysconfig.get_config_var("INSTSONAME"), sysconfig.get_config_var("LIBDIR")
    path = Path(str(folder), str(name))
    return [path] if sysconfig.get_config_var("Py_ENABLE_SHARED") and path.is_file() else []

"""Ten public projects that have a tox.ini in their source distributions, as a fleet of environments."""

from __future__ import annotations

import shutil
import sys
import tarfile
from typing import TYPE_CHECKING

from thinbench.processes import run
from thinbench.toolboxes import toolbox

if TYPE_CHECKING:
    from pathlib import Path

PROJECTS = {
    "asdf-astropy==0.11.0": ("{py}-test", "{py}-test-cov", "{py}-test-parallel"),
    "cachetools==8.0.2": ("{py}", "docs", "pyright", "ruff"),
    "freezegun==1.5.5": ("{py}", "mypy"),
    "humanize==4.17.0": ("{py}", "docs", "mypy", "lint"),
    "patsy==1.0.3": ("{py}-with_pandas", "{py}-without_pandas"),
    "pluggy==1.7.0": ("{py}", "docs", "benchmark"),
    "prettytable==3.18.0": ("{py}", "mypy", "lint"),
    "pytest-mock==3.17.0": ("{py}", "norewrite"),
    "tablib==3.10.0": ("{py}", "docs", "lint"),
    "tabulate==0.10.0": ("{py}", "{py}-extra", "lint"),
}
"""The environments that are made for each project. Those that need services or git repositories are left out."""


def download(folder: Path) -> dict[Path, tuple[str, ...]]:
    """Unpack the source distributions of all projects below a folder.

    Returns:
        The names of the environments of each project, by its folder.

    """
    archives = folder / "archives"
    pip = ("-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", archives)
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    projects = {}
    for pin, names in PROJECTS.items():
        name, _, version = pin.partition("==")
        stem = f"{name.replace('-', '_')}-{version}"
        if not (archives / f"{stem}.tar.gz").exists():
            run(toolbox("pip").tool("python"), *pip, pin)
        shutil.rmtree(folder / stem, ignore_errors=True)
        with tarfile.open(archives / f"{stem}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
        projects[folder / stem] = tuple(name.format(py=python) for name in names)
    return projects

"""Environments that are made of files alone, for tests of fleets: no tool creates them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIG = "home = {home}\nversion_info = 3.12.4\ninclude-system-site-packages = false\n"
SITE = "lib/python3.12/site-packages"


def make_environment(root: Path, config: str | None = None, python: str = "3.12") -> Path:
    """Create an environment without distributions."""
    (root / f"lib/python{python}/site-packages").mkdir(parents=True)
    (root / "bin").mkdir()
    (root / "bin/python").symlink_to("/usr/bin/python3")
    (root / "pyvenv.cfg").write_text(CONFIG.format(home=root / "bin") if config is None else config)
    return root


def add_distribution(site: Path, name: str, version: str, files: Mapping[str, int], record: str | None = None) -> Path:
    """Write a distribution with files of some sizes, and return its metadata directory."""
    dist_info = site / f"{name}-{version}.dist-info"
    dist_info.mkdir(parents=True)
    (dist_info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for path, size in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(bytes(size))
    listed = [*files, f"{dist_info.name}/METADATA", f"{dist_info.name}/RECORD"]
    (dist_info / "RECORD").write_text("".join(f"{path},,\n" for path in listed) if record is None else record)
    return dist_info


def make_old(*roots: Path, seconds: int = 60) -> None:
    """Set the times of directories back: what has changed just now is not kept in the cache."""
    for root in roots:
        for folder, _, _ in os.walk(root):
            status = os.stat(folder)
            os.utime(folder, ns=(status.st_atime_ns, status.st_mtime_ns - seconds * 1_000_000_000))

"""Links one distribution into an environment, and removes it from there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import RECORD
from thinvenv.files import exists
from thinvenv.links import folders, link_or_copy
from thinvenv.links.dist_info import PATH_FILE, intact_copies, recorded_links

if TYPE_CHECKING:
    from thinvenv.links.dist_info import LinkedDistribution
    from thinvenv.model import Environment


class LinkWriter:
    """Links distributions into an environment.

    Args:
        environment: The virtual environment.
        link_cache: See :func:`link_or_copy.create_link`.

    """

    def __init__(self, environment: Environment, link_cache: str) -> None:
        self._environment, self._link_cache = environment, link_cache
        self._folders = folders.FolderMaker(environment.prefix)

    def write(self, linked: LinkedDistribution) -> None:
        """Link a distribution: first its metadata, under a temporary name, then its files.

        Raises:
            OSError: The environment cannot be written.

        """
        site = Path(self._environment.purelib)
        dist_info = site / linked.dist_info
        temporary = _temporary_name(dist_info, "new")
        temporary.mkdir(parents=True)
        prefix, copies = f"{linked.dist_info}/", linked.copies
        for link in linked.links:
            if link.path.startswith(prefix):
                self._create(link.target, f"{temporary}/{link.path.removeprefix(prefix)}")
        for path, text in linked.texts.items():
            if path not in copies:
                file = temporary / path.removeprefix(prefix) if path.startswith(prefix) else site / path
                file.write_text(text, "utf-8")
        (temporary / RECORD).write_bytes(linked.record.encode())
        temporary.rename(dist_info)
        for link in linked.links:
            if not link.path.startswith(prefix):
                self._create(link.target, os.path.normpath(f"{site}/{link.path}"))
        for path, text in copies.items():
            if self._folders.make(os.path.dirname(f"{site}/{path}")) and not exists(f"{site}/{path}"):
                (site / path).write_bytes(text.encode())

    def _create(self, target: str, path: str) -> None:
        if self._folders.make(os.path.dirname(path)):
            link_or_copy.create_link(target, path, self._environment.linking, self._link_cache)


def unlink(dist_info: Path, environment: Environment) -> None:
    """Remove the links of a distribution, the directories that become empty, and finally its metadata.

    Its scripts are left to the code that writes them.

    Raises:
        OSError: The environment cannot be written.

    """
    skipped = (f"{dist_info}{os.sep}", f"{environment.scripts}{os.sep}")
    recorded = recorded_links(dist_info)
    copies = intact_copies(recorded)
    by_folder: dict[str, list[str]] = {}
    for path in recorded:
        by_folder.setdefault(os.path.dirname(path), []).append(path)
    for folder, paths in by_folder.items():
        if not f"{folder}{os.sep}".startswith(skipped) and folders.is_inside(folder, environment.prefix):
            for path in paths:
                if os.path.basename(path).startswith(PATH_FILE):
                    Path(path).unlink(missing_ok=True)
                link_or_copy.remove_link(path, link_or_copy.COPY if path in copies else environment.linking)
            folders.remove_empty(folder, environment.prefix, environment.purelib)
    temporary = _temporary_name(dist_info, "old")
    dist_info.rename(temporary)
    shutil.rmtree(temporary)


def remove_temporary_folders(environment: Environment) -> None:
    """Remove what an interrupted call has left under temporary names.

    Raises:
        OSError: The environment cannot be written.

    """
    for suffix in ("new", "old"):
        for folder in Path(environment.purelib).glob(f".*.dist-info.{suffix}"):
            shutil.rmtree(folder)


def _temporary_name(dist_info: Path, suffix: str) -> Path:
    """Return the name of a ``dist-info`` while it is written or removed. It does not look like metadata."""
    return dist_info.with_name(f".{dist_info.name}.{suffix}")

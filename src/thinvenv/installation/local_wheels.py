"""Recognises local wheels that are installed already, and need no second install.

tox builds the package in every run and installs it with ``--force-reinstall``, mostly without any change.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import recorded_files
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from thinvenv.environments.receipt import Receipt
    from thinvenv.model import Inventory, Request
    from thinvenv.resolution.prepare import Prepared


class InstalledWheel(NamedTuple):
    """A local wheel that was installed, as the receipt records it.

    Attributes:
        content: See :func:`content_of`.
        location: The metadata directory of its distribution.
        files: A digest of the sizes and the times of the installed files.

    """

    content: str
    location: str
    files: str


def are_installed(request: Request, saved: Receipt) -> bool:
    """Return whether a request is for local wheels alone, all of which are installed as they are.

    Args:
        request: The request.
        saved: The receipt of the environment.

    """
    if not (request.skip_unchanged and request.no_deps and request.roots) or request.upgrade:
        return False
    if not all(root.path.endswith(".whl") and not root.extras and not root.hashes for root in request.roots):
        return False
    installed = [InstalledWheel(*wheel) for wheel in saved.wheels.values()]
    wheels = {wheel.content: wheel for wheel in installed}
    requested = [wheels.get(content_of(root.path)) for root in request.roots]
    return all(wheel is not None and wheel.files == _state_of_files(wheel.location) for wheel in requested)


def current_wheels(prepared: Prepared, inventory: Inventory) -> dict[str, InstalledWheel]:
    """Return what is known of the local wheels that are installed, by the names of their distributions.

    Args:
        prepared: The plan that was carried out.
        inventory: The distributions that the environment has now.

    """
    earlier = {name: InstalledWheel(*wheel) for name, wheel in prepared.state.receipt.wheels.items()}
    in_venv = {dist.location: dist for dist in inventory.visible.values() if inventory.in_venv(dist)}
    changed = {step.name for step in prepared.plan.changes}
    wheels = {name: wheel for name, wheel in earlier.items() if name not in changed and wheel.location in in_venv}
    by_stem = {Path(location).name.removesuffix(".dist-info"): dist for location, dist in in_venv.items()}
    request = prepared.request
    for path in [root.path for root in request.roots if root.path.endswith(".whl") and request.skip_unchanged]:
        dist = by_stem.get("-".join(Path(path).name.split("-")[:2]))
        if dist is not None and (content := content_of(path)):
            wheels[dist.name] = InstalledWheel(content, dist.location, _state_of_files(dist.location))
    return wheels


def content_of(path: str) -> str:
    """Return a digest of what a wheel installs, an empty string if it cannot be read.

    It consists of the names, sizes, checksums and modes of its files, and of RECORD, which has a hash of each. The
    times do not count: some build backends write the current one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            files = sorted(archive.infolist(), key=lambda file: file.filename)
            records = [file for file in files if file.filename.endswith(".dist-info/RECORD")]
            lines = [f"{file.filename}:{file.file_size}:{file.CRC}:{file.external_attr}" for file in files]
            return digest((*lines, *(archive.read(record).decode("utf-8", "surrogateescape") for record in records)))
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return ""


def _state_of_files(location: str) -> str:
    """Return a digest of the size and the time of each file that RECORD lists."""
    root = Path(location).parent
    return digest(f"{path}:{file_state(root / path)}" for path, _ in recorded_files(location))

"""Synthetic distributions with synthetic requirements."""

from __future__ import annotations

import base64
import hashlib
import random
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Synthetic:
    """A synthetic distribution.

    Attributes:
        name: The name.
        requires: The requirements.
        payload: The size of its largest file in bytes. The file cannot be compressed.

    """

    name: str
    requires: tuple[str, ...] = ()
    payload: int = 0

    @property
    def stem(self) -> str:
        """The first part of the names of its metadata directory and its wheel."""
        return f"{self.name.replace('-', '_')}-1.0"

    @property
    def metadata(self) -> str:
        """The text of its ``METADATA``, with a description of realistic length."""
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", "Version: 1.0", "Requires-Python: >=3.8"]
        lines += [f"Requires-Dist: {requirement}" for requirement in self.requires]
        return "\n".join(lines) + "\n\n" + "A synthetic distribution.\n" * 100

    def files(self) -> dict[str, bytes]:
        """Return the contents of all files by path, RECORD last."""
        module = self.name.replace("-", "_")
        info = f"{self.stem}.dist-info"
        contents = {
            f"{module}/__init__.py": b"",
            f"{module}/payload.bin": random.Random(self.name).randbytes(self.payload),
            f"{info}/METADATA": self.metadata.encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: benchmarks\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in contents.items())
        return {**contents, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}


def tree(prefix: str, count: int, closure: int, payload: int = 0) -> list[Synthetic]:
    """Return ``count`` distributions; the closure of ``PREFIX-0`` has ``closure`` of them.

    Each distribution of the closure requires two others with version limits.
    """
    distributions = []
    for number in range(count):
        children = [child for child in (2 * number + 1, 2 * number + 2) if child < closure]
        requires = (*(f"{prefix}-{child}>=0.9,<2" for child in children), f'{prefix}-none>=1; extra == "all"')
        distributions.append(Synthetic(f"{prefix}-{number}", requires if number < closure else (), payload))
    return distributions


def write_installed(site: Path, distributions: Iterable[Synthetic]) -> None:
    """Write distributions into a site directory, as an installer does."""
    for distribution in distributions:
        for name, data in {**distribution.files(), f"{distribution.stem}.dist-info/INSTALLER": b"benchmarks\n"}.items():
            path = site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def write_wheels(folder: Path, distributions: Iterable[Synthetic]) -> None:
    """Write distributions as wheels into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for distribution in distributions:
        with zipfile.ZipFile(folder / f"{distribution.stem}-py3-none-any.whl", "w") as archive:
            for name, data in distribution.files().items():
                archive.writestr(name, data)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()

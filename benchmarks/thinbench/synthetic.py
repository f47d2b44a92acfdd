"""Made-up distributions: as many as a case needs, with the requirements that it needs."""

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
    """A made-up distribution.

    Attributes:
        name: Its name.
        requires: What it requires.
        payload: The bytes of its one big file; nothing compresses them.

    """

    name: str
    requires: tuple[str, ...] = ()
    payload: int = 0

    @property
    def stem(self) -> str:
        """What its metadata directory and its wheel start with."""
        return f"{self.name.replace('-', '_')}-1.0"

    @property
    def metadata(self) -> str:
        """The text of its ``METADATA``, with a description as long as they are."""
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", "Version: 1.0", "Requires-Python: >=3.8"]
        lines += [f"Requires-Dist: {one}" for one in self.requires]
        return "\n".join(lines) + "\n\n" + "A made-up distribution.\n" * 100

    def files(self) -> dict[str, bytes]:
        """Return all its files, the RECORD last."""
        module = self.name.replace("-", "_")
        info = f"{self.stem}.dist-info"
        found = {
            f"{module}/__init__.py": b"",
            f"{module}/payload.bin": random.Random(self.name).randbytes(self.payload),
            f"{info}/METADATA": self.metadata.encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: benchmarks\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in found.items())
        return {**found, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}


def tree(prefix: str, count: int, closure: int, payload: int = 0) -> list[Synthetic]:
    """Return ``count`` distributions, of which ``PREFIX-0`` requires ``closure``, itself included.

    Each of these requires two others with version limits, as real ones do.
    """
    found = []
    for number in range(count):
        children = [one for one in (2 * number + 1, 2 * number + 2) if one < closure]
        requires = (*(f"{prefix}-{one}>=0.9,<2" for one in children), f'{prefix}-none>=1; extra == "all"')
        found.append(Synthetic(f"{prefix}-{number}", requires if number < closure else (), payload))
    return found


def write_installed(site: Path, distributions: Iterable[Synthetic]) -> None:
    """Write distributions into a site directory, as an installer leaves them."""
    for one in distributions:
        for name, data in {**one.files(), f"{one.stem}.dist-info/INSTALLER": b"benchmarks\n"}.items():
            path = site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def write_wheels(folder: Path, distributions: Iterable[Synthetic]) -> None:
    """Write the wheels of distributions."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in distributions:
        with zipfile.ZipFile(folder / f"{one.stem}-py3-none-any.whl", "w") as archive:
            for name, data in one.files().items():
                archive.writestr(name, data)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()

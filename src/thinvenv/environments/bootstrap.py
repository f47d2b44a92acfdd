"""What a thin environment starts with: the modules of :mod:`thinvenv.environments.injected`, put into it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from thinvenv.model import Environment

NAME = "_thinvenv"
MODULES = (f"{NAME}_late", NAME)
PATH_FILE = f"{NAME}.pth"
"""Read before every other ``.pth`` file of ours, and so before those of a base that it brings."""


def ensure(environment: Environment, namespaces: Mapping[str, Sequence[str]] | None = None) -> None:
    """Put into an environment what it starts with, where it is not there as it should be.

    Args:
        environment: A virtual environment.
        namespaces: The namespace packages that have to begin in it, although the base
            claims them, each with its directories in the base.

    """
    site = Path(environment.purelib)
    for name in MODULES:
        _write(site / f"{name}.py", Path(__file__).with_name("injected").joinpath(f"{name}.py").read_text("utf-8"))
    claimed = {name: list(others) for name, others in sorted((namespaces or {}).items())}
    _write(site / PATH_FILE, f"import {NAME}; {NAME}.start({claimed or ''})\n")


def _write(path: Path, text: str) -> None:
    with suppress(OSError):
        if path.read_text("utf-8") == text:
            return
    write_atomically(path, text)

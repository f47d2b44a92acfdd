"""The command shell-completion: prints a completion that was generated for a shell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace

FOLDER = Path(__file__).parent / "completions"
"""The folder of the generated files; see ``tests/support/completions.py``."""
SHELLS = ("bash", "zsh", "fish")


def show_completion(options: Namespace) -> int:
    """Run ``thinvenv shell-completion`` and return the exit status."""
    sys.stdout.write((FOLDER / f"thinvenv.{options.shell}").read_text(encoding="utf-8"))
    return 0

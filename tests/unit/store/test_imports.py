"""What a new environment from a store that has everything does not load."""

from __future__ import annotations

import subprocess
import sys

_SLOW = "import sys, thinvenv.creation.create, thinvenv.installation.replay\n"
_SLOW += (
    "print(*sorted({'packaging.markers', 'urllib.request', 'thinvenv.inventory.metadata_entries'} & {*sys.modules}))"
)


def test_creating_and_replaying_load_no_parsers_of_requirements_and_metadata() -> None:
    completed = subprocess.run([sys.executable, "-c", _SLOW], capture_output=True, text=True, check=True)

    assert completed.stdout.strip() == ""

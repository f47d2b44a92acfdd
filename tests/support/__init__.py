"""What the tests share: helpers that make projects, indexes, bases, environments, tox projects and noxfiles."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The directory of the repository."""

NO_PIP_FILES = {"PIP_CONFIG_FILE": os.devnull}
"""Environment variables that disable the configuration files of pip."""

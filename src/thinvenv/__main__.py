"""Runs the command line as ``python -m thinvenv``."""

from __future__ import annotations

import sys

from thinvenv.cli import main

if __name__ == "__main__":
    sys.exit(main())

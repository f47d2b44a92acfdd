#!/usr/bin/env python3
"""``python3 benchmarks/run.py``: measure every case, see :mod:`thinbench.suite`."""

from thinbench.suite import main

main()

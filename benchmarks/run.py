#!/usr/bin/env python3
"""Measure every case: see :mod:`thinbench.suite`."""

from thinbench.suite import main

main()

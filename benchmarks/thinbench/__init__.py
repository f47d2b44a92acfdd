"""What the benchmarks share. One module is one concept; imports run downwards.

``folders`` and ``processes`` at the bottom; ``bases`` are interpreters with distributions in
them, ``peers`` the ways to make an environment, ``footprint`` what one takes on disk.
"""

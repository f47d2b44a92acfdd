"""The code of the benchmarks. Each module has one concept, and imports point downwards.

``folders`` and ``processes`` are at the bottom. ``bases`` creates interpreters with
distributions, ``peers`` lists the tools that create environments, and ``footprint`` measures
the size of an environment.
"""

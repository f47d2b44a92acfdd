"""Reuse mode ``link``: the venv is isolated, and what is used of the base is linked into it.

Nothing is imported here: :mod:`.mode` is asked on every run of a host, :mod:`.change` only
where something is linked.
"""

"""Reuse mode ``link``: distributions of the base are linked into an isolated environment."""

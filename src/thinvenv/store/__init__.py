"""Stores: what has to be installed, once for all environments that link it."""

"""Stores: what has to be installed, once for all environments, in read-only entries that are linked."""

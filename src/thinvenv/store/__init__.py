"""Stores: distributions that are installed once, and linked into many environments."""

"""Carries out plans, records what was installed, and checks environments.

The package is not called ``install``: that is the function which :mod:`thinvenv` exports, and
importing a subpackage of the same name would replace it.
"""

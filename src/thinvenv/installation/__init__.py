"""From a plan to the disk, and whether the result holds.

The package is not called ``install``: that is the function which :mod:`thinvenv` exports, and
importing a subpackage of the same name would replace it.
"""

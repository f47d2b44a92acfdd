"""Modules that are copied into thin environments, for Python 3.8 and later.

An environment over a base differs from a full one in ways that no installed file can change:

* ``importlib.metadata.distributions()`` also yields the distributions that the environment hides
  in its base, so a program that loads plugins from it loads those of a version that is not
  imported (pypa/virtualenv#2554).
* A process that was started before an install does not read new lines of ``.pth`` and ``.start`` files,
  and does not find a new part of a namespace package that it has already imported.
* A ``*-nspkg.pth`` or an ``__init__.py`` in a base claims a namespace for the base alone
  (matplotlib/matplotlib#26827).

Every interpreter of the environment imports ``_thinvenv``, so it is small. It imports
``_thinvenv_late`` when there is something to do. All of them use only the standard library.
"""

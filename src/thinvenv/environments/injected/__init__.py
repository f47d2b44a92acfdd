"""What is put into thin environments and runs there, on the standard library of Python 3.8 and later alone.

An environment over a base differs from a full one in what no installed file can mend:

* ``importlib.metadata.distributions()`` yields what the environment hides of its base as well,
  so whoever loads plugins from it loads those of a version that is not imported
  (pypa/virtualenv#2554).
* A process that was started before an install reads no new ``.pth`` line, and knows no new part
  of a namespace package that it has already imported.
* A base's ``*-nspkg.pth`` or ``__init__.py`` claims a namespace for the base alone
  (matplotlib/matplotlib#26827).

``_thinvenv`` starts with every interpreter, so it is small; ``_thinvenv_late`` does the work
when there is some.
"""

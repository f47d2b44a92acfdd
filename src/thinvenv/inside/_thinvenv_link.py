"""Keeps byte code of linked modules out of the base: see thinvenv's documentation."""

import os


def redirect(bases, folder):
    """Keep byte code in ``folder`` where it would be written into ``bases``; what they have is read as ever.

    A linked directory leads into the base, and so does the ``__pycache__`` in it.
    ``sys.pycache_prefix`` does not serve: with it Python no longer reads what the base has.
    ``get_data`` and ``set_data`` are what :class:`importlib.abc.SourceLoader` reads and writes
    byte code with, and who has loaded this module is of the class that loads all others.
    """
    loader = type(__spec__.loader)
    read, write = loader.get_data, loader.set_data
    known = {}

    def elsewhere(path):
        where, name = os.path.split(path)
        if where not in known:
            real = os.path.realpath(os.path.dirname(where))
            inside = any((real + os.sep).startswith(base + os.sep) for base in bases)
            known[where] = folder + os.path.splitdrive(real)[1] if inside else where
        return os.path.join(known[where], name)

    def get_data(self, path):
        try:
            return read(self, path)
        except OSError:
            other = elsewhere(path) if path.endswith(".pyc") else path
            if other == path:
                raise
            return read(self, other)

    def set_data(self, path, data, **options):
        write(self, elsewhere(path) if path.endswith(".pyc") else path, data, **options)

    loader.get_data, loader.set_data = get_data, set_data

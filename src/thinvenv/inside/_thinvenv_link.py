"""Keeps byte code of linked modules out of the base: see thinvenv's documentation."""

import os


def redirect(bases, folder):
    """Keep byte code in ``folder`` where its module lies in ``bases``; what they have is read as ever.

    A linked directory leads into the base, and so does the ``__pycache__`` in it; beside a linked
    file that of the base is found here. ``sys.pycache_prefix`` does not serve: with it Python no
    longer reads what the base has. ``get_data`` and ``set_data`` are what
    :class:`importlib.abc.SourceLoader` reads and writes byte code with, and who has loaded this
    module is of the class that loads all others.
    """
    loader, places = type(__spec__.loader), Places(bases, folder)
    read, write = loader.get_data, loader.set_data

    def get_data(self, path):
        try:
            return read(self, path)
        except OSError:
            for other in places.beside(path) if path.endswith(".pyc") else ():
                try:
                    return read(self, other)
                except OSError:
                    pass
            raise

    def set_data(self, path, data, **options):
        others = places.beside(path) if path.endswith(".pyc") else ()
        write(self, others[-1] if others else path, data, **options)

    loader.get_data, loader.set_data = get_data, set_data


class Places:
    """Where byte code is that is not where Python looks for it."""

    def __init__(self, bases, folder):
        self.bases, self.folder, self.known = bases, folder, {}

    def beside(self, path):
        """Return where else byte code of a linked module may be: the last is where it is written."""
        cache, name = os.path.split(path)
        where = os.path.dirname(cache)
        real, found = self.in_base(where), []
        if not real:
            try:
                source = os.readlink(os.path.join(where, name.partition(".")[0] + ".py"))
            except OSError:
                return found
            real = self.in_base(os.path.dirname(os.path.join(where, source)))
            if not real:
                return found
            found.append(os.path.join(real, "__pycache__", name))
        found.append(os.path.join(self.folder + os.path.splitdrive(real)[1], name))
        return found

    def in_base(self, where):
        """Return the real path of a directory of the base, an empty string for any other."""
        if where not in self.known:
            real = os.path.realpath(where)
            self.known[where] = real if any((real + os.sep).startswith(base + os.sep) for base in self.bases) else ""
        return self.known[where]

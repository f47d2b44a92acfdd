"""Keeps byte code of linked modules out of the base: see thinvenv's documentation."""

import os
import sys
from _frozen_importlib_external import PathFinder


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
    sys.meta_path.insert(0, Others(places))


class Others:
    """Keeps out of the base what is no loader and writes byte code, once it is imported."""

    def __init__(self, places):
        self.places = places
        self.waiting = {"_pytest.assertion.rewrite": pytest, "numba.core.caching": numba}

    def find_spec(self, name, path=None, target=None):
        """Find one of these modules (:meth:`importlib.abc.MetaPathFinder.find_spec`)."""
        change = self.waiting.get(name)
        spec = PathFinder.find_spec(name, path, target) if change else None
        execute = getattr(spec and spec.loader, "exec_module", None)
        if execute is None:
            return None

        def exec_module(module):
            execute(module)
            change(vars(module), self.places)

        spec.loader.exec_module = exec_module
        return spec


def pytest(module, places):
    """Let pytest keep the modules that it rewrites elsewhere, where they are a base's."""
    own = module.get("get_cache_dir")

    def get_cache_dir(file_path):
        found = own(file_path)
        return type(found)(places.instead_of(str(found)))

    if own:
        module["get_cache_dir"] = get_cache_dir


def numba(module, places):
    """Let numba take a base for one that cannot be written: it has a place for that."""
    locator = module.get("_CacheLocator")
    own = getattr(locator, "ensure_cache_path", None)

    def ensure_cache_path(self):
        path = self.get_cache_path()
        if places.instead_of(path) != path:
            raise OSError("%s leads into a base" % path)
        return own(self)

    if own:
        locator.ensure_cache_path = ensure_cache_path


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
        found.append(os.path.join(self.kept(real), name))
        return found

    def instead_of(self, cache):
        """Return where byte code goes instead of a ``__pycache__``: that itself, unless it is in a base."""
        real = self.in_base(os.path.dirname(cache)) if os.path.basename(cache) == "__pycache__" else ""
        return self.kept(real) if real else cache

    def kept(self, real):
        """Return where byte code of a directory of the base is kept."""
        return self.folder + os.path.splitdrive(real)[1]

    def in_base(self, where):
        """Return the real path of a directory of the base, an empty string for any other."""
        if where not in self.known:
            real = os.path.realpath(where)
            self.known[where] = real if any((real + os.sep).startswith(base + os.sep) for base in self.bases) else ""
        return self.known[where]

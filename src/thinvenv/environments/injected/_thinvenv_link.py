"""Keeps the byte code of linked modules out of the base; see the docs of thinvenv."""

import os
import sys
from _frozen_importlib_external import PathFinder

has_started = False


def start(arguments=None):
    """Call :func:`redirect`, once in a process. By default, its arguments are a comment in the ``.start`` file."""
    global has_started
    if not has_started:
        has_started = True
        if arguments is None:
            with open(os.path.join(os.path.dirname(__file__), "_thinvenv_link.start"), "rb") as file:
                arguments = eval(file.readline()[1:])
        redirect(*arguments)


def redirect(bases, folder):
    """Write byte code into ``folder`` if its module lies in ``bases``, and still read the byte code in the base.

    A linked directory leads into the base, and so does its ``__pycache__``; next to a linked file the
    ``__pycache__`` of the base is found here. ``sys.pycache_prefix`` cannot be used: with it Python no
    longer reads the byte code in the base. ``get_data`` and ``set_data`` are the methods that
    :class:`importlib.abc.SourceLoader` reads and writes byte code with, and the loader of this module
    has the class that loads all others.
    """
    loader, redirection = type(__spec__.loader), Redirection(bases, folder)
    read, write = loader.get_data, loader.set_data

    def get_data(self, path):
        try:
            return read(self, path)
        except OSError:
            for other in redirection.alternatives(path) if path.endswith(".pyc") else ():
                try:
                    return read(self, other)
                except OSError:
                    pass
            raise

    def set_data(self, path, data, **options):
        others = redirection.alternatives(path) if path.endswith(".pyc") else ()
        write(self, others[-1] if others else path, data, **options)

    loader.get_data, loader.set_data = get_data, set_data
    sys.meta_path.insert(0, PatchingFinder(redirection))


class PatchingFinder:
    """Patches modules that write byte code without a loader, or that send links, once they are imported."""

    def __init__(self, redirection):
        self.redirection = redirection
        self.patches = {
            "_pytest.assertion.rewrite": patch_pytest,
            "numba.core.caching": patch_numba,
            "execnet.rsync": patch_execnet,
        }

    def find_spec(self, name, path=None, target=None):
        """Find one of these modules (:meth:`importlib.abc.MetaPathFinder.find_spec`)."""
        patch = self.patches.get(name)
        spec = PathFinder.find_spec(name, path, target) if patch else None
        execute = getattr(spec and spec.loader, "exec_module", None)
        if execute is None:
            return None

        def exec_module(module):
            execute(module)
            patch(vars(module), self.redirection)

        spec.loader.exec_module = exec_module
        return spec


def patch_pytest(module, redirection):
    """Let pytest write the modules that it rewrites elsewhere if they lie in a base."""
    original = module.get("get_cache_dir")

    def get_cache_dir(file_path):
        path = original(file_path)
        return type(path)(redirection.redirected(str(path)))

    if original:
        module["get_cache_dir"] = get_cache_dir


def patch_numba(module, redirection):
    """Let numba treat a base as a directory that cannot be written: it has another place for these."""
    locator = module.get("_CacheLocator")
    original = getattr(locator, "ensure_cache_path", None)

    def ensure_cache_path(self):
        path = self.get_cache_path()
        if redirection.redirected(path) != path:
            raise OSError("%s leads into a base" % path)
        return original(self)

    if original:
        locator.ensure_cache_path = ensure_cache_path


def patch_execnet(module, redirection):
    """Let execnet, which pytest-xdist sends pytest with, send the files in a base instead of the links to them."""
    rsync = module.get("RSync")
    original = getattr(rsync, "_send_link_structure", None)

    def _send_link_structure(self, path):
        real = redirection.in_base(path)
        if not real:
            original(self, path)
        elif os.path.isdir(real):
            self._send_directory(real)
        else:
            status = os.stat(real)
            self._broadcast((status.st_mode, status.st_mtime, status.st_size))

    if original:
        rsync._send_link_structure = _send_link_structure  # noqa: SLF001 - execnet has no other place for this


class Redirection:
    """Where byte code is that is not where Python looks for it."""

    def __init__(self, bases, folder):
        self.bases, self.folder, self.real_paths = bases, folder, {}

    def alternatives(self, path):
        """Return the other paths of the byte code of a linked module. It is written to the last one."""
        cache, name = os.path.split(path)
        folder = os.path.dirname(cache)
        real, paths = self.in_base(folder), []
        if not real:
            try:
                source = os.readlink(os.path.join(folder, name.partition(".")[0] + ".py"))
            except OSError:
                return paths
            real = self.in_base(os.path.dirname(os.path.join(folder, source)))
            if not real:
                return paths
            paths.append(os.path.join(real, "__pycache__", name))
        paths.append(os.path.join(self.target(real), name))
        return paths

    def redirected(self, cache):
        """Return the folder to use instead of a ``__pycache__``; the same if it is not in a base."""
        real = self.in_base(os.path.dirname(cache)) if os.path.basename(cache) == "__pycache__" else ""
        return self.target(real) if real else cache

    def target(self, real):
        """Return the folder for the byte code of a directory in the base."""
        return self.folder + os.path.splitdrive(real)[1]

    def in_base(self, folder):
        """Return the real path of a directory that leads into the base, else an empty string."""
        if folder not in self.real_paths:
            real = os.path.realpath(folder)
            is_in_base = any((real + os.sep).startswith(base + os.sep) for base in self.bases)
            self.real_paths[folder] = real if is_in_base else ""
        return self.real_paths[folder]

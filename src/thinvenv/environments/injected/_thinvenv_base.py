"""Lets the start-up files of further bases take effect; see the docs of thinvenv."""

import os
import site
import sys
from _frozen_importlib import BuiltinImporter, FrozenImporter
from _frozen_importlib_external import PathFinder

SITE = os.path.dirname(__file__)
STANDARD_FINDERS = (BuiltinImporter, FrozenImporter, PathFinder)
has_started = False


def start(bases=None):
    """Read the ``.pth`` and ``.start`` files of further bases, once in a process.

    Lines of ``~thinvenv_base.pth`` have added the bases to the path, after all that other files of this environment
    add. By default, a comment in ``~thinvenv_base.start`` lists them. What the files of a base add comes right after
    it. If ``PYTHONPATH`` has a base, its files are not read.
    """
    global has_started
    if has_started:
        return
    has_started = True
    if bases is None:
        with open(os.path.join(SITE, "~thinvenv_base.start"), "rb") as file:
            bases = eval(file.readline()[1:])
    before = sys.path[: sys.path.index(SITE)] if SITE in sys.path else ()
    bases = [base for base in bases if base not in before]
    position = len(sys.path)
    for base in reversed(bases):
        if base not in sys.path:  # it does not exist, or a line of a `.pth` file cannot name it
            sys.path.insert(position, base)
        position = sys.path.index(base)
    own_path = sys.path[len(before) : position] if SITE in sys.path else []
    finders = list(sys.meta_path)
    for base in bases:
        read_start_up_files(base)
    put_own_modules_first(finders, own_path, sys.path[position:])


def read_start_up_files(base):
    """Let :mod:`site` read the files in a directory on the path, and move what they add to its end behind the base."""
    last = sys.path[-1]
    # Some versions of `site` skip a directory that is on the path, others append it once more.
    site.addsitedir(base, {os.path.normcase(entry) for entry in sys.path if entry != base})
    end = sys.path.index(last) + 1
    added = [entry for entry in sys.path[end:] if entry != base]
    del sys.path[end:]
    position = sys.path.index(base) + 1
    sys.path[position:position] = added


def put_own_modules_first(finders, own_path, base_path):
    """Let what this environment has come before what the start-up files of bases have added.

    ``finders`` are those that were in ``sys.meta_path`` before these files were read, ``own_path`` is the part of the
    path that belongs to this environment, and ``base_path`` begins with the first base. Editable installs add a finder
    to either end: behind that of the path, where the directories of a base would come first, or in front of
    everything, where the finder of a base would find its own version of a project that is installed here.
    """
    middle = finders.index(PathFinder) if PathFinder in finders else len(finders)
    start = next((index for index, finder in enumerate(finders) if finder in STANDARD_FINDERS), middle)
    own = [finder for finder in finders[middle + 1 :] if getattr(finder, "__module__", "") != "_thinvenv"]
    added = [finder for finder in sys.meta_path if finder not in finders]
    early = [finder for finder in sys.meta_path[: sys.meta_path.index(PathFinder)] if finder in added] if added else []
    wrapped = [
        # That of setuptools finds no other modules, and most bases have it.
        finder
        if getattr(finder, "__module__", "") == "_distutils_hack"
        else BaseFinder(finder, own_path, finders[:start] + own)
        for finder in early
    ]
    if not own and wrapped == early:
        return
    early_own = [OwnFinder(own, base_path)] if own else []
    late = [finder for finder in added if finder not in early]
    sys.meta_path[:] = finders[:start] + wrapped + finders[start:middle] + early_own + finders[middle:] + late


class OwnFinder:
    """Finds what the finders of this environment that come after the path find, before directories of bases."""

    def __init__(self, finders, base_path):
        self.finders, self.base_path = finders, base_path

    def find_spec(self, name, path=None, target=None):
        """Find a module (:meth:`importlib.abc.MetaPathFinder.find_spec`)."""
        for finder in self.finders:
            spec = finder.find_spec(name, path, target) if hasattr(finder, "find_spec") else None
            if spec is not None and spec.loader is not None:  # the parts of a namespace package complete each other
                return PathFinder.find_spec(name, self.without_bases(sys.path if path is None else path)) or spec
        return None

    def without_bases(self, path):
        """Return the entries of a path that do not lie in a directory of a base."""
        folders = tuple(os.path.join(entry, "") for entry in self.base_path)
        return [entry for entry in path if not os.path.join(entry, "").startswith(folders)]


class BaseFinder:
    """Finds what a finder of a base finds, except what this environment has itself."""

    def __init__(self, finder, own_path, own_finders):
        self.finder, self.own_path, self.own_finders = finder, own_path, own_finders

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        """Find a module (:meth:`importlib.abc.MetaPathFinder.find_spec`)."""
        if not hasattr(self.finder, "find_spec") or self.is_own(name):
            return None
        return self.finder.find_spec(name, path, target)

    def is_own(self, name):
        """Return whether this environment has a module, or a regular package that the module would be in."""
        parts, path = name.split("."), self.own_path
        for end in range(1, len(parts) + 1):
            spec = self.find_own(".".join(parts[:end]), path)
            if spec is None:
                return False
            if spec.loader is not None:
                return True
            path = list(spec.submodule_search_locations)
        return True

    def find_own(self, name, path):
        """Find a module of this environment."""
        spec = PathFinder.find_spec(name, path)
        for finder in self.own_finders if spec is None else ():
            spec = finder.find_spec(name, path) if spec is None and hasattr(finder, "find_spec") else spec
        return spec

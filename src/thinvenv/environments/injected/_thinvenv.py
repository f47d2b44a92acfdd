"""Started by ``_thinvenv.pth`` with every interpreter of this environment: see thinvenv's documentation."""

import os
import sys
from _frozen_importlib_external import PathFinder

SITE = os.path.dirname(__file__)
all_distributions = PathFinder.find_distributions
seen = None


def start(namespaces=None, before=None):
    """Begin, once a process, and let some namespace packages begin here: name to base directories."""
    global seen
    if seen is None:
        seen = snapshot() if before is None else (0, before)
        PathFinder.find_distributions = staticmethod(first_distributions)
        sys.meta_path.append(Latecomers)
    if namespaces:
        from _thinvenv_late import own_first

        for name, others in namespaces.items():
            own_first(name, others)


def snapshot():
    """Return the time of the site directory and what its ``.pth`` files say."""
    time, texts = os.stat(SITE).st_mtime_ns, {}
    for name in os.listdir(SITE):
        if name.endswith(".pth"):
            with open(os.path.join(SITE, name), "rb") as file:
                texts[name] = file.read()
    return time, texts


def first_distributions(*args, **kwargs):
    """Find distributions; of each name the one that is imported."""
    from _thinvenv_late import unique

    return unique(all_distributions, *args, **kwargs)


class Latecomers:
    """The last finder: what nobody else has found may have been installed since."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Find a module (:meth:`importlib.abc.MetaPathFinder.find_spec`)."""
        if name == "_thinvenv_late":  # pip takes this directory off the path of what builds in isolation
            return PathFinder.find_spec(name, [SITE])
        try:
            if path is None and os.stat(SITE).st_mtime_ns == seen[0]:
                return None
        except OSError:
            return None
        if path is not None and getattr(sys.modules.get(name.rpartition(".")[0]), "__file__", None) is not None:
            return None
        from _thinvenv_late import find_late

        return find_late(name, path, target)

"""Runs at the start of every interpreter of this environment; see the docs of thinvenv."""

import os
import sys
from _frozen_importlib_external import PathFinder

SITE = os.path.dirname(__file__)
find_all_distributions = getattr(PathFinder, "find_distributions", None)  # `importlib_metadata` removes it
READS_START_FILES = hasattr(sys.modules.get("site"), "StartupState")  # Python 3.15 and later (PEP 829)
SUFFIXES = (".pth", ".start") if READS_START_FILES else ".pth"
last_snapshot = None


def start(namespaces=None, path_files=None):
    """Add the hooks, once in a process, and let some namespace packages begin in this environment.

    ``namespaces`` maps their names to their directories in the base; by default they are in ``_thinvenv.start``.
    ``path_files`` maps the names of the ``.pth`` and ``.start`` files that this process has already run to their
    content; by default the present ones.
    """
    global last_snapshot
    if last_snapshot is None:
        last_snapshot = snapshot() if path_files is None else (0, path_files)
        if find_all_distributions is not None:
            PathFinder.find_distributions = staticmethod(find_visible_distributions)
            sys.meta_path.append(LateInstallFinder)
        else:  # a finder that was added before this one has replaced it
            sys.meta_path.append(LateInstallFinder)
            LateInstallFinder.find_distributions()
    drifted = last_snapshot[1].get("_thinvenv_drift.pth") and drifted_layers(last_snapshot[1]["_thinvenv_drift.pth"])
    if drifted:
        from _thinvenv_late import warn_of_drift

        warn_of_drift(drifted)
    if namespaces is None and last_snapshot[1].get("_thinvenv.start", b"").startswith(b"#"):
        namespaces = eval(last_snapshot[1]["_thinvenv.start"].splitlines()[0][1:])
    if namespaces:
        from _thinvenv_late import prepend_own_part

        for name, base_parts in namespaces.items():
            prepend_own_part(name, base_parts)


def drifted_layers(recorded):
    """Return the layers whose time is not the recorded one. Each line has a time and a path: ``# 17123 /usr/lib``."""
    drifted = []
    for line in recorded.splitlines():
        _, time, layer = line.split(b" ", 2)
        try:
            if os.stat(layer).st_mtime_ns == int(time):
                continue
        except OSError:
            pass
        drifted.append(os.fsdecode(layer))
    return drifted


def snapshot():
    """Return the modification time of the site directory, and the content of its start-up files by name."""
    time, path_files = os.stat(SITE).st_mtime_ns, {}
    for name in os.listdir(SITE):
        if name.endswith(SUFFIXES):
            with open(os.path.join(SITE, name), "rb") as file:
                path_files[name] = file.read()
    return time, path_files


def find_visible_distributions(*args, **kwargs):
    """Find distributions, and of each name only the one that is imported."""
    from _thinvenv_late import without_hidden

    return without_hidden(find_all_distributions, *args, **kwargs)


class LateInstallFinder:
    """The last finder: finds modules that were installed after this process had started."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Find a module (:meth:`importlib.abc.MetaPathFinder.find_spec`)."""
        if name == "_thinvenv_late":  # pip removes this directory from the path of isolated builds
            return PathFinder.find_spec(name, [SITE])
        try:
            if path is None and os.stat(SITE).st_mtime_ns == last_snapshot[0]:
                return None
        except OSError:
            return None
        if path is not None and getattr(sys.modules.get(name.rpartition(".")[0]), "__file__", None) is not None:
            return None
        from _thinvenv_late import find_late

        return find_late(name, path, target)

    @staticmethod
    def find_distributions(*_arguments):
        """Find nothing, but let the finders of ``importlib_metadata``, which come next, hide what is not imported.

        Importing it, or a copy in another distribution, removes ``PathFinder.find_distributions`` and
        adds such a finder to the end of ``sys.meta_path``.
        """
        if sys.meta_path[-1] is not LateInstallFinder or find_all_distributions is None:
            from _thinvenv_late import hide_from_backports

            hide_from_backports()
        return ()

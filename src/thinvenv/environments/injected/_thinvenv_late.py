"""What ``_thinvenv`` does when there is something to do: see thinvenv's documentation."""

import _thread
import os
import sys
from _frozen_importlib import module_from_spec
from _frozen_importlib_external import PathFinder

import _thinvenv

_lock = _thread.RLock()


def unique(find, *args, **kwargs):
    """Yield what a finder of distributions finds, of each name the first.

    Who asks for certain directories gets all that is there: an installer has to see it.
    """
    found = find(*args, **kwargs)
    context = args[0] if args else kwargs.get("context")
    return found if context is not None and "path" in vars(context) else _first_of_each(found)


def _first_of_each(found):
    seen = set()
    for one in found:
        name = _name(one)
        if name not in seen:
            seen.add(name)
            yield one


def _name(one):
    """Return a normalised name, from the file name where that tells it: no metadata are read."""
    name, version = "", ""
    path = getattr(one, "_path", None)
    if path is not None:
        folder = path.parent if path.name == "EGG-INFO" else path
        name, _, version = os.path.splitext(folder.name)[0].partition("-")
    if not version[:1].isdigit():
        name = one.metadata.get("Name") or ""
    return "-".join(part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part)


def find_late(name, path, target):
    """Find a module that was installed after this process had started."""
    if path is not None:
        return _new_part(name, path)
    if not catch_up():
        return None
    for finder in sys.meta_path:
        if finder is not _thinvenv.Latecomers and hasattr(finder, "find_spec"):
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return spec
    return None


def _new_part(name, path):
    """Find a part of a namespace package that was imported before this environment had any of it."""
    own = os.path.join(_thinvenv.SITE, *name.split(".")[:-1])
    return PathFinder.find_spec(name, [own]) if own not in path and os.path.isdir(own) else None


def catch_up():
    """Do what :mod:`site` does with each ``.pth`` line that is new; tell whether there was one."""
    # Never waited for without end: a line may import what the thread that waits is importing.
    if not _lock.acquire(timeout=5):
        return False
    try:
        before, now = _thinvenv.seen, _thinvenv.snapshot()
        _thinvenv.seen = now
        return run_new(before[1], now[1], _thinvenv.SITE)
    finally:
        _lock.release()


def run_new(before, now, sitedir):
    """Run the ``.pth`` lines of ``now`` that are not in ``before``; tell whether there was one."""
    ran = False
    for name in sorted(now):
        known = before.get(name, b"").splitlines()
        new = [line for line in now[name].splitlines() if line not in known]
        ran = ran or bool(new)
        try:
            for line in new:
                run_line(line.decode("utf-8-sig", "surrogateescape").strip(), sitedir)
        except Exception as error:
            sys.stderr.write("Error in %s: %r; the rest of it is ignored\n" % (os.path.join(sitedir, name), error))
    return ran


def run_line(line, sitedir):
    """Do what :mod:`site` does with one line; some look for a ``sitedir`` in the frame below theirs."""
    if not line or line.startswith("#"):
        return
    if line.startswith(("import ", "import\t")):
        exec(line)
        return
    path = os.path.abspath(os.path.join(sitedir, line))
    if os.path.exists(path) and path not in sys.path:
        sys.path.append(path)


def own_first(name, others):
    """Let a namespace package begin in this environment, and go on in some directories of the base."""
    own = os.path.join(_thinvenv.SITE, *name.split("."))
    if not os.path.isdir(own):
        return
    if name not in sys.modules:
        spec = PathFinder.find_spec(name, [os.path.dirname(own)])
        sys.modules[name] = module_from_spec(spec)
    module = sys.modules[name]
    module.__path__ = list(dict.fromkeys([own, *others, *module.__path__]))

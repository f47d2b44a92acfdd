"""The part of ``_thinvenv`` for when there is something to do; see the docs of thinvenv."""

import _thread
import os
import sys
from _frozen_importlib import module_from_spec
from _frozen_importlib_external import PathFinder
from importlib import import_module

import _thinvenv

LOCK_TIMEOUT = 5
MOST_NAMES = 5
RUNS_IMPORT_LINES = sys.version_info < (3, 18)
_lock = _thread.RLock()


def without_hidden(find_distributions, *args, **kwargs):
    """Yield the distributions that a finder finds, and of each name only the first.

    A search in given directories yields all distributions, since installers depend on it.
    """
    distributions = find_distributions(*args, **kwargs)
    context = args[0] if args else kwargs.get("context")
    if "path" in getattr(context, "__dict__", ()):
        return distributions
    return _first_of_each_name(distributions)


def warn_of_drift(layers):
    """Write a warning if distributions of changed layers are gone, once for a process and its children.

    The time of a layer changes with anything in it, so this looks for the metadata of what is in use.
    """
    if os.environ.get("_THINVENV_DRIFT") == _thinvenv.SITE or sys.stderr is None:
        return
    try:
        with open(os.path.join(_thinvenv.SITE, "_thinvenv_drift.txt"), encoding="utf-8") as file:
            rows = [line.rstrip("\n").split(" ", 2) for line in file]
    except (OSError, ValueError):
        return
    gone = [
        (name + " " + version, path)
        for name, version, path in rows
        if any(path.startswith(layer) for layer in layers) and not os.path.lexists(path)
    ]
    if gone:
        os.environ["_THINVENV_DRIFT"] = _thinvenv.SITE
        names = ", ".join(name for name, _ in gone[:MOST_NAMES]) + (", ..." if len(gone) > MOST_NAMES else "")
        sys.stderr.write(
            "thinvenv: the base of this environment has changed: %s is no longer in %s; "
            "`thinvenv install --env %s` plans again\n" % (names, os.path.dirname(gone[0][1]), sys.prefix)
        )


def hide_from_backports():
    """Let each finder of ``importlib_metadata`` yield of each name only the first distribution, too."""
    for finder in sys.meta_path:
        if type(finder).__name__ == "MetadataPathFinder" and "find_distributions" not in vars(finder):
            finder.find_distributions = _hiding(finder.find_distributions)


def _hiding(find_distributions):
    return lambda *args, **kwargs: without_hidden(find_distributions, *args, **kwargs)


def _first_of_each_name(distributions):
    names = set()
    for distribution in distributions:
        name = _normalized_name(distribution)
        if name not in names:
            names.add(name)
            yield distribution


def _normalized_name(distribution):
    """Return the normalised name of a distribution, from its file name if possible: that reads no metadata."""
    name, version = "", ""
    path = getattr(distribution, "_path", None)
    if path is not None:
        folder = path.parent if path.name == "EGG-INFO" else path
        name, _, version = os.path.splitext(folder.name)[0].partition("-")
    if not version[:1].isdigit():
        name = distribution.metadata.get("Name") or ""
    return "-".join(part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part)


def find_late(name, path, target):
    """Find a module that was installed after this process had started."""
    if path is not None:
        return _find_in_own_part(name, path)
    if not catch_up():
        return None
    for finder in sys.meta_path:
        if finder is not _thinvenv.LateInstallFinder and hasattr(finder, "find_spec"):
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return spec
    return None


def _find_in_own_part(name, path):
    """Find a module of a namespace package that was imported before this environment had a part of it."""
    own_part = os.path.join(_thinvenv.SITE, *name.split(".")[:-1])
    return PathFinder.find_spec(name, [own_part]) if own_part not in path and os.path.isdir(own_part) else None


def catch_up():
    """Run the lines of start-up files that are new since the last snapshot, and return whether there were any."""
    # With a timeout: a line may import a module that the waiting thread is importing.
    if not _lock.acquire(timeout=LOCK_TIMEOUT):
        return False
    try:
        previous, current = _thinvenv.last_snapshot, _thinvenv.snapshot()
        _thinvenv.last_snapshot = current
        if previous[1].get("_thinvenv.start") != current[1].get("_thinvenv.start"):
            _thinvenv.start()
        return run_new_lines(previous[1], current[1], _thinvenv.SITE)
    finally:
        _lock.release()


def run_new_lines(previous, current, sitedir):
    """Run the lines of ``.pth`` and ``.start`` files that are new, and return whether there were any.

    ``previous`` and ``current`` map the names of the files to their content.
    """
    new_lines = []
    for name in sorted(current):
        old_lines = previous.get(name, b"").splitlines()
        lines = [line for line in current[name].splitlines() if line not in old_lines]
        new_lines += [(name, line.decode("utf-8-sig", "surrogateescape").strip()) for line in lines]
    failed = set()
    for name, line in in_order_of_pep829(new_lines, current) if _thinvenv.READS_START_FILES else new_lines:
        if name in failed or not name.endswith(_thinvenv.SUFFIXES):
            continue
        try:
            run_line(line, sitedir) if name.endswith(".pth") else run_entry_point(line)
        except Exception as error:
            path, rest = os.path.join(sitedir, name), ""
            if not _thinvenv.READS_START_FILES:
                failed.add(name)
                rest = "; the rest of the file is ignored"
            sys.stderr.write("Error in %s: %r%s\n" % (path, error, rest))
    return bool(new_lines)


def in_order_of_pep829(lines, names):
    """Return lines as Python 3.15 and later run them: paths, import lines, entry points; some are ignored."""
    paths = [(name, line) for name, line in lines if name.endswith(".pth") and not is_import(line)]
    imports = [
        (name, line)
        for name, line in lines
        if RUNS_IMPORT_LINES and is_import(line) and name.endswith(".pth") and name[:-4] + ".start" not in names
    ]
    return paths + imports + [(name, line) for name, line in lines if name.endswith(".start")]


def is_import(line):
    """Return whether :mod:`site` executes a line of a ``.pth`` file."""
    return line.startswith(("import ", "import\t"))


def run_entry_point(line):
    """Call what a line of a ``.start`` file names: ``package.module:function``."""
    if line and not line.startswith("#"):
        module, _, names = line.partition(":")
        value = import_module(module)
        for name in names.split("."):
            value = getattr(value, name)
        value()


def run_line(line, sitedir):
    """Run one line as :mod:`site` does. Some lines look for a variable ``sitedir`` in the frame that calls them."""
    if not line or line.startswith("#"):
        return
    if is_import(line):
        exec(line)
        return
    path = os.path.abspath(os.path.join(sitedir, line))
    if os.path.exists(path) and path not in sys.path:
        sys.path.append(path)


def prepend_own_part(name, base_parts):
    """Let a namespace package begin in this environment and continue in some directories of the base."""
    own_part = os.path.join(_thinvenv.SITE, *name.split("."))
    if not os.path.isdir(own_part):
        return
    if name not in sys.modules:
        spec = PathFinder.find_spec(name, [os.path.dirname(own_part)])
        sys.modules[name] = module_from_spec(spec)
    module = sys.modules[name]
    module.__path__ = list(dict.fromkeys([own_part, *base_parts, *module.__path__]))

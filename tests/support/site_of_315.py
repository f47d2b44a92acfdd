"""A model of how :mod:`site` of Python 3.15 and later starts an interpreter (PEP 829), for older versions.

The rules are those of ``Lib/site.py`` in Python 3.15, written anew for the tests. The text of this module is run by
an interpreter that was started with ``-S``; :func:`start` then takes the place of ``site.main``. Everything else,
such as which directories there are, is the ``site`` module of that interpreter.
"""

import importlib
import os
import re
import site
import sys
import traceback
from contextlib import suppress

ENTRY_POINT = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
runs_import_lines = True  # in Python 3.15 to 3.17


def report(message, with_traceback=True):
    """Print what :mod:`site` prints of a failure."""
    print(message, file=sys.stderr)
    if with_traceback:
        traceback.print_exc()


def read_lines(path):
    """Return the lines of a start-up file that are not blank and no comments, ``None`` if it cannot be read."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if path.endswith(".start"):
            return None
        text = content.decode(sys.getfilesystemencoding(), "replace")
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


class StartupState:
    """What the start-up files of some site directories add and run, until it is applied all together."""

    def __init__(self, known_paths=None):
        self.known_paths = normalized_path() if known_paths is None else known_paths
        self.folders, self.paths, self.imports, self.entry_points = set(), [], {}, {}

    def addsitedir(self, folder, skips_known=False):
        """Read the start-up files of a directory, all ``.pth`` files before all ``.start`` files."""
        folder = os.path.abspath(folder)
        normalized = os.path.normcase(folder)
        if normalized in self.folders or (skips_known and normalized in self.known_paths):
            return
        self.folders.add(normalized)
        if normalized not in self.known_paths:
            self.known_paths.add(normalized)
            self.paths.append(("", folder))
        names = []
        with suppress(OSError):
            names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
        for name in names:
            if name.endswith(".pth"):
                self.add_path_file(os.path.join(folder, name))
        for name in names:
            if name.endswith(".start"):
                path = os.path.join(folder, name)
                lines = read_lines(path)
                if lines is not None:
                    self.entry_points[path] = lines

    def add_path_file(self, path):
        """Sort the lines of a ``.pth`` file into directories and code."""
        for line in read_lines(path) or ():
            if line.startswith(("import ", "import\t")):
                self.imports.setdefault(path, []).append(line)
                continue
            entry = os.path.abspath(os.path.join(os.path.dirname(path), line))
            if os.path.normcase(entry) not in self.known_paths:
                self.known_paths.add(os.path.normcase(entry))
                self.paths.append((path, entry))

    def process(self):
        """Apply it: first the directories, then import lines without a ``.start`` file beside, then entry points."""
        for path, entry in self.paths:
            if entry in sys.path:
                continue
            if path and not os.path.exists(entry):
                report("In %s: %s does not exist; skipping sys.path append" % (path, entry), with_traceback=False)
            else:
                sys.path.append(entry)
        for path, lines in self.imports.items():
            if runs_import_lines and path[: -len(".pth")] + ".start" not in self.entry_points:
                execute_all(lines, path, os.path.dirname(path))
        for path, lines in self.entry_points.items():
            for line in lines:
                call_entry_point(line, path)


def execute_all(lines, path, sitedir):
    """Execute import lines, each for itself. Those of setuptools look for the variable ``sitedir`` in this frame."""
    for line in lines:
        try:
            exec(line)
        except Exception:
            report("Error in import line from %s: %s" % (path, line))


def call_entry_point(line, path):
    """Call what a line of a ``.start`` file names; both parts have to be there."""
    if not ENTRY_POINT.fullmatch(line):
        report("Invalid entry point syntax in %s: %r" % (path, line), with_traceback=False)
        return
    try:
        module, _, names = line.partition(":")
        value = importlib.import_module(module)
        for name in names.split("."):
            value = getattr(value, name)
        value()
    except Exception:
        report("Error in entry point %s from %s" % (line, path))


def normalized_path():
    """Return the existing entries of ``sys.path``, normalized."""
    return {os.path.normcase(os.path.abspath(entry)) for entry in sys.path if os.path.exists(entry)}


def addsitedir(sitedir: str, known_paths=None):
    """Add a site directory and apply its files at once. One in ``known_paths`` is left out."""
    state = StartupState(known_paths)
    state.addsitedir(sitedir, skips_known=known_paths is not None)
    state.process()
    return known_paths


def replace_functions():
    """Let the ``site`` module of this interpreter read start-up files as that of Python 3.15 does."""
    site.StartupState, site.addsitedir = StartupState, addsitedir


def start():
    """Do what ``site.main`` does of Python 3.15: read the files of all site directories, then apply them together."""
    replace_functions()
    site.removeduppaths()
    state = StartupState(set())

    def add_site_packages(known_paths, prefixes=None):
        for folder in site.getsitepackages(prefixes):
            if os.path.isdir(folder):
                state.addsitedir(folder)
        return known_paths

    site.addsitepackages = add_site_packages
    site.venv(state.known_paths)
    if site.ENABLE_USER_SITE is None:
        site.ENABLE_USER_SITE = site.check_enableusersite()
    if site.ENABLE_USER_SITE and os.path.isdir(site.getusersitepackages()):
        state.addsitedir(site.getusersitepackages())
    add_site_packages(state.known_paths)
    state.process()
    site.setquit()
    site.execsitecustomize()
    if site.ENABLE_USER_SITE:
        site.execusercustomize()

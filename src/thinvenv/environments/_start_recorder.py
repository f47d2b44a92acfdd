"""Starts an interpreter a second time to record what the code that runs at its start reads.

It runs in the target interpreter with the option ``-S``, on Python 3.8 and later, and calls
:func:`site.main` itself. Then it runs the program that it is given as its argument, for which it
sets the variable ``recorded``: pairs of a kind and a name, see ``thinvenv.model.Environment.reads``.
"""

import sys

# This comes first, so that an `os.py` in the current directory is not imported below.
if not getattr(sys.flags, "safe_path", False):
    del sys.path[0]
program = sys.argv.pop()

import builtins
import io
import os
import site

OWN_MODULES = ("_virtualenv", "_thinvenv")
"""The modules of environments that read nothing that changes the path."""

CUSTOMIZATIONS = ("sitecustomize", "usercustomize")

HELPERS = ("os", "posixpath", "ntpath", "genericpath", "pathlib", "glob", "io", "codecs", "tempfile", "contextlib")
"""The modules of the standard library that read something for their caller."""

UNKNOWN_EVENTS = ("subprocess.", "socket.", "winreg.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system")
"""The start of the names of audit events after which code can know anything."""

SITE_FILE = site.main.__code__.co_filename
STANDARD_LIBRARY = os.path.dirname(site.__file__)


class Recorder:
    """Records what is read by code that is part neither of Python's start nor of this script."""

    def __init__(self):
        self.reads = set()
        self.is_active = True

    def start(self):
        """Record from now on."""
        record_variables(self)
        functions = [(os, name, "exists") for name in ("stat", "lstat", "access", "readlink")]
        functions += [(os.path, name, "exists") for name in ("exists", "isdir", "isfile")]
        functions += [(os, name, "directory") for name in ("getcwd", "getcwdb")]
        if sys.implementation.name != "cpython":  # PyPy does not report these to audit hooks
            functions += [(os, "listdir", "listing"), (os, "scandir", "listing")]
            functions += [(builtins, "open", "file"), (io, "open", "file")]
        for module, name, kind in functions:
            setattr(module, name, RecordingFunction(self, getattr(module, name), kind))
        sys.addaudithook(self.audit)

    def audit(self, event, arguments):
        """Record what an audit event (PEP 578) reports."""
        if not self.is_active:
            return
        if event == "exec":
            self.add_module(getattr(arguments[0], "co_filename", ""))
        elif event == "import" and arguments[1]:
            self.add_extension_module(arguments[1])
        elif event == "ctypes.dlsym" or (event == "ctypes.dlopen" and arguments[0]):
            self.add("variables")
        elif event == "open":
            self.add_opened(*arguments)
        elif event in ("os.listdir", "os.scandir") and is_called_by_customization("listing"):
            self.add_path("listing", arguments[0] or ".")
        elif event.startswith(UNKNOWN_EVENTS):
            self.add("unknown")

    def add_opened(self, path, _mode, flags):
        """Record a file that is opened, unless to write it."""
        is_written = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
        if not is_written and is_called_by_customization("file"):
            self.add_path("file", path)

    def add_module(self, path):
        """Record the file of a module that is executed, and return whether it is not of the standard library."""
        folder, name = os.path.split(path)
        module = name.partition(".")[0]
        if module == "__init__":
            module = os.path.basename(folder)
        if not os.path.isabs(path) or module.startswith(OWN_MODULES):
            return False
        if is_standard_library(folder) and module not in CUSTOMIZATIONS:
            return False
        self.add("file", path)
        return True

    def add_extension_module(self, path):
        """Record an extension module, whose code can read any variable."""
        if self.add_module(os.path.abspath(path)):
            self.add("variables")

    def add_path(self, kind, path):
        """Record a path. A relative one depends on the current directory."""
        if not isinstance(path, (str, bytes, os.PathLike)):  # a file descriptor
            return
        path = os.fsdecode(path)
        if kind == "directory" or not os.path.isabs(path):
            self.add("directory")
        if kind != "directory":
            self.add(kind, os.path.abspath(path))

    def add(self, kind, name=""):
        """Record that something is read."""
        if self.is_active:
            self.reads.add((kind, os.fsdecode(name)))


class RecordingFunction:
    """A function that records the path that it is called with, or only that it is called.

    It has a class of its own because ``pathlib`` stores some of these functions in a class, where
    functions that are written in Python would become methods.
    """

    def __init__(self, recorder, function, kind):
        self.recorder, self.function, self.kind = recorder, function, kind

    def __call__(self, *arguments, **keywords):
        """Call the function."""
        if self.recorder.is_active and is_called_by_customization(self.kind):
            self.recorder.add_path(self.kind, arguments[0] if arguments else ".")
        return self.function(*arguments, **keywords)


def record_variables(recorder):
    """Let ``os.environ`` record which variables are read."""

    class RecordingVariables(type(os.environ)):
        def __getitem__(self, key):
            recorder.add("variable", key)
            return super().__getitem__(key)

        def __iter__(self):
            recorder.add("variables")
            return super().__iter__()

    os.environ.__class__ = RecordingVariables
    if hasattr(os, "environb"):
        os.environb.__class__ = RecordingVariables


def is_called_by_customization(kind):
    """Return whether the code that reads something is a customization, or called by one.

    What :mod:`site` lists and opens has the state of its layer. Which directories exist has not: the
    lines of ``.pth`` files name directories that may appear later.
    """
    frame = sys._getframe(2)
    while frame and (frame.f_globals is globals() or frame.f_globals.get("__name__") in HELPERS):
        frame = frame.f_back
    if frame is None:
        return False
    file = frame.f_code.co_filename
    if file == SITE_FILE:
        return kind == "exists"
    is_own = str(frame.f_globals.get("__name__")).startswith(OWN_MODULES)
    return not is_own and not file.startswith("<frozen ")


def is_standard_library(folder):
    """Return whether a directory is one of the standard library."""
    is_below = (folder + os.sep).startswith(STANDARD_LIBRARY + os.sep)
    return is_below and not {"site-packages", "dist-packages"} & set(folder.split(os.sep))


recorder = Recorder()
recorder.start()
site.main()
recorder.is_active = False
exec(program, {"__name__": "__main__", "recorded": sorted(recorder.reads)})

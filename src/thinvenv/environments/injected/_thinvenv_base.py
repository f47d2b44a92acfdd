"""Lets the start-up files of further bases take effect; see the docs of thinvenv."""

import os
import site
import sys

SITE = os.path.dirname(__file__)
has_started = False


def start(bases=None):
    """Read the ``.pth`` and ``.start`` files of further bases, once in a process.

    Lines of ``_thinvenv_base.pth`` have added the bases to the path. By default, a comment in ``_thinvenv_base.start``
    lists them. What the files of a base add comes right after it. If ``PYTHONPATH`` has a base, its files are not
    read.
    """
    global has_started
    if has_started:
        return
    has_started = True
    if bases is None:
        with open(os.path.join(SITE, "_thinvenv_base.start"), "rb") as file:
            bases = eval(file.readline()[1:])
    before = sys.path[: sys.path.index(SITE)] if SITE in sys.path else ()
    bases = [base for base in bases if base not in before]
    position = len(sys.path)
    for base in reversed(bases):
        if base not in sys.path:  # it does not exist, or a line of a `.pth` file cannot name it
            sys.path.insert(position, base)
        position = sys.path.index(base)
    for base in bases:
        read_start_up_files(base)


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

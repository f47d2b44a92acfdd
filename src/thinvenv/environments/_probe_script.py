"""Tell what this interpreter is. Run *in* the target interpreter; standard library only.

It has to run on every Python that an environment can have (3.8 and later).
"""

from __future__ import annotations

import os
import sys


def forget_current_directory() -> None:
    """Take off the path what depends on where one happens to be.

    That is the entry that ``python -c`` puts first, and what ``PYTHONPATH`` names relatively;
    an empty entry of it (``PYTHONPATH=:/opt/lib``) is the current directory.
    """
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
    given = os.environ.get("PYTHONPATH", "")
    if given and not sys.flags.ignore_environment:
        entries = given.split(os.pathsep)
        absolute = {os.path.realpath(one) for one in entries if os.path.isabs(one)}
        relative = {os.path.realpath(one) for one in entries if not os.path.isabs(one)} - absolute
        sys.path[:] = [one for one in sys.path if os.path.realpath(one) not in relative]


# First of all: a `json.py` that lies there must not be what is imported below. Python has
# already imported `os` and `sys` itself.
forget_current_directory()

import json
import platform
import site
import sysconfig
from typing import Any


def markers() -> dict[str, str]:
    """Return the environment markers of PEP 508."""
    info = sys.implementation.version
    version = "{0.major}.{0.minor}.{0.micro}".format(info)
    if info.releaselevel != "final":
        version += info.releaselevel[0] + str(info.serial)
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": version,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def site_path() -> list[str]:
    """Return ``sys.path`` without the standard library.

    What is not there yet stays in: it is part of the path as soon as it appears.
    """
    left_out = standard_library()
    archive = "python{}{}.zip".format(*sys.version_info[:2])
    # An entry that is no path is the mark of an import hook, of an editable install say.
    found = [os.path.normpath(one) for one in [*sys.path, *absent_directories()] if os.path.isabs(one)]
    found = [one for one in found if os.path.realpath(one) not in left_out and os.path.basename(one) != archive]
    return list(dict.fromkeys(found))


def standard_library() -> set[str]:
    """Return the directories of the standard library, but for those that hold distributions.

    PyPy has its own cffi there, which an interpreter finds before any other.
    """
    names = sysconfig.get_paths()
    found = {os.path.realpath(names[key]) for key in ("stdlib", "platstdlib")}
    found |= {os.path.realpath(os.path.join(one, "lib-dynload")) for one in found}
    there = [one for one in found if os.path.isdir(one)]
    return {one for one in there if not any(each.endswith((".dist-info", ".egg-info")) for each in os.listdir(one))}


def absent_directories() -> list[str]:
    """Return the site directories that :mod:`site` would add if they were there."""
    if sys.flags.no_site:
        return []
    known = site.getsitepackages() if hasattr(site, "getsitepackages") else []
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return [one for one in [*user, *known] if not os.path.isdir(one)]


def settings(key: str) -> Any:
    """Return what thinvenv wrote into ``pyvenv.cfg`` under a key, or ``None``."""
    try:
        with open(os.path.join(sys.prefix, "pyvenv.cfg"), encoding="utf-8") as file:
            pairs = [line.partition("=") for line in file]
    except OSError:
        return None
    return next((json.loads(value) for name, _, value in pairs if name.strip() == key), None)


def main() -> None:
    """Write the answer to standard output."""
    names = sysconfig.get_paths()
    base = getattr(sys, "_base_executable", None) or sys.executable
    print(
        json.dumps(
            {
                "python": sys.executable,
                "prefix": sys.prefix,
                "base_prefix": sys.base_prefix,
                "base_python": os.path.realpath(base),
                "cache_tag": sys.implementation.cache_tag or "",
                "abi": sysconfig.get_config_var("EXT_SUFFIX") or "",
                "platform": sysconfig.get_platform(),
                "purelib": names["purelib"],
                "platlib": names["platlib"],
                "scripts": names["scripts"],
                "path": site_path(),
                "markers": markers(),
                "linkable": settings("thinvenv-link") or [],
                "linking": settings("thinvenv-link-by") or "",
            }
        )
    )


main()

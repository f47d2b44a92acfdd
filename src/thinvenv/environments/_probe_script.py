"""Prints what the interpreter that runs it is, as JSON between two marks.

It runs in the target interpreter, on every Python that an environment can have (3.8 and later),
with the standard library alone.
"""

from __future__ import annotations

import os
import sys

is_recorded = "recorded" in globals()
"""Whether ``_start_recorder`` runs this script."""

KNOWN_CODE = (b"import _virtualenv", b"import _thinvenv", b"_virtualenv:", b"_thinvenv")
"""The start of those lines of start-up files that read nothing else, and change the path only as these say."""

CUSTOMIZATIONS = ("sitecustomize", "usercustomize")


def remove_current_directory() -> None:
    """Remove from ``sys.path`` what depends on the current directory.

    That is the entry that ``python -c`` puts first, and the relative entries of ``PYTHONPATH``. An
    empty entry of that variable (``PYTHONPATH=:/opt/lib``) means the current directory.
    """
    if not getattr(sys.flags, "safe_path", False) and not is_recorded:
        del sys.path[0]
    variable = os.environ.get("PYTHONPATH", "")
    if variable and not sys.flags.ignore_environment:
        entries = variable.split(os.pathsep)
        absolute = {os.path.realpath(entry) for entry in entries if os.path.isabs(entry)}
        relative = {os.path.realpath(entry) for entry in entries if not os.path.isabs(entry)} - absolute
        sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) not in relative]


# This comes first, so that a `json.py` in the current directory is not imported below. Python has
# already imported `os` and `sys` itself.
remove_current_directory()

import importlib.machinery
import json
import platform
import site
import sysconfig
from importlib.machinery import PathFinder
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

    Directories that do not exist are included: an interpreter uses them as soon as they exist, in their order.
    """
    excluded = standard_library()
    archive = "python{}{}.zip".format(*sys.version_info[:2])
    # An entry that is not a path is the marker of an import hook, for example of an editable install.
    paths = [os.path.normpath(entry) for entry in sys.path if os.path.isabs(entry)]
    paths = with_missing(paths, list(dict.fromkeys(map(os.path.normpath, site_directories()))))
    paths = [path for path in paths if os.path.realpath(path) not in excluded and os.path.basename(path) != archive]
    return list(dict.fromkeys(paths))


def standard_library() -> set[str]:
    """Return the directories of the standard library, except those that contain distributions.

    PyPy has its own cffi there, which an interpreter finds before any other.
    """
    names = sysconfig.get_paths()
    paths = {os.path.realpath(names[key]) for key in ("stdlib", "platstdlib")}
    paths |= {os.path.realpath(os.path.join(path, "lib-dynload")) for path in paths}
    return {path for path in paths if os.path.isdir(path) and not contains_distributions(path)}


def contains_distributions(path: str) -> bool:
    """Return whether there is metadata of a distribution in a directory."""
    return any(name.endswith((".dist-info", ".egg-info")) for name in os.listdir(path))


def site_directories() -> list[str]:
    """Return the site directories in the order in which :mod:`site` adds those that exist."""
    if sys.flags.no_site and not is_recorded:
        return []
    has_function = hasattr(site, "getsitepackages")
    own = site.getsitepackages([sys.prefix]) if has_function and sys.prefix != sys.base_prefix else []
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return [*own, *user, *(site.getsitepackages() if has_function else [])]


def with_missing(paths: list[str], ordered: list[str]) -> list[str]:
    """Return a path with those of some directories that do not exist.

    Args:
        paths: A path.
        ordered: The directories. One that does not exist is put before the next of them that the path has, or at its
            end.

    """
    paths = list(paths)
    for number, path in reversed(list(enumerate(ordered))):
        if path not in paths and not os.path.isdir(path):
            later = [paths.index(other) for other in ordered[number + 1 :] if other in paths]
            paths.insert(min(later) if later else len(paths), path)
    return paths


def module_suffixes() -> list[str]:
    """Return the file name suffixes of the extension modules that the interpreter imports.

    A free-threaded build looks for modules of the stable ABI as well, but cannot load them (PEP 803).
    """
    suffixes = importlib.machinery.EXTENSION_SUFFIXES
    is_free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    return [suffix for suffix in suffixes if not (is_free_threaded and suffix == ".abi3.so")]


def site_folders() -> list[str]:
    """Return the site directories that the installation schemes have below a prefix, relative to it.

    That of the scheme for ``pip install --prefix`` comes first: Debian's is ``local/lib/python3.11/dist-packages``.
    """
    names = list(sysconfig.get_scheme_names())
    if hasattr(sysconfig, "get_preferred_scheme"):  # Python 3.10 and later
        names.insert(0, sysconfig.get_preferred_scheme("prefix"))
    root = os.path.abspath("prefix")
    variables = dict.fromkeys(("base", "platbase", "installed_base", "installed_platbase", "userbase"), root)
    folders = []
    for name in names:
        for key in ("purelib", "platlib"):
            try:
                path = sysconfig.get_path(key, name, variables)
            except (AttributeError, KeyError):  # a scheme of a vendor that uses other variables
                continue
            if path.startswith(root + os.sep):
                folders.append(os.path.relpath(path, root))
    return list(dict.fromkeys(folders))


def has_start_up_code() -> bool:
    """Return whether unknown code runs at the start of this interpreter, or a directory on its path may appear."""
    if any(name in sys.modules or PathFinder.find_spec(name) for name in CUSTOMIZATIONS):
        return True
    return any(map(has_code_or_missing_path, sys.path))


def has_code_or_missing_path(folder: str) -> bool:
    """Return whether the start-up files in a directory have unknown code, or name directories that do not exist."""
    suffixes = (".pth", ".start") if hasattr(site, "StartupState") else (".pth",)  # PEP 829
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if name.endswith(suffixes):
            with open(os.path.join(folder, name), "rb") as file:
                lines = [line.strip() for line in file if line.strip() and not line.startswith(b"#")]
            for line in lines:
                is_code = name.endswith(".start") or line.startswith((b"import ", b"import\t"))
                is_known = (
                    line.startswith(KNOWN_CODE) if is_code else os.path.exists(os.path.join(os.fsencode(folder), line))
                )
                if not is_known:
                    return True
    return False


def customization_files() -> list[tuple[str, str]]:
    """Return what to watch in any case: the customizations that a person may add to the standard library."""
    folder = sysconfig.get_path("stdlib")
    return [("file", os.path.join(folder, name + ".py")) for name in CUSTOMIZATIONS]


def config_value(key: str, default: Any) -> Any:
    """Return the text, or the list of texts, that thinvenv wrote into ``pyvenv.cfg`` under a key.

    If there is none, or it is damaged, return the default: an empty text or list.
    """
    try:
        with open(os.path.join(sys.prefix, "pyvenv.cfg"), encoding="utf-8", errors="surrogateescape") as file:
            pairs = [line.partition("=") for line in file]
        value = next((json.loads(value) for name, _, value in pairs if name.strip() == key), default)
    except (OSError, ValueError, RecursionError):
        return default
    is_valid = isinstance(value, type(default)) and all(isinstance(part, str) for part in value)
    return value if is_valid else default


def write(answer: Any) -> None:
    """Write the answer between two marks, whatever else is printed, and whatever the encoding of ``sys.stdout`` is.

    The file descriptor is used, since start-up code may have replaced ``sys.stdout``.
    """
    data = ("<" * 3 + "thinvenv " + json.dumps(answer) + " thinvenv" + ">" * 3 + "\n").encode("ascii")
    while data:
        data = data[os.write(1, data) :]


def main() -> None:
    """Print the fields of :class:`thinvenv.model.Environment`."""
    names = sysconfig.get_paths()
    base = getattr(sys, "_base_executable", None) or sys.executable
    write(
        {
            "python": sys.executable,
            "prefix": sys.prefix,
            "base_prefix": sys.base_prefix,
            "base_python": os.path.realpath(base),
            "cache_tag": sys.implementation.cache_tag or "",
            "abi": sysconfig.get_config_var("EXT_SUFFIX") or "",
            "suffixes": module_suffixes(),
            "site_folders": site_folders(),
            "platform": sysconfig.get_platform(),
            "purelib": names["purelib"],
            "platlib": names["platlib"],
            "scripts": names["scripts"],
            "path": site_path(),
            "markers": markers(),
            "linkable": config_value("thinvenv-link", []),
            "stores": config_value("thinvenv-store", []),
            "reads": sorted({*globals().get("recorded", ()), *customization_files()}),
            "has_start_up_code": has_start_up_code(),
            "linking": config_value("thinvenv-link-by", ""),
        }
    )


main()

"""The files of uv's configuration: their places, and a digest of them.

An install with nothing to do needs only the digest, and parses none of them; see :mod:`thinvenv.config.uv`.

https://docs.astral.sh/uv/concepts/configuration-files/
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from thinvenv.config.pip import home_folder, is_true
from thinvenv.files import content_digest, read_bytes
from thinvenv.fingerprint import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

UV_TOML, PYPROJECT = "uv.toml", "pyproject.toml"
_EXPLICIT = "--config-file="


def fingerprint(environ: Mapping[str, str], cwd: str, options: Iterable[str] = ()) -> str:
    """Return a digest of all files that can be part of the configuration, an empty string if there are none.

    Args:
        environ: The environment variables.
        cwd: The directory that uv runs in.
        options: The options of the command.

    """
    files = [(path, content) for path in _candidates(environ, cwd, [*options]) if (content := _content(path))]
    return digest(part for path, content in files for part in (path, content_digest(content))) if files else ""


def explicit_file(environ: Mapping[str, str], cwd: str, options: Iterable[str]) -> str:
    """Return the file that an option or a variable names in place of all others, or an empty string."""
    named = [option.removeprefix(_EXPLICIT) for option in options if option.startswith(_EXPLICIT)]
    path = named[-1] if named else environ.get("UV_CONFIG_FILE", "")
    return os.path.join(_working_folder(environ, cwd), path) if path else ""


def is_disabled(environ: Mapping[str, str], options: Iterable[str]) -> bool:
    """Return whether no configuration is to be looked for."""
    return is_true(environ.get("UV_NO_CONFIG", "")) or not {"--no-config", "--isolated"}.isdisjoint(options)


def project_folder(environ: Mapping[str, str], cwd: str) -> str:
    """Return the folder whose configuration counts, or that of the folders above."""
    return os.path.normpath(os.path.join(_working_folder(environ, cwd), environ.get("UV_PROJECT", "")))


def parents(folder: str) -> Iterator[str]:
    """Yield a folder, and those above it."""
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def shared_files(environ: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """Return the files of the user and of the system, the stronger first. The user's may not exist."""
    if platform == "win32":
        roaming = environ.get("APPDATA") or os.path.join(home_folder(environ, platform), "AppData", "Roaming")
        drive = environ.get("SYSTEMDRIVE", "")
        system = [os.path.join(f"{drive}\\", "ProgramData")] if drive else []
        fallback = ""
    else:
        folder = environ.get("XDG_CONFIG_HOME", "")
        roaming = folder if os.path.isabs(folder) else os.path.join(home_folder(environ, platform), ".config")
        folders = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
        system = folders[: folders.index("")] if "" in folders else folders
        fallback = "/etc/uv/uv.toml"
    if is_true(environ.get("UV_NO_SYSTEM_CONFIG", "")):
        return [os.path.join(roaming, "uv", UV_TOML)]
    paths = (os.path.join(folder, "uv", UV_TOML) for folder in system)
    first = next((path for path in paths if os.path.isfile(path)), fallback)
    return [os.path.join(roaming, "uv", UV_TOML), *filter(None, [first])]


def _candidates(environ: Mapping[str, str], cwd: str, options: list[str]) -> Iterator[str]:
    if path := explicit_file(environ, cwd, options):
        yield path
    elif not is_disabled(environ, options):
        for folder in parents(project_folder(environ, cwd)):
            yield os.path.join(folder, UV_TOML)
            yield os.path.join(folder, PYPROJECT)
        yield from shared_files(environ)
    yield from environ.get("UV_EXCLUDE", "").split()


def _content(path: str) -> bytes:
    """Return the content of a file; nothing if there is no such file, or if it has no table ``tool.uv``."""
    try:
        content = read_bytes(path)
    except OSError:
        return b""
    return b"" if os.path.basename(path) == PYPROJECT and b"uv" not in content else content


def _working_folder(environ: Mapping[str, str], cwd: str) -> str:
    folder = environ.get("UV_WORKING_DIR") or environ.get("UV_WORKING_DIRECTORY") or ""
    return os.path.join(cwd, folder)

"""The files of uv's configuration: their places, and a digest of them.

An install with nothing to do needs only the digest, and parses none of them; see :mod:`thinvenv.config.uv`.

https://docs.astral.sh/uv/concepts/configuration-files/
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache

from thinvenv.config.pip import home_folder, is_true
from thinvenv.files import content_digest, read_bytes
from thinvenv.files.fingerprint import digest

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
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
    candidates = _candidates(environ, cwd, [*options])
    parts = [part for path in candidates if (content := _digest_of_file(path)) for part in (path, content)]
    return digest(parts) if parts else ""


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
        yield from project_files(project_folder(environ, cwd))
        yield from shared_files(environ)
    yield from environ.get("UV_EXCLUDE", "").split()


@lru_cache(maxsize=32)
def project_files(folder: str) -> list[str]:
    """Return the paths of the files that may be in a folder, and in those above it."""
    return [os.path.join(parent, name) for parent in parents(folder) for name in (UV_TOML, PYPROJECT)]


def _digest_of_file(path: str) -> str:
    """Return a digest of a file; an empty string if it cannot be read, is empty, or has no table ``tool.uv``."""
    try:
        status = os.stat(path)
        return _digest_of(path, (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    except (OSError, ValueError):
        return ""


@lru_cache(maxsize=32)
def _digest_of(path: str, _state: tuple[int, ...]) -> str:
    """Return the digest of a file that can be read. Its state is part of the key, so that no state is read twice."""
    content = read_bytes(path)
    has_table = os.path.basename(path) != PYPROJECT or b"uv" in content
    return content_digest(content) if content and has_table else ""


def _working_folder(environ: Mapping[str, str], cwd: str) -> str:
    folder = environ.get("UV_WORKING_DIR") or environ.get("UV_WORKING_DIRECTORY") or ""
    return os.path.join(cwd, folder)

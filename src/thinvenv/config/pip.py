"""pip's configuration: its files, and the `PIP_*` variables, which win over them.

The same files count in the same order as with pip, and the same value wins. This was checked with every pip
from 25.1 on; see ``ConfigOptionParser`` in pip's ``cli/parser.py`` and pip's ``configuration.py``.

https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache

from thinvenv.errors import UsageError
from thinvenv.files.fingerprint import digest, file_state

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
_FALSE = frozenset({"n", "no", "f", "false", "off", "0"})
_SECTIONS = ("global", "install", ":env:")
"""The sections that count for ``pip install``, the weakest first. The last one holds the variables."""
_ALIASES = {
    "pypi-url": "index-url", "default-timeout": "timeout", "no-dependencies": "no-deps",
    "only-dependencies": "only-deps", "log-file": "log", "local-log": "log", "require-venv": "require-virtualenv",
    "source": "src", "source-dir": "src", "source-directory": "src",
}  # fmt: skip
"""The other long names of options; all names of one option set the same value."""
_OPPOSITES = {
    "no-binary": "only-binary", "only-binary": "no-binary", "all-releases": "only-final", "only-final": "all-releases",
}  # fmt: skip
"""The options whose values are names, each with the one that takes these names away."""

# The options of `pip install`, sorted by what becomes of them where they are settings, in a file or a variable.
IN_REQUEST = frozenset({
    "constraint", "editable", "force-reinstall", "group", "ignore-installed", "no-build-isolation", "no-deps",
    "no-require-hashes", "pre", "require-hashes", "requirement", "upgrade",
})  # fmt: skip
"""The settings that are part of the request, see :mod:`thinvenv.requirements.arguments`."""
CARRIED_TO_UV = frozenset({
    "all-releases", "build-constraint", "cert", "client-cert", "config-settings", "extra-index-url", "find-links",
    "index-url", "keyring-provider", "no-binary", "no-index", "no-proxy-env", "only-binary", "only-final", "proxy",
    "refresh-package", "retries", "timeout", "trusted-host", "uploaded-prior-to",
})  # fmt: skip
"""The settings that uv has a counterpart for."""
NAMED_WITH_UV = frozenset({
    "check-build-dependencies", "global-option", "ignore-requires-python", "no-use-pep517", "prefer-binary",
})  # fmt: skip
"""The settings that count for pip, and are named where uv installs: it has nothing like them."""
NAMED = frozenset({
    "abi", "dry-run", "implementation", "only-deps", "platform", "python-version", "report",
    "requirements-from-script",
})  # fmt: skip
"""The settings that count for no backend, and are named: they ask for another result than an environment."""
ELSEWHERE = frozenset({"no-user", "prefix", "python", "root", "target", "user"})
"""The settings of where to install. thinvenv installs into the environment that it was called for."""
MEANINGLESS = frozenset({
    "break-system-packages", "cache-dir", "compile", "debug", "disable-pip-version-check", "exists-action", "help",
    "isolated", "log", "no-cache-dir", "no-clean", "no-color", "no-compile", "no-input", "no-python-version-warning",
    "no-warn-conflicts", "no-warn-script-location", "progress-bar", "quiet", "require-virtualenv", "resume-retries",
    "root-user-action", "src", "upgrade-strategy", "use-deprecated", "use-feature", "use-pep517", "verbose", "version",
})  # fmt: skip
"""The settings that do not change what is installed, or only in a cache that is pip's own."""
DECIDED_HERE = (IN_REQUEST | NAMED | ELSEWHERE | {"require-virtualenv"}) - {"no-require-hashes"}
"""The settings that a pip started by thinvenv does not get: they are arguments, or do not count."""

Sections = dict[str, dict[str, str]]
Settings = dict[str, str]


def load(environ: Mapping[str, str], cwd: str, prefix: str | None = None, options: Iterable[str] = ()) -> Settings:
    """Return what pip's configuration sets for ``pip install``.

    Args:
        environ: The environment variables.
        cwd: The directory that a relative ``PIP_CONFIG_FILE`` starts from.
        prefix: The environment that pip would run in, which may have a ``pip.conf`` of its own; ``None`` for none.
        options: The options of the command. With ``--isolated``, neither variables nor the user's files count.

    Returns:
        The value of each option as it is written, by the long name of the option: ``index-url``. The values of
        ``no-binary`` and ``only-binary`` are combined, separated by commas, and so are ``all-releases`` and
        ``only-final``. An option that is not set, or set to nothing, is missing.

    Raises:
        UsageError: A file cannot be parsed. pip refuses to run then: it may say that no index is allowed.


    """
    sections: Sections = {name: {} for name in _SECTIONS}
    isolated = "--isolated" in options
    for path in config_files(environ, cwd, prefix, isolated=isolated):
        if (state := file_state(path)) and os.path.isfile(path):
            for section, items in _read(path, state).items():
                sections[section].update(items)
    sections[":env:"].update({} if isolated else variables(environ))
    settings: Settings = {}
    for items in sections.values():
        for key, value in items.items():
            name = _ALIASES.get(key, key)
            if name in _OPPOSITES:
                select_names(settings, name, value)
            elif value:
                settings[name] = value
    return settings


def fingerprint(environ: Mapping[str, str], cwd: str, prefix: str) -> str:
    """Return a digest of what pip's configuration says about what is installed, an empty string if it says nothing.

    The content of constraints files counts, too. For the parameters and errors see :func:`load`.
    """
    settings = load(environ, cwd, prefix)
    counting = [f"{name}={value}" for name, value in sorted(settings.items()) if name not in MEANINGLESS]
    paths = (os.path.join(cwd, path) for path in settings.get("constraint", "").split())
    states = [f"{path}:{file_state(path)}" for path in paths]
    return digest([*counting, *states]) if counting else ""


def config_files(
    environ: Mapping[str, str], cwd: str, prefix: str | None, platform: str = sys.platform, *, isolated: bool = False
) -> list[str]:
    """Return the paths of pip's configuration files, which may not exist, the weakest first.

    Args:
        environ: The environment variables.
        cwd: The directory that a relative ``PIP_CONFIG_FILE`` starts from.
        prefix: The environment that pip would run in; ``None`` for none.
        platform: The platform, as :data:`sys.platform` has it.
        isolated: Whether the user's files are left out.

    """
    file = environ.get("PIP_CONFIG_FILE")
    if file == os.devnull:
        return []
    basename = "pip.ini" if platform == "win32" else "pip.conf"
    paths = [os.path.join(folder, basename) for folder in _global_folders(environ, platform)]
    chosen = os.path.join(cwd, file) if file else ""
    if not isolated and not os.path.exists(chosen):  # a file of PIP_CONFIG_FILE replaces those of the user
        paths += [os.path.join(folder, basename) for folder in _user_folders(environ, platform)]
    if prefix is not None:
        paths.append(os.path.join(prefix, basename))
    return [*paths, chosen] if chosen else paths


def _global_folders(environ: Mapping[str, str], platform: str) -> Iterator[str]:
    if platform == "win32":
        if folder := environ.get("ALLUSERSPROFILE") or environ.get("PROGRAMDATA"):
            yield os.path.join(folder, "pip")
    elif platform == "darwin":
        yield "/Library/Application Support/pip"
    else:
        folders = [path for path in environ.get("XDG_CONFIG_DIRS", "").split(os.pathsep) if os.path.isabs(path)]
        yield from (os.path.join(folder, "pip") for folder in folders or ["/etc/xdg"])
        yield "/etc"


def _user_folders(environ: Mapping[str, str], platform: str) -> Iterator[str]:
    home = home_folder(environ, platform)
    if platform == "win32":
        yield os.path.join(home, "pip")
        if folder := environ.get("APPDATA"):
            yield os.path.join(folder, "pip")
        return
    yield os.path.join(home, ".pip")
    library = os.path.join(home, "Library", "Application Support", "pip")
    if platform == "darwin":
        yield library if os.path.isdir(library) else os.path.join(home, ".config", "pip")
    else:
        folder = environ.get("XDG_CONFIG_HOME", "")
        yield os.path.join(folder if os.path.isabs(folder) else os.path.join(home, ".config"), "pip")


def home_folder(environ: Mapping[str, str], platform: str = sys.platform) -> str:
    """Return the user's home folder, or a path that cannot exist for a user without one, as in a container."""
    folder = environ.get("USERPROFILE" if platform == "win32" else "HOME")
    if folder:
        return folder
    folder = os.path.expanduser("~")
    return os.path.join(os.devnull, "home") if folder.startswith("~") else folder


@lru_cache(maxsize=32)
def _read(path: str, _state: str) -> Sections:
    """Return the sections of a file that count, with normalized names. The state of the file is part of the key."""
    from configparser import Error, RawConfigParser  # noqa: PLC0415 - a no-op without such a file does not need it

    parser = RawConfigParser()
    try:
        parser.read(path)  # in the encoding of the locale, as pip does
    except (Error, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read pip's configuration in {path}", why=(str(error),)) from error
    return {
        name: {_normalized(key): value for key, value in parser.items(name)}
        for name in _SECTIONS
        if parser.has_section(name)
    }


def variables(environ: Mapping[str, str]) -> Settings:
    """Return what the ``PIP_*`` variables set."""
    return {_normalized(name.removeprefix("PIP_")): environ[name] for name in environ if name.startswith("PIP_")}


def _normalized(key: str) -> str:
    return key.lower().replace("_", "-").removeprefix("--")


def select_names(settings: Settings, name: str, value: str) -> None:
    """Apply a value of ``no-binary`` or ``only-binary`` to the earlier values of both, as pip does.

    ``all-releases`` and ``only-final`` are combined in the same way.

    Args:
        settings: Holds the values of both, and is updated.
        name: One of these names.
        value: Names of distributions separated by commas, ``:all:``, or ``:none:`` to take back earlier values.

    """
    other_name = _OPPOSITES[name]
    names, others = _split(settings.pop(name, "")), _split(settings.pop(other_name, ""))
    entries = _split(value)
    while ":all:" in entries:
        names, others = [":all:"], []
        entries = entries[entries.index(":all:") + 1 :]
        if ":none:" not in entries:
            entries = []
    for entry in entries:
        if entry == ":none:":
            names = []
        else:
            distribution = entry.lower().replace("_", "-").replace(".", "-")
            names = [*(other for other in names if other != distribution), distribution]
            others = [other for other in others if other != distribution]
    for key, combined in ((name, names), (other_name, others)):
        if combined:
            settings[key] = ",".join(combined)


def _split(value: str) -> list[str]:
    return [part for part in value.split(",") if part]


def without_counterpart(settings: Mapping[str, str]) -> list[str]:
    """Return the options among settings that ask for another result than an environment, and count for nothing."""
    return sorted(f"--{name}" for name, value in settings.items() if name in NAMED and not is_false(value))


def as_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Return settings as ``PIP_*`` variables, in an order in which pip reads the same from them."""
    pairs = sorted(settings.items(), key=lambda pair: ":all:" not in pair[1])  # `:all:` undoes what comes before it
    return {f"PIP_{name.replace('-', '_').upper()}": value for name, value in pairs}


def is_true(value: str) -> bool:
    """Return whether pip reads a value as true."""
    return value.strip().lower() in _TRUE


def is_false(value: str) -> bool:
    """Return whether pip reads a value as false."""
    return value.strip().lower() in _FALSE

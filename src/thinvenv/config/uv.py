"""uv's configuration: the files that count in a folder, and what they set.

These are `[tool.uv]` of the folder or of one above, or an `uv.toml` there, then the `uv.toml` of the user and that of
the system. The same files count as with uv; see ``FilesystemOptions`` in its ``uv-settings`` and ``Workspace`` in its
``uv-workspace``.

https://docs.astral.sh/uv/reference/settings/
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from thinvenv.config.uv_files import (
    PYPROJECT,
    UV_TOML,
    explicit_file,
    is_disabled,
    parents,
    project_folder,
    shared_files,
)
from thinvenv.config.uv_workspace import parse, read_pyproject, uv_table, workspace_root
from thinvenv.errors import UsageError
from thinvenv.files import read_bytes
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from thinvenv.model import Root

    Table = dict[str, Any]

# The settings, sorted by what becomes of them. A setting may stand in `[tool.uv]`, in `[tool.uv.pip]` or in both.
IN_REQUEST = frozenset({
    "all-extras", "constraint-dependencies", "extra", "group", "no-build-isolation", "no-deps", "no-extra",
    "no-sources", "offline", "reinstall", "reinstall-package", "require-hashes", "upgrade", "upgrade-package",
})  # fmt: skip
"""The settings that are part of the request, with both backends."""
CARRIED_TO_PIP = frozenset({
    "allow-insecure-host", "extra-index-url", "find-links", "http-proxy", "https-proxy", "index", "index-url",
    "keyring-provider", "no-binary", "no-binary-package", "no-build", "no-build-package", "no-index", "no-proxy",
    "only-binary", "prerelease",
})  # fmt: skip
"""The settings that pip has a counterpart for."""
NAMED_WITH_PIP = frozenset({
    "build-constraint-dependencies", "config-settings", "config-settings-package", "dependency-metadata",
    "exclude-dependencies", "exclude-newer", "exclude-newer-package", "extra-build-dependencies",
    "extra-build-variables", "index-strategy", "native-tls", "no-build-isolation-package", "no-sources-package",
    "override-dependencies", "prerelease-package", "require-build-hashes", "resolution", "system-certs",
    "torch-backend", "verify-hashes",
})  # fmt: skip
"""The settings that count for uv, and are named where pip installs: it has nothing like them."""
NAMED = frozenset({"python-platform", "python-version"})
"""The settings that are named with both backends: they are for another interpreter than that of the environment."""
ELSEWHERE = frozenset({"break-system-packages", "prefix", "python", "system", "target"})
"""The settings of where to install. thinvenv installs into the environment that it was called for."""
OF_PROJECTS = frozenset({
    "build-backend", "conflicts", "default-groups", "dependency-groups", "dev-dependencies", "environments", "managed",
    "minimum-libc-version", "package", "required-environments", "sources", "workspace",
})  # fmt: skip
"""The settings of projects, which ``uv pip install`` reads only where it builds them. An ``uv.toml`` has none."""
MEANINGLESS = frozenset({
    "add-bounds", "allow-empty-requirements", "annotation-style", "audit", "cache-dir", "cache-keys", "check-url",
    "compile-bytecode", "concurrent-builds", "concurrent-downloads", "concurrent-installs", "custom-compile-command",
    "emit-build-options", "emit-find-links", "emit-index-annotation", "emit-index-url", "emit-marker-expression",
    "fork-strategy", "generate-hashes", "graalpy-install-mirror", "link-mode", "no-annotate", "no-cache",
    "no-emit-package", "no-header", "no-strip-extras", "no-strip-markers", "output-file", "pip", "preview",
    "preview-features", "publish-url", "pyodide-install-mirror", "pypy-install-mirror", "python-downloads",
    "python-downloads-json-url", "python-install-mirror", "python-preference", "required-version", "strict",
    "trusted-publishing", "universal",
})  # fmt: skip
"""The settings that do not change what is installed, or that only uv has to know."""
_REPLACED = ELSEWHERE | NAMED | {"all-extras", "extra", "group", "no-extra"}
"""The settings in ``[tool.uv.pip]`` that uv must not read itself."""

ORIGIN = "uv's configuration in "
"""The start of :attr:`thinvenv.model.Root.origin` for what the configuration adds to a policy."""
NEVER = "python_version < '0'"
"""The marker of an override that removes the requirement."""
_TEXTS = ("index-url", "keyring-provider", "prerelease", "resolution")
_TYPES: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("all-extras", "no-build-isolation", "no-deps", "no-index", "no-sources", "offline", "reinstall"), bool),
    (("require-hashes", "upgrade"), bool),
    (_TEXTS, str),
    (("constraint-dependencies", "extra", "extra-index-url", "find-links", "group", "reinstall-package"), str),
    (("no-binary", "no-binary-package", "no-build-package", "only-binary", "upgrade-package"), str),
    (("allow-insecure-host", "no-build-isolation-package"), str),
    (("exclude-dependencies", "override-dependencies"), (str, dict)),
    (("dependency-metadata",), dict),
)
"""The settings that are interpreted here, and the type of each or of its parts."""
_PATHS = ("index-url", "extra-index-url", "find-links")


class Configuration(NamedTuple):
    """What uv's configuration sets.

    Attributes:
        tables: The path of each file and its settings, the strongest first. Paths in them are absolute.

    """

    tables: tuple[tuple[str, Table], ...] = ()

    @property
    def _by_strength(self) -> list[Table]:
        """The tables of settings, those of ``[tool.uv.pip]`` first, since they win."""
        tables = [table for _, table in self.tables]
        return [*map(_pip, tables), *tables]

    def value(self, name: str) -> Any:
        """Return a setting as ``uv pip`` sees it, ``None`` if it is not set.

        Those of ``[tool.uv.pip]`` win. Lists are joined, and tables are merged.
        """
        return _combined(table[name] for table in self._by_strength if name in table)

    def names(self) -> set[str]:
        """Return the names of all settings that are set to anything but ``false`` or nothing."""
        return {name for table in self._by_strength for name, value in table.items() if value}

    def without_replaced(self) -> str | None:
        """Return all settings but those that uv must not read, as the text of an ``uv.toml``.

        Returns:
            The text, or ``None`` if uv may read the files itself.

        """
        tables = [table for _, table in self.tables]
        if not any(_REPLACED.intersection(_pip(table)) for table in tables):
            return None
        merged = {**_merged(tables, OF_PROJECTS | {"pip"}), "pip": _merged(map(_pip, tables), _REPLACED)}
        return "".join(f"{json.dumps(name)} = {_toml(value)}\n" for name, value in merged.items())


def load(environ: Mapping[str, str], cwd: str, options: Iterable[str] = ()) -> Configuration:
    """Return uv's configuration.

    Args:
        environ: The environment variables.
        cwd: The directory that uv runs in.
        options: The options of the command.

    Raises:
        UsageError: An ``uv.toml`` cannot be parsed. uv refuses to run then.

    """
    options = [*options]
    if path := explicit_file(environ, cwd, options):
        return Configuration(((path, _uv_toml(path) or {}),))
    if is_disabled(environ, options):
        return Configuration()
    tables = [_nearest(workspace_root(project_folder(environ, cwd)) or project_folder(environ, cwd))]
    tables += [(path, table) for path in shared_files(environ) if (table := _uv_toml(path)) is not None]
    return Configuration(tuple(table for table in tables if table))


def is_configured(root: Root) -> bool:
    """Return whether a constraint or an override comes from uv's configuration, which uv reads itself."""
    return root.origin.startswith(ORIGIN)


def _nearest(folder: str) -> tuple[str, Table] | None:
    """Return the settings of a folder, or of the nearest one above it that has any. An ``uv.toml`` comes first."""
    for parent in parents(folder):
        path = os.path.join(parent, UV_TOML)
        table = _uv_toml(path)
        if table is not None:
            return path, table
        table = uv_table(read_pyproject(parent))
        if table is not None and _has_valid_types(table):  # uv warns of another, and goes on
            return os.path.join(parent, PYPROJECT), _with_absolute_paths(table, parent)
    return None


def _uv_toml(path: str) -> Table | None:
    """Return the settings in an ``uv.toml``, ``None`` if there is no such file.

    Raises:
        UsageError: It cannot be parsed.

    """
    try:
        table = parse(read_bytes(path))
    except OSError:
        return None
    except ValueError as error:
        raise UsageError(f"cannot read uv's configuration in {path}", why=(str(error),)) from error
    if not _has_valid_types(table):
        raise UsageError(f"cannot read uv's configuration in {path}", why=("a value has another type than uv wants",))
    return _with_absolute_paths(table, os.path.dirname(path))


def _has_valid_types(table: Table) -> bool:
    """Return whether the settings that are interpreted here have the types that uv wants."""
    if not isinstance(table.get("pip", {}), dict) or not all(
        isinstance(index, dict) and isinstance(index.get("url", ""), str) for index in _list(table.get("index", []))
    ):
        return False
    tables = (table, table.get("pip", {}))
    return all(
        isinstance(item, kind)
        for names, kind in _TYPES
        for settings in tables
        for name in names
        if name in settings and (name != "no-binary" or settings is not table)
        for item in ([settings[name]] if kind is bool or name in _TEXTS else _list(settings[name]))
    )


def _list(value: Any) -> list[Any]:
    """Return a list, or one with something that no setting can be."""
    return value if isinstance(value, list) else [None]


def _with_absolute_paths(table: Table, folder: str) -> Table:
    """Return settings in which the paths of indexes do not depend on the folder of their file."""
    table = {**table, **{name: _absolute(table[name], folder) for name in _PATHS if name in table}}
    if "index" in table:
        table["index"] = [
            {**index, "url": _absolute(index["url"], folder)} if "url" in index else index for index in table["index"]
        ]
    return {**table, "pip": _with_absolute_paths(table["pip"], folder)} if "pip" in table else table


def _absolute(value: Any, folder: str) -> Any:
    if isinstance(value, list):
        return [_absolute(part, folder) for part in value]
    return value if "://" in value or value.startswith("file:") else os.path.normpath(os.path.join(folder, value))


def _pip(table: Table) -> Table:
    pip: Table = table.get("pip", {})
    return pip


def _merged(tables: Iterable[Table], left_out: Collection[str]) -> Table:
    tables = list(tables)
    names = dict.fromkeys(name for table in tables for name in table if name not in left_out)
    return {name: _combined(table[name] for table in tables if name in table) for name in names}


def _combined(values: Iterable[Any]) -> Any:
    """Return the value that several of one setting make, the strongest first, as uv combines them."""
    result = None
    for value in values:
        if result is None:
            result = value
        elif isinstance(result, list) and isinstance(value, list):
            result = [*result, *value]
        elif isinstance(result, dict) and isinstance(value, dict):
            result = {**value, **result}
    return result


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {_toml(part)}' for key, part in value.items())}}}"
    return str(value) if isinstance(value, int | float) else value.isoformat()

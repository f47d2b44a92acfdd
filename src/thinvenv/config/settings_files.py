"""Files with settings: `[tool.thinvenv]` of a project, and the `thinvenv.toml` of the user."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Any

from thinvenv.choices import SharedBase, suggestion
from thinvenv.config.settings import SETTINGS, Settings
from thinvenv.errors import UsageError
from thinvenv.files.ownership import may_be_planted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thinvenv.config.settings import Setting

_PROJECT = "pyproject.toml"


def read(path: str) -> Settings:
    """Return the settings of a file.

    A relative path of a base or a store starts from the folder of the file. In a folder that every user can write, such
    as ``/tmp``, a ``pyproject.toml`` of another user has no settings: they could name a base with any code.

    Args:
        path: A ``pyproject.toml``, or a file that has the settings at its top.

    Raises:
        UsageError: The file cannot be read, or has an unknown key or value.

    """
    if os.path.basename(path) == _PROJECT and may_be_planted(path):
        return Settings()
    table, place = _table(path)
    settings = {setting.file_key: setting for setting in SETTINGS}
    unknown = [key for key in table if key not in settings]
    if unknown:
        raise _unknown_keys(unknown, settings, place)
    values = {settings[key].field: _value(settings[key], value, path, place) for key, value in table.items()}
    return Settings(**values)


def _table(path: str) -> tuple[Mapping[str, Any], str]:
    """Return the table of settings in a file, and how errors name it."""
    try:
        with open(path, "rb") as file:
            document = tomllib.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"cannot read the settings in {path}", why=(str(error),)) from error
    if os.path.basename(path) != _PROJECT:
        return document, path
    tool = document.get("tool")
    table = tool.get("thinvenv", {}) if isinstance(tool, dict) else {}
    place = f"[tool.thinvenv] of {path}"
    if not isinstance(table, dict):
        raise UsageError(f"{place} is not a table")
    return table, place


def _value(setting: Setting, value: Any, path: str, place: str) -> Any:
    """Return a value of a file, as :class:`Settings` holds it."""
    value = setting.from_value(value, f"`{setting.file_key}` in {place}")
    if setting.metavar != "path":
        return value
    folder = os.path.dirname(path)
    kind = SharedBase if setting.name == "base" else str
    return tuple(
        kind(part if part.startswith("~") or part in setting.names else os.path.normpath(os.path.join(folder, part)))
        for part in value
    )


def _unknown_keys(unknown: list[str], settings: Mapping[str, Setting], place: str) -> UsageError:
    """Return the error for unknown keys, which names for each the setting that was probably meant."""
    why = [f"`{key}`: {hint}" for key in unknown if (hint := suggestion(key, settings))]
    names = "`, `".join(unknown)
    top = 'write the settings at the top of the file, without a table: reuse = "link"'
    return UsageError(
        f"unknown key{'s' if len(unknown) > 1 else ''} `{names}` in {place}",
        why=(*why, f"the settings are {', '.join(settings)}"),
        hint=top if "tool" in unknown else None,
    )

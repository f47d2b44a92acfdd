"""Exports the uv.lock of a project as a lock file of PEP 751, by `uv export`.

thinvenv has no reader of ``uv.lock``: uv compares it with the project and selects groups and extras, so its errors
are those of ``uv sync``.

https://docs.astral.sh/uv/concepts/projects/export/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.backends import exported_locks
from thinvenv.backends.base import run
from thinvenv.backends.uv import REMOVED_VARIABLES
from thinvenv.backends.uv_program import find_uv
from thinvenv.config.pip import is_false
from thinvenv.errors import BackendError, RequirementError, UsageError
from thinvenv.named_tuples import NamedTuple
from thinvenv.requirements.options import INPUTS, by_name, is_option, takes_value
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.context.context import Context

_RENAMED = {
    "--no-install-project": "--no-emit-project",
    "--no-install-workspace": "--no-emit-workspace",
    "--no-install-local": "--no-emit-local",
    "--no-install-package": "--no-emit-package",
}
"""The options of ``uv sync`` that ``uv export`` has under another name."""
_SELECTING_FLAGS = frozenset({
    *("--locked", "--frozen", "--all-groups", "--no-default-groups", "--dev", "--no-dev", "--only-dev", "--all-extras"),
    *("--all-packages", "--no-editable", "--upgrade", "-U", "--no-sources"),
    *("--no-install-project", "--no-install-workspace", "--no-install-local"),
})  # fmt: skip
"""The options without a value that decide what is in the export."""
_SELECTING_VALUES = frozenset({
    *("--group", "--only-group", "--no-group", "--extra", "--no-extra", "--package", "--no-editable-package"),
    *("--upgrade-package", "-P", "--upgrade-group", "--resolution", "--prerelease", "--prerelease-package"),
    *("--fork-strategy", "--no-install-package"),
})  # fmt: skip
"""The options with a value that decide what is in the export."""
_INSTALLING = frozenset({
    *("--reinstall", "--reinstall-package", "--compile-bytecode", "--link-mode", "-q", "--quiet", "-v", "--verbose"),
    "--no-progress",
})  # fmt: skip
"""The options that say only how to install. All others of ``uv sync`` count for both."""
_EXACTNESS = frozenset({"--exact", "--inexact"})
_FORMAT = ("--quiet", "--no-header", "--format", "pylock.toml")
_PROGRESS = ("Using ", "Resolved ", "Usage: ", "For more information")
"""The starts of the lines that say nothing of a failure."""


class SyncOptions(NamedTuple):
    """The options of ``uv sync``, sorted by who carries them out.

    Attributes:
        export: The options of ``uv export``.
        install: The options of ``uv pip install``.
        exact: Whether what the lock does not have is removed.

    """

    export: tuple[str, ...] = ()
    install: tuple[str, ...] = ()
    exact: bool = True


def sync_options(words: Iterable[str], environ: Mapping[str, str]) -> SyncOptions:
    """Return the options of ``uv sync``, sorted by who carries them out.

    ``UV_FROZEN`` replaces ``--locked``.

    Args:
        words: The options, as for ``uv sync``.
        environ: The environment variables.

    Raises:
        UsageError: An option is unknown, has no value, or is about another environment or project.

    """
    queue, exact = [*words][::-1], True
    export: list[str] = []
    install: list[str] = []
    while queue:
        name, value = _next_option(queue)
        if name in _EXACTNESS:
            exact = name == "--exact"
        elif name in _SELECTING_FLAGS | _SELECTING_VALUES:
            export += [_RENAMED.get(name, name), *value]
        else:
            install += [name, *value]
            export += [] if name in _INSTALLING else [name, *value]
    if not is_false(environ.get("UV_FROZEN") or "0"):
        export = [word for word in export if word != "--locked"]
    return SyncOptions(tuple(export), tuple(install), exact)


def export_lock(options: Iterable[str], python: str, context: Context) -> str:
    """Return what the lock of a project selects, as the text of a lock file of PEP 751.

    The cache keeps it, so that a call with nothing to do starts no process; see :mod:`.exported_locks`.

    Args:
        options: The options of ``uv export``, see :class:`SyncOptions`.
        python: The interpreter of the environment. The lock has to support it.
        context: The surroundings of the call. The project is in its directory, or in one above.

    Returns:
        The text. Its paths start from the directory of the context.

    Raises:
        BackendError: uv is not installed.
        UsageError: uv does not know an option.
        RequirementError: There is no lock, it is out of date, or lacks a group or an extra; in the words of uv.

    """
    uv = find_uv(context.environ)
    if uv is None:
        raise BackendError("uv.lock cannot be read without uv", hint="pip install uv")
    words = [*options]
    key = exported_locks.key_of(uv, python, words, context)
    if (text := exported_locks.load(key, context)) is not None:
        return text
    inputs = exported_locks.inputs_of(context)
    command = [uv, "--color", "never", "export", *_FORMAT, "--python", python, *words]
    environ = {name: value for name, value in context.environ.items() if name not in REMOVED_VARIABLES}
    completed = run(command, context, environ=environ)
    if completed.returncode:
        raise failure(redacted(completed.stderr), context.cwd)
    exported_locks.store(key, inputs, completed.stdout, context)
    return completed.stdout


def _next_option(queue: list[str]) -> tuple[str, list[str]]:
    """Take an option from the end of a queue, and return its name and its value, if it has one."""
    word = queue.pop()
    name, equals, value = word.partition("=")
    is_unknown = name not in _SELECTING_FLAGS | _SELECTING_VALUES | _INSTALLING | _EXACTNESS and not is_option(name)
    if is_unknown or name in by_name(INPUTS).keys() - _SELECTING_VALUES - _INSTALLING:
        why = ("its options are those of `uv sync` that select groups, extras and packages, and those of an install",)
        raise UsageError(f"`{name}` cannot be used with uv.lock", why=why)
    if name not in _SELECTING_VALUES and not takes_value(name):
        return name, []
    if not equals and queue:
        value = queue.pop()
    if not value:
        raise UsageError(f"`{name}` needs a value")
    return name, [value]


def failure(stderr: str, folder: str) -> UsageError | RequirementError:
    """Return the error for what uv has printed."""
    text, _, hint = stderr.strip().partition("hint: ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(_PROGRESS)]
    what = next((line for line in lines if line.startswith("error: ")), "uv cannot export the lock of the project")
    why = (*(line for line in lines if line != what), f"in {folder}")
    kind = UsageError if "Usage: uv export" in text else RequirementError
    return kind(what.removeprefix("error: "), why=why, hint=hint.strip() or None)

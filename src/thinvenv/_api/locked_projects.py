"""The public function of :mod:`thinvenv` that follows the uv.lock of a project."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypedDict, Unpack

from thinvenv import engine
from thinvenv._api.arguments import SETTINGS_OPTIONS, path_of, prefix_of, settings_of, strings
from thinvenv.choices import suggestion
from thinvenv.context.context import current_context
from thinvenv.errors import UsageError
from thinvenv.installation.locked_project import locked_request
from thinvenv.requirements.options import lock_selection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv._api.arguments import StrPath
    from thinvenv.choices import BackendName
    from thinvenv.model import Plan


class ReuseSettings(TypedDict, total=False):
    """The keyword arguments of :func:`sync_locked` that are settings; see :class:`thinvenv._api.Options`.

    Attributes:
        only_reuse: Globs of normalised names. Only matching base distributions are reused.
        never_reuse: Globs of normalised names. Matching base distributions are not reused.
        backend: ``"uv"`` or ``"pip"``, the tool that installs. uv reads the lock in any case.
        stores: Stores to link from what has to be installed.

    """

    only_reuse: str | Iterable[str] | None
    never_reuse: str | Iterable[str] | None
    backend: BackendName | None
    stores: StrPath | Iterable[StrPath] | None


def sync_locked(
    project: StrPath = ".",
    *,
    env: StrPath | None = None,
    groups: str | Iterable[str] | None = None,
    extras: str | Iterable[str] | None = (),
    options: str | Iterable[str] = (),
    **settings: Unpack[ReuseSettings],
) -> Plan:
    """Make a virtual environment exactly what the ``uv.lock`` of a project selects.

    The versions are those of the lock, and hashes are checked. What the base or a store has in that version is reused.

    Args:
        project: The folder of the project.
        env: The root of the environment. The default is the environment of the running interpreter.
        groups: The dependency groups to install; the default groups of the project if ``None``.
        extras: The extras to install; all if ``None``.
        options: Further options of ``uv sync``, such as ``["--no-install-project"]`` or ``["--no-editable"]``.
        settings: Further keyword arguments, see :class:`ReuseSettings`.

    Returns:
        The plan that was carried out. ``plan.changes`` is empty if nothing had to be done.

    Raises:
        UsageError: An argument is of another type, or an option cannot be used here.
        RequirementError: There is no lock, it is out of date, or lacks a group or an extra; in the words of uv.
        BackendError: uv is not installed.
        ThinvenvError: See :func:`thinvenv.install` for what else may fail.

    """
    context, prefix = current_context(cwd=os.path.abspath(path_of(project, "project"))), prefix_of(env)
    names = (
        None if value is None else strings(value, name) for value, name in ((groups, "groups"), (extras, "extras"))
    )
    words = [*lock_selection(*names), *strings(options, "options")]
    for name in settings.keys() - SETTINGS_OPTIONS:
        raise UsageError(f"unknown option `{name}`", hint=suggestion(name, SETTINGS_OPTIONS))
    chosen = settings_of(context, **settings)
    return engine.install(chosen.apply_to(locked_request(words, prefix, context)), prefix, context)

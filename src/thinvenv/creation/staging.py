"""Replacing an environment: the old one is moved aside, and restored if the new one fails."""

from __future__ import annotations

import os
import shlex
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.context.processes import sigterm_as_interrupt
from thinvenv.errors import EnvironmentExistsError, NotAnEnvironmentError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEFORE = "before"
_FAILED = "failed"


@contextmanager
def restored_on_failure(prefix: Path, *, clear: bool) -> Iterator[None]:
    """Move an existing environment aside while the block creates another, and restore it if the block fails.

    If the prefix is a symbolic link, the folder that it leads to is replaced. An empty folder
    is used as it is: it may be a mount point, or the current directory of a shell.

    Args:
        prefix: The root of the new environment.
        clear: Whether an existing environment may be replaced.

    Raises:
        EnvironmentExistsError: There is already something at ``prefix``.
        NotAnEnvironmentError: The existing environment cannot be moved.

    """
    _check_replaceable(prefix, clear=clear)
    root = Path(os.path.realpath(prefix))
    with sigterm_as_interrupt():
        is_empty = root.is_dir() and not any(root.iterdir())
        backup = _sibling(root, _BEFORE) if root.exists() and not is_empty else None
        try:
            if backup:
                _move_aside(root, backup)
            yield
        except BaseException:
            if is_empty:
                _clear(root)
            elif backup is None or backup.exists():
                _restore(root, backup)
            raise
        for leftover in _leftovers(root):
            shutil.rmtree(leftover, ignore_errors=True)


def _check_replaceable(prefix: Path, *, clear: bool) -> None:
    if not os.path.lexists(prefix) or (prefix.is_dir() and not any(prefix.iterdir())):
        return
    is_environment = (prefix / "pyvenv.cfg").is_file()
    if clear and is_environment:
        return
    what = "an environment" if is_environment else "something that is not an environment"
    leftovers = _leftovers(Path(os.path.realpath(prefix)))
    raise EnvironmentExistsError(
        f"there is already {what} at {prefix}",
        why=tuple(f"the environment that a killed thinvenv was replacing is still at {path}" for path in leftovers),
        hint=f"thinvenv create --clear {shlex.quote(str(prefix))}" if is_environment else None,
    )


def _sibling(root: Path, role: str) -> Path:
    return root.with_name(f".{root.name}.{os.getpid()}.thinvenv-{role}")


def _leftovers(root: Path) -> list[Path]:
    """Return the folders that this call, and earlier calls that were killed, have moved aside."""
    start, ends = f".{root.name}.", (f".thinvenv-{_BEFORE}", f".thinvenv-{_FAILED}")
    with suppress(OSError):
        names = os.listdir(root.parent)
        return [root.parent / name for name in sorted(names) if name.startswith(start) and name.endswith(ends)]
    return []


def _move_aside(root: Path, backup: Path) -> None:
    try:
        root.rename(backup)
        root.mkdir()  # so that a link to it still has a target
    except OSError as error:
        raise NotAnEnvironmentError(f"cannot replace {root}", why=(str(error),)) from error


def _restore(root: Path, backup: Path | None) -> None:
    """Restore what was moved aside. The renames come first, since removing a tree may be interrupted."""
    failed = _sibling(root, _FAILED)
    with suppress(FileNotFoundError, NotADirectoryError):  # the folder could not be created
        root.rename(failed)
    if backup:
        backup.rename(root)
    shutil.rmtree(failed, ignore_errors=True)


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

"""Replaces an environment: the old one is moved aside, and restored if the new one fails.

A process that is killed restores nothing, so the next one that creates an environment at the same
path does. What is moved aside carries a token of the process in its name, and the process holds a
lock beside it: a process that gets this lock knows that the other is dead. The number of a process
alone does not show that, since containers and machines that share a folder use the same numbers.

The order of the steps matters wherever the process may be killed:

1. The old environment is renamed to ``before``. If there is none, ``begun`` says so.
2. The new environment is created and filled.
3. ``before`` is renamed to ``old``, or ``begun`` is removed: from here on the new environment counts.
4. ``old`` is removed.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.context.lock import FileLock
from thinvenv.context.processes import sigterm_as_interrupt
from thinvenv.errors import EnvironmentExistsError, NotAnEnvironmentError
from thinvenv.files import names_in
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thinvenv.context.reporter import Reporter


_LONGEST_LOOK = 5
"""The seconds for which another process may hold a lock to find out whether its owner lives."""


class _Attempt(NamedTuple):
    """A process that creates an environment, and the paths beside the environment that it uses.

    Attributes:
        root: The root of the environment, without links.
        before: The environment that was there before.
        begun: A file that exists while an environment is created where none was before.
        failed: The environment that could not be completed.
        old: The environment that was there before, once the new one is complete.
        lock: The file that the process locks while it runs.

    """

    root: Path
    before: Path
    begun: Path
    failed: Path
    old: Path
    lock: Path

    @property
    def foreign_path(self) -> Path | None:
        """One of the paths, if it belongs neither to this user nor to the owner of the folder.

        Everyone can create such names in a folder like ``/tmp``, and would have this process remove the environment
        there, or put another in its place.
        """
        trusted = {os.stat(self.root.parent).st_uid, os.geteuid() if os.name == "posix" else 0}
        for path in self[1:]:
            with suppress(FileNotFoundError):
                if os.lstat(path).st_uid not in trusted:
                    return path
        return None


_ROLES = _Attempt._fields[1:]
"""The names of the paths, which their file names end with."""


@contextmanager
def restored_on_failure(prefix: Path, reporter: Reporter, *, clear: bool) -> Iterator[None]:
    """Move an existing environment aside while the block creates another, and restore it if the block fails.

    If the prefix is a symbolic link, the folder that it leads to is replaced. An empty folder
    is used as it is: it may be a mount point, or the current directory of a shell.

    Args:
        prefix: The root of the new environment.
        reporter: Receives a note if an environment of a killed process is restored.
        clear: Whether an existing environment may be replaced.

    Raises:
        EnvironmentExistsError: There is already something at ``prefix``.
        NotAnEnvironmentError: The existing environment cannot be moved.

    """
    root = Path(os.path.realpath(prefix))
    with sigterm_as_interrupt():
        _recover(root, reporter)
        _check_replaceable(prefix, clear=clear)
        attempt = _attempt_of(root, f"{os.getpid()}-{os.urandom(4).hex()}")
        is_folder = root.is_dir() and not any(root.iterdir())
        with _owned(attempt):
            try:
                _begin(attempt, has_environment=root.exists() and not is_folder)
                yield
            except BaseException:
                _undo(attempt, is_folder=is_folder)
                raise
            if attempt.before.exists():
                attempt.before.rename(attempt.old)
            attempt.begun.unlink(missing_ok=True)
            shutil.rmtree(attempt.old, ignore_errors=True)


def _check_replaceable(prefix: Path, *, clear: bool) -> None:
    if not os.path.lexists(prefix) or (prefix.is_dir() and not any(prefix.iterdir())):
        return
    is_environment = (prefix / "pyvenv.cfg").is_file()
    if clear and is_environment:
        return
    what = "an environment" if is_environment else "something that is not an environment"
    running = [attempt.before for attempt in _attempts(Path(os.path.realpath(prefix))) if attempt.before.exists()]
    raise EnvironmentExistsError(
        f"there is already {what} at {prefix}",
        why=tuple(f"another process is replacing it, and has moved the environment to {path}" for path in running),
        hint=f"thinvenv create --clear {shlex.quote(str(prefix))}" if is_environment else None,
    )


def _begin(attempt: _Attempt, *, has_environment: bool) -> None:
    try:
        if has_environment:
            attempt.root.rename(attempt.before)
            attempt.root.mkdir()  # so that a link to it still has a target
        else:
            with suppress(OSError):  # where nothing can be created beside it, a killed process leaves it to `--clear`
                attempt.begun.touch()
    except OSError as error:
        raise NotAnEnvironmentError(f"cannot replace {attempt.root}", why=(str(error),)) from error


def _undo(attempt: _Attempt, *, is_folder: bool) -> None:
    """Remove the incomplete environment, and restore the one before.

    The renames come first, since removing a tree may be interrupted.
    """
    root = attempt.root
    if is_folder:
        _clear(root)
    elif attempt.before.exists() or attempt.begun.exists():
        with suppress(FileNotFoundError, NotADirectoryError):  # the folder could not be created
            root.rename(attempt.failed)
        if attempt.before.exists():
            attempt.before.rename(root)
        shutil.rmtree(attempt.failed, ignore_errors=True)
    with suppress(FileNotFoundError, NotADirectoryError):
        attempt.begun.unlink()


def _recover(root: Path, reporter: Reporter) -> None:
    """Undo what processes have begun at a path that were killed, and remove what they left."""
    for attempt in _attempts(root):
        if foreign := attempt.foreign_path:
            reporter.note(f"passed over {foreign}: it belongs to another user")
            continue
        if not _is_dead(attempt):
            continue
        if attempt.before.exists():
            _undo(attempt, is_folder=False)
            reporter.note(f"restored {root}: a process that was killed had moved it aside")
        elif attempt.begun.exists():
            _clear(root)
            attempt.begun.unlink(missing_ok=True)
        for leftover in (attempt.old, attempt.failed):
            shutil.rmtree(leftover, ignore_errors=True)
        with suppress(OSError):
            attempt.lock.unlink(missing_ok=True)


def _attempts(root: Path) -> list[_Attempt]:
    """Return the processes that have left something beside the root of an environment."""
    pattern = re.compile(rf"\.{re.escape(root.name)}\.(\d+-[0-9a-f]{{8}})\.thinvenv-(?:{'|'.join(_ROLES)})")
    matches = filter(None, map(pattern.fullmatch, names_in(root.parent)))
    return [_attempt_of(root, token) for token in sorted({match[1] for match in matches})]


def _attempt_of(root: Path, token: str) -> _Attempt:
    """Return the attempt of a process at a path, whose token tells it from all others there."""
    return _Attempt(root, *(root.with_name(f".{root.name}.{token}.thinvenv-{role}") for role in _ROLES))


@contextmanager
def _owned(attempt: _Attempt) -> Iterator[None]:
    """Hold the lock that shows others that this process lives. It is taken first, and removed last."""
    lock = FileLock(attempt.lock)
    # A file system may have no locks. Others then never take the process for dead.
    with suppress(OSError, NotImplementedError):
        lock.acquire(timeout=_LONGEST_LOOK)
    try:
        yield
    finally:
        with suppress(OSError):
            attempt.lock.unlink(missing_ok=True)
        lock.release()


def _is_dead(attempt: _Attempt) -> bool:
    """Return whether the process of an attempt is known to run no longer, on this machine or any other."""
    if not attempt.lock.exists():
        return True
    lock = FileLock(attempt.lock)
    try:
        lock.acquire(timeout=0)
    except (OSError, NotImplementedError):
        return False
    lock.release()
    return True


def _clear(folder: Path) -> None:
    with suppress(FileNotFoundError):
        for path in list(folder.iterdir()):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

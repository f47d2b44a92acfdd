"""The place where an environment is made: what was there before comes back where making it fails."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

from thinvenv.errors import EnvironmentExistsError, NotAnEnvironmentError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEFORE = "before"
_FAILED = "failed"


@contextmanager
def room(prefix: Path, *, clear: bool) -> Iterator[None]:
    """Give an environment its place; leave what was there before if it could not be finished.

    A link stays one: what it leads to is replaced. A folder that is there and empty is not replaced, it
    may be a mount or where somebody stands.

    Args:
        prefix: Where the environment is to be.
        clear: Whether an environment that is there already may go.

    Raises:
        EnvironmentExistsError: Something is already there.
        NotAnEnvironmentError: It cannot be moved aside.

    """
    _refuse_to_replace(prefix, clear=clear)
    place = Path(os.path.realpath(prefix))
    with _cleaned_up_when_terminated():
        is_empty = place.is_dir() and not any(place.iterdir())
        aside = _beside(place, _BEFORE) if place.exists() and not is_empty else None
        try:
            if aside:
                _move_aside(place, aside)
            yield
        except BaseException:
            if is_empty:
                _empty(place)
            elif aside is None or aside.exists():
                _bring_back(place, aside)
            raise
        for one in _left_beside(place):
            shutil.rmtree(one, ignore_errors=True)


def _refuse_to_replace(prefix: Path, *, clear: bool) -> None:
    if not os.path.lexists(prefix) or (prefix.is_dir() and not any(prefix.iterdir())):
        return
    is_environment = (prefix / "pyvenv.cfg").is_file()
    if clear and is_environment:
        return
    what = "an environment" if is_environment else "something that is not an environment"
    before = _left_beside(Path(os.path.realpath(prefix)))
    raise EnvironmentExistsError(
        f"there is already {what} at {prefix}",
        why=tuple(f"one that was being replaced when thinvenv was killed is still at {one}" for one in before),
        hint=f"thinvenv create --clear {shlex.quote(str(prefix))}" if is_environment else None,
    )


def _beside(place: Path, what: str) -> Path:
    return place.with_name(f".{place.name}.{os.getpid()}.thinvenv-{what}")


def _left_beside(place: Path) -> list[Path]:
    """Return what this call, and earlier ones that were killed, have moved aside."""
    start, ends = f".{place.name}.", (f".thinvenv-{_BEFORE}", f".thinvenv-{_FAILED}")
    with suppress(OSError):
        names = os.listdir(place.parent)
        return [place.parent / one for one in sorted(names) if one.startswith(start) and one.endswith(ends)]
    return []


def _move_aside(place: Path, aside: Path) -> None:
    try:
        place.rename(aside)
        place.mkdir()  # a link would else lead nowhere
    except OSError as error:
        raise NotAnEnvironmentError(f"cannot replace {place}", why=(str(error),)) from error


def _bring_back(place: Path, aside: Path | None) -> None:
    """Put back what was moved aside, before anything that takes time: it may be interrupted as well."""
    failed = _beside(place, _FAILED)
    with suppress(FileNotFoundError, NotADirectoryError):  # nothing could be made
        place.rename(failed)
    if aside:
        aside.rename(place)
    shutil.rmtree(failed, ignore_errors=True)


def _empty(place: Path) -> None:
    for one in place.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)


@contextmanager
def _cleaned_up_when_terminated() -> Iterator[None]:
    """Let who is terminated, or whose terminal has gone, clean up as who is interrupted does, and end by it then.

    Where a program has said itself what is to happen then, or in another thread, nothing is changed.
    """
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    ours = [one for one in numbers if signal.getsignal(one) is signal.SIG_DFL]
    if current_thread() is not main_thread():
        ours = []
    got: list[int] = []

    def end(number: int, _frame: object) -> None:
        got.append(number)
        for one in ours:
            signal.signal(one, signal.SIG_IGN)  # who cleans up has heard it
        raise KeyboardInterrupt

    for one in ours:
        signal.signal(one, end)
    try:
        yield
    finally:
        for one in ours:
            signal.signal(one, signal.SIG_DFL)
        if got:
            os.kill(os.getpid(), got[0])

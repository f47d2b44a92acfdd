"""What can go wrong, each as one class, in the words of the person who reads it.

An error says *what* was wrong, *why* (wanted, found, where), and gives a *hint*:
a command or an edit that works, or nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class ThinvenvError(Exception):
    """The root of every error that thinvenv raises on purpose.

    Args:
        what: One line, in the user's nouns.
        why: Further lines: what was wanted, what was found and where.
        hint: What to do next, or ``None`` where nothing sure can be said.

    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, why: tuple[str, ...] = (), hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        """Return the whole message, as a door prints it."""
        lines = [self.what, *(f"  {line}" for reason in self.why for line in reason.splitlines())]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class UsageError(ThinvenvError):
    """The call itself is wrong: an unknown option, a value that makes no sense."""

    exit_code = 2


class NotAnEnvironmentError(ThinvenvError):
    """A path that was given as a virtual environment is none."""


class UnwritableError(NotAnEnvironmentError):
    """An environment that something has to be written to cannot be written."""


class EnvironmentExistsError(ThinvenvError):
    """An environment was to be created where something already is."""


class InterpreterError(ThinvenvError):
    """An interpreter does not start, or does not answer as one."""


class BaseError(ThinvenvError):
    """A base layer cannot serve this environment."""


class RequirementError(ThinvenvError):
    """A requirement, or the file that holds it, cannot be read."""


def joined(errors: Sequence[RequirementError]) -> RequirementError:
    """Return several errors as one, so that all of them can be mended at once."""
    if len(errors) == 1:
        return errors[0]
    return RequirementError(f"{len(errors)} requirements cannot be read", why=tuple(map(str, errors)))


class ResolutionError(ThinvenvError):
    """There is no set of distributions that satisfies what was asked for."""


class UnshadowableError(ThinvenvError):
    """A base distribution has to be replaced, but comes before the venv on the path."""


class BackendError(ThinvenvError):
    """The installer behind thinvenv failed, or answered in a form not known here."""


class BrokenInstallError(ThinvenvError):
    """After an install the closure of the requirements is not what will be imported."""


class PluginError(ThinvenvError):
    """A plugin of thinvenv cannot be loaded, or failed when it was called."""


class ReceiptError(ThinvenvError):
    """The receipt of an environment cannot be read or written."""

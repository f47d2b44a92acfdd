"""The exceptions of thinvenv, one class for each kind of problem.

An error says *what* was wrong, *why* (what was required, what was found, and where), and gives a
*hint*: a command or an edit that works, or nothing.
"""

from __future__ import annotations

import errno

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar, Self


_MOST_PARTS = 10
"""The number of errors about requirements that are shown together."""
_WAYS_OUT = {
    **dict.fromkeys(("EACCES", "EPERM"), "run the command as the owner of that folder, or use a folder of your own"),
    "EROFS": "use a folder on a file system that can be written",
    "ENOTDIR": "use another folder: a file is in the place of this one, or of a folder above it",
    **dict.fromkeys(("ENOSPC", "EDQUOT"), "free some space, then run the same command again"),
    "EINTR": "run the same command again",
}
"""What to do if a file cannot be written, by the name of the system's error."""
_COLOUR = "\x1b["
"""The start of an escape sequence that sets a colour, or does something else."""


def printable(text: str, kept: str = "") -> str:
    r"""Return a text with escapes (``\x1b``) in the place of characters that are not printed.

    Names of directories, requirements and locks come from others. A control character in them could change what a
    terminal shows, or end the line and begin another one. What a program printed in colour loses its colours.

    Args:
        text: The text.
        kept: Characters that stay, such as line breaks in the output of a program.

    """
    if text.isprintable():
        return text
    first, *others = text.split(_COLOUR)
    text = first + "".join(map(_without_colour, others))
    return "".join(
        char if char.isprintable() or char in kept else char.encode("unicode_escape").decode() for char in text
    )


def _without_colour(text: str) -> str:
    """Return what follows the start of an escape sequence, without the rest of the sequence if it sets a colour."""
    code, _, rest = text.partition("m")
    return rest if "m" in text and set(code) <= set("0123456789;") else _COLOUR + text


class ThinvenvError(Exception):
    """The base class of all errors that thinvenv raises on purpose.

    Args:
        what: One line that says what was wrong, in the user's terms.
        why: Further lines: what was required, what was found, and where.
        hint: A command or an edit that works, or ``None``.

    Attributes:
        parts: The errors that it consists of; in most cases itself alone.

    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, why: tuple[str, ...] = (), hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        # Not "[Errno 13] Permission denied: ...": the number means nothing to a person.
        self.why = tuple(line.partition("] ")[2] if line.startswith("[Errno ") else line for line in why)
        self.hint = hint
        self.parts: tuple[ThinvenvError, ...] = (self,)

    @classmethod
    def of_writing(cls, place: object, error: OSError) -> Self:
        """Return the error about a place to which the system does not write, such as an environment."""
        return cls(f"cannot write to {place}", why=(str(error),), hint=way_out(error))

    @property
    def anchor(self) -> str:
        """The section about this kind of error in ``docs/troubleshooting.md``, such as ``resolution-error``."""
        name = next(cls.__name__ for cls in type(self).__mro__ if cls.__module__ == __name__)
        return name[0].lower() + "".join(f"-{char.lower()}" if char.isupper() else char for char in name[1:])

    def __str__(self) -> str:
        """Return the whole message without control characters."""
        lines = [self.what, *(f"  {line}" for reason in self.why for line in reason.splitlines())]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(printable(line, "\t") for line in lines)


class UsageError(ThinvenvError):
    """The call itself is wrong: an unknown option, or a value that makes no sense."""

    exit_code = 2


class NotAnEnvironmentError(ThinvenvError):
    """A path is not a virtual environment, or not one that can be replaced."""


class UnwritableError(NotAnEnvironmentError):
    """An environment is read-only, and something has to be installed."""


class EnvironmentExistsError(ThinvenvError):
    """An environment cannot be created, because something else is in its place."""


class InterpreterError(ThinvenvError):
    """An interpreter is not found, does not start, or does not answer as an interpreter."""


class BaseError(ThinvenvError):
    """A base does not exist, is for another interpreter, or cannot be read."""


class StoreError(ThinvenvError):
    """A store cannot be used: it is none, is not to be trusted, or cannot be written while something is missing."""


class ClusterError(ThinvenvError):
    """A cluster cannot be reached, or its nodes cannot run environments."""


class RequirementError(ThinvenvError):
    """A requirement, or a requirements file, cannot be read."""


def joined(errors: Sequence[ThinvenvError]) -> ThinvenvError:
    """Return several errors about requirements as one, so that the user can correct all of them at once.

    An error that consists of several counts as these. If all of them are errors of usage, the whole is one.
    """
    parts = tuple(part for error in errors for part in error.parts)
    if len(parts) == 1:
        return parts[0]
    kind = UsageError if all(isinstance(part, UsageError) for part in parts) else RequirementError
    rest = (f"and {len(parts) - _MOST_PARTS} more",) if len(parts) > _MOST_PARTS else ()
    whole = kind(f"{len(parts)} requirements cannot be read", why=(*map(str, parts[:_MOST_PARTS]), *rest))
    whole.parts = parts
    return whole


class ResolutionError(ThinvenvError):
    """No set of distributions satisfies the requirements."""


class UninstallError(ThinvenvError):
    """A distribution cannot be uninstalled: it is not there, something needs it, or a base shows it."""


class UnshadowableError(ThinvenvError):
    """A base distribution has to be replaced, but comes before the venv on the path."""


class BackendError(ThinvenvError):
    """uv or pip failed, or its answer has an unknown format."""


class BrokenInstallError(ThinvenvError):
    """The installer succeeded, but the requirements are not satisfied by what is imported."""


class PluginError(ThinvenvError):
    """A plugin of thinvenv cannot be loaded, or raised an exception."""


class ReceiptError(ThinvenvError):
    """The receipt of an environment cannot be written."""


def way_out(error: OSError) -> str | None:
    """Return what to do if the system does not write a file; ``None`` if its error does not say."""
    return _WAYS_OUT.get(errno.errorcode.get(error.errno or 0, ""))

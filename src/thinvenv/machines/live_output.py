"""The output of environments that run on other machines, shown while they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.errors import printable
from thinvenv.machines.tox_results import is_part_of_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class LiveOutput:
    """Shows each line of each environment once, with the name of the environment before it.

    Lines come twice: while an environment runs, and all together when it has ended. The first may get lost, with the
    machine that carries them.

    Args:
        write: Receives text.

    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._shown: dict[str, tuple[str, int]] = {}

    def show(self, name: str, run: str, start: int, lines: Sequence[str]) -> None:
        """Show the lines of an environment that have not been shown yet.

        Args:
            name: The environment.
            run: What tells its runs apart. Where a machine is lost, an environment runs a second time.
            start: How many lines come before these.
            lines: The lines, without their ends.

        """
        earlier, shown = self._shown.get(name, (run, 0))
        if run != earlier:
            self._write(f"{name} | its node was lost, so it starts again\n")
            shown = 0
        if start <= shown:  # otherwise earlier lines are still missing
            new = lines[shown - start :]
            self._write(prefixed(name, new))
            shown += len(new)
        self._shown[name] = (run, shown)

    def fail(self, name: str, message: str) -> None:
        """Show that an environment has not ended."""
        self._write(prefixed(name, message.splitlines()))


def prefixed(name: str, lines: Sequence[str]) -> str:
    """Return lines of output with the name of their environment before each, without the end of a run of tox."""
    return "".join(
        f"{name} | {printable(line, chr(9))}\n" for line in lines if line.strip() and not is_part_of_end(line)
    )

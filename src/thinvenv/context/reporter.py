"""The reporter: receives the progress and the notes of a call."""

from __future__ import annotations


class Reporter:
    """Receives what a call has to say. This class drops all of it.

    The command line, tox and nox each have a subclass that shows the lines in their own way.
    """

    streams: bool = False
    """Whether the installer may write its own progress to standard error."""

    def progress(self, text: str) -> None:
        """Receive one line that names work that is about to start and takes time."""

    def note(self, text: str) -> None:
        """Receive one line that the person should read, and that stops nothing."""

"""The reporter: receives the progress and the notes of a call."""

from __future__ import annotations


class Reporter:
    """Receives what a call has to say. This class drops all of it.

    The command line, tox and nox each have a subclass that shows the lines in their own way.
    """

    streams: bool = False
    """Whether the installer may write its own progress to standard error."""
    has_streamed: bool = False
    """Whether an installer has done so. Its last lines name what it has installed."""

    def progress(self, text: str) -> None:
        """Receive one line that names work that is about to start and takes time."""

    def note(self, text: str) -> None:
        """Receive one line that the person should read, and that stops nothing."""


class CountingReporter(Reporter):
    """Passes everything to another reporter, and counts the notes.

    Args:
        reporter: The other reporter.

    Attributes:
        notes: The number of notes so far.

    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self.streams = reporter.streams
        self.notes = 0

    @property
    def has_streamed(self) -> bool:
        """Whether an installer has written its own progress, as the other reporter knows."""
        return self._reporter.has_streamed

    @has_streamed.setter
    def has_streamed(self, value: bool) -> None:
        self._reporter.has_streamed = value

    def progress(self, text: str) -> None:
        """Pass on what is about to start."""
        self._reporter.progress(text)

    def note(self, text: str) -> None:
        """Pass on a note."""
        self.notes += 1
        self._reporter.note(text)

"""The reporter that counts notes, and passes everything to another one."""

from __future__ import annotations

from thinvenv.context.reporter import CountingReporter, Reporter


def test_what_an_installer_has_streamed_reaches_the_front_end() -> None:
    """Otherwise the command line would list again what the installer has listed."""
    front_end = Reporter()
    reporter = CountingReporter(front_end)
    reporter.has_streamed |= False
    assert not front_end.has_streamed

    reporter.has_streamed |= True
    assert front_end.has_streamed

"""tox in a process of its own: output on a terminal, and interrupts."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

import pytest

from support.projects import Project, make_index
from support.server import pages_of, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.bases import Base
    from support.tox_projects import ToxProject

PATIENCE = 60


class Slow(NamedTuple):
    """An index that sends its wheel only when the test allows it.

    Attributes:
        requested: Set when a client asks for the wheel.
        go: Set by the test to allow the response.

    """

    requested: Event
    go: Event


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    make_index(tmp_path / "served", (Project("alpha", "2.0"),))
    pages = pages_of(tmp_path / "served")
    wheel = next(path for path in pages if path.endswith(".whl"))
    # With separate metadata (PEP 658) the wheel is not requested before it is installed.
    pages[f"{wheel}.metadata"] = Project("alpha", "2.0").metadata().encode()
    page = pages["/simple/alpha/"].replace(b"<a ", b'<a data-core-metadata="true" data-dist-info-metadata="true" ')
    pages["/simple/alpha/"] = page
    index = Slow(Event(), Event())

    def first(path: str) -> None:
        if path == wheel:
            index.requested.set()
            index.go.wait(PATIENCE)

    with serve(pages, before_response=first) as url:
        monkeypatch.setenv("PIP_INDEX_URL", f"{url}/simple/")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
        try:
            yield index
        finally:
            index.go.set()


@pytest.fixture
def ini(project: ToxProject, base: Base) -> ToxProject:
    project.configure(base.python, "deps = alpha", sees_base=False)
    return project


# The process that runs the tests may ignore interrupts, as background jobs of a shell do.
TOX = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("tox", run_name="__main__")
"""


def start(
    project: ToxProject, *words: str, out: int = subprocess.PIPE, err: int = subprocess.STDOUT
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", TOX, "run", "-e", "py", *words]
    return subprocess.Popen(
        command, cwd=project.root, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
    )


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_an_interrupt_of_tox_ends_the_installer(ini: ToxProject, slow: Slow, backend: str) -> None:
    run = start(ini, "--thin-backend", backend)
    assert slow.requested.wait(PATIENCE)

    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=PATIENCE)  # the index still does not respond

    assert run.returncode != 0
    assert b"KeyboardInterrupt" in out
    assert b"Traceback" not in out
    with pytest.raises(ProcessLookupError):  # no process of its session is left
        os.killpg(run.pid, 0)
    slow.go.set()
    assert (
        b"install 1"
        in subprocess.run(
            [sys.executable, "-m", "tox", "run", "-e", "py"], cwd=ini.root, capture_output=True, check=True
        ).stdout
    )


def test_a_terminal_shows_the_progress_of_uv(ini: ToxProject, slow: Slow) -> None:
    main, child = pty.openpty()
    run = start(ini, out=child, err=child)
    os.close(child)
    shown = b""
    with suppress(OSError):  # reading a closed terminal raises it
        while data := os.read(main, 4096):
            shown += data
            if b"Preparing packages" in shown:  # the wheel has not been sent yet
                slow.go.set()
    os.close(main)

    assert run.wait(PATIENCE) == 0
    assert b"Preparing packages" in shown


def test_piped_output_has_no_progress(ini: ToxProject, slow: Slow) -> None:
    slow.go.set()

    out, _ = start(ini).communicate(timeout=PATIENCE)

    assert b"thin reuse 0, install 1" in out
    assert b"Prepar" not in out
    assert b"\r" not in out

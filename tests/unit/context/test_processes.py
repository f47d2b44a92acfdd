"""Child processes: their output, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from thinvenv.context.context import Timeouts
from thinvenv.context.processes import Supervisor, Terminated, sigterm_as_interrupt
from thinvenv.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENT = Timeouts(wait=0.1, interrupt=0.1, terminate=0.1)
UNLIMITED = Timeouts(wait=0, interrupt=None, terminate=None)

# Writes the names of the signals that it receives; one of them ends it.
CHILD = """
import pathlib, signal, sys, time
log, ending = pathlib.Path(sys.argv[1]), sys.argv[2]
def receive(number, _frame):
    name = signal.Signals(number).name
    with log.open("a") as file:
        file.write(name + " ")
    if name == ending:
        sys.exit(3)
signal.signal(signal.SIGINT, receive)
signal.signal(signal.SIGTERM, receive)
log.touch()
time.sleep(60)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "signals"


def child(log: Path, ending: str) -> list[str]:
    return [sys.executable, "-c", CHILD, str(log), ending]


def until_ready(log: Path) -> Callable[[], None]:
    """Return a function that waits until the child has its signal handlers."""

    def wait() -> None:
        deadline = time.monotonic() + 30
        while not log.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return wait


def run(supervisor: Supervisor, script: str, *, stream: bool = False) -> subprocess.CompletedProcess[str]:
    return supervisor.run([sys.executable, "-c", script], environ={**os.environ, "NAME": "value"}, stream=stream)


def test_status_and_output(tmp_path: Path) -> None:
    script = (
        "import os, sys; print(os.environ['NAME'], sys.stdin.read(), end=''); print('no', file=sys.stderr); exit(4)"
    )

    completed = run(Supervisor(), script)

    assert (completed.returncode, completed.stdout, completed.stderr) == (4, "value ", "no\n")
    command = [sys.executable, "-c", "import os; print(os.getcwd())"]
    assert Supervisor().run(command, environ=os.environ, cwd=str(tmp_path)).stdout == f"{tmp_path}\n"


def test_a_streamed_standard_error_is_not_captured(capfd: pytest.CaptureFixture[str]) -> None:
    completed = run(Supervisor(), "import sys; print('progress', file=sys.stderr)", stream=True)

    assert (completed.stderr, capfd.readouterr().err) == ("", "progress\n")


def test_a_supervisor_runs_several_processes() -> None:
    supervisor = Supervisor()

    assert [run(supervisor, f"print({number})").stdout for number in range(2)] == ["0\n", "1\n"]


@pytest.mark.skipif(sys.platform == "win32", reason="a console interrupts all its processes")
def test_a_process_that_was_interrupted_has_no_result_and_no_successor() -> None:
    supervisor = Supervisor()
    default = "signal.signal(signal.SIGINT, signal.SIG_DFL)"  # a shell lets its background processes ignore it

    with pytest.raises(BackendError, match="the install was interrupted"):
        run(supervisor, f"import os, signal; {default}; os.kill(os.getpid(), signal.SIGINT)")

    with pytest.raises(BackendError, match="the install was interrupted"):
        run(supervisor, "")


@pytest.mark.skipif(sys.platform == "win32", reason="has no groups of processes")
def test_children_of_a_process_are_ended_with_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    output = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    grandchild = f"import time; file = open({str(pipe)!r}, 'wb', 0); file.write(b'x'); time.sleep(60)"
    script = (
        f"import subprocess, sys; process = subprocess.Popen([sys.executable, '-c', {grandchild!r}]); process.wait()"
    )

    def wait_for(expected: bytes) -> None:
        deadline = time.monotonic() + 30
        while True:
            with suppress(BlockingIOError):  # the pipe is open for writing, and has nothing
                if os.read(output, 1) == expected:
                    return
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def interrupt() -> None:
        wait_for(b"x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Supervisor().run(
            [sys.executable, "-c", script], environ=os.environ, timeouts=PATIENT, meanwhile=interrupt, has_children=True
        )

    wait_for(b"")
    os.close(output)


def test_a_program_that_does_not_exist() -> None:
    with pytest.raises(FileNotFoundError):
        Supervisor().run(["/no/such/program"], environ={})


def test_a_process_is_killed_at_its_time_limit(log: Path) -> None:
    start = time.monotonic()

    with pytest.raises(TimeoutError):
        Supervisor().run(child(log, "none"), environ=os.environ, limit=0.5, meanwhile=until_ready(log))

    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    ("ending", "timeouts", "signals", "code"),
    [
        ("SIGINT", UNLIMITED, "SIGINT", 3),
        ("SIGTERM", UNLIMITED._replace(interrupt=0.1), "SIGINT SIGTERM", 3),
        ("none", PATIENT, "SIGINT SIGTERM", -signal.SIGKILL),
    ],
)
def test_another_thread_stops_a_process(log: Path, ending: str, timeouts: Timeouts, signals: str, code: int) -> None:
    supervisor = Supervisor()

    def stop() -> None:
        until_ready(log)()
        supervisor.stop(timeouts)

    stopper = Thread(target=stop)
    stopper.start()
    completed = supervisor.run(child(log, ending), environ=os.environ)
    stopper.join()

    assert (log.read_text().split(), completed.returncode) == (signals.split(), code)
    with pytest.raises(BackendError, match="interrupted"):
        supervisor.run(child(log, ending), environ=os.environ)


def test_a_process_that_ends_by_itself_receives_no_signal(log: Path) -> None:
    """Ctrl-C in a terminal has interrupted it already."""
    supervisor = Supervisor()

    def stop() -> None:
        until_ready(log)()
        supervisor.stop(Timeouts(wait=None))

    stopper = Thread(target=stop)
    stopper.start()
    completed = supervisor.run(
        [sys.executable, "-c", CHILD.replace("sleep(60)", "sleep(0.3)"), str(log), "none"], environ=os.environ
    )
    stopper.join()

    assert (log.read_text(), completed.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("interrupt", "ending", "timeouts", "signals"),
    [
        (KeyboardInterrupt, "SIGINT", UNLIMITED, "SIGINT"),
        (KeyboardInterrupt, "none", PATIENT, "SIGINT SIGTERM"),
        (Terminated, "SIGTERM", UNLIMITED, "SIGTERM"),
        (Terminated, "none", PATIENT, "SIGTERM"),
        (RuntimeError, "none", UNLIMITED, ""),
    ],
)
def test_an_exception_ends_the_process(
    log: Path, interrupt: type[BaseException], ending: str, timeouts: Timeouts, signals: str
) -> None:
    def meanwhile() -> None:
        until_ready(log)()
        raise interrupt

    with pytest.raises(interrupt):
        Supervisor().run(child(log, ending), environ=os.environ, timeouts=timeouts, meanwhile=meanwhile)

    assert log.read_text().split() == signals.split()


# Runs a block under the guard; a second argument changes what happens around it.
GUARDED = """
import pathlib, signal, sys, threading, time
from thinvenv.context.processes import sigterm_as_interrupt
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # `nohup` lets its command ignore the second
if sys.argv[2] == "own handler":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
try:
    with sigterm_as_interrupt():
        try:
            pathlib.Path(sys.argv[1]).touch()
            time.sleep(60)
        finally:
            if sys.argv[2] == "second signal":
                signal.raise_signal(signal.SIGTERM)
            print("cleaned up", flush=True)
finally:
    print("after the block", flush=True)
"""


@pytest.mark.parametrize(
    ("case", "number", "output", "code"),
    [
        ("", signal.SIGTERM, ["cleaned up"], -signal.SIGTERM),
        ("", signal.SIGHUP, ["cleaned up"], -signal.SIGHUP),
        ("second signal", signal.SIGHUP, ["cleaned up"], -signal.SIGHUP),
        ("own handler", signal.SIGTERM, ["cleaned up", "after the block"], 7),
    ],
)
def test_a_terminated_process_cleans_up(
    log: Path, case: str, number: signal.Signals, output: list[str], code: int
) -> None:
    command = [sys.executable, "-c", GUARDED, str(log), case]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        until_ready(log)()
        process.send_signal(number)
        stdout, _ = process.communicate(timeout=60)

    assert (stdout.splitlines(), process.returncode) == (output, code)


def test_the_guard_changes_nothing_in_another_thread() -> None:
    before = signal.getsignal(signal.SIGTERM)
    handlers = []

    def guard() -> None:
        with sigterm_as_interrupt():
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = Thread(target=guard)
    thread.start()
    thread.join()

    assert handlers == [before]


def test_the_guard_restores_the_default_reaction() -> None:
    with sigterm_as_interrupt():
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL

"""What is checked of a cluster before anything runs on it, and what a node does."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from importlib.metadata import version
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from support.command_line import thinvenv
from thinvenv.errors import ClusterError, UsageError
from thinvenv.machines import node_run
from thinvenv.machines.ray_cluster import check_address, connection_error, problems_of
from thinvenv.machines.tox_results import read_result

if TYPE_CHECKING:
    from pathlib import Path

NODE = {"host": "node1", "python": "3.12.1", "thinvenv": version("thinvenv"), "tox": "4.53"}


@pytest.mark.parametrize("address", ["host", "host:", ":6379", "ray://host:port"])
def test_an_address_without_a_port_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="ray://HOST:10001"):
        check_address(address)


def test_where_nothing_listens_is_no_cluster() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        with pytest.raises(ClusterError, match="no cluster answers at ray://"):
            check_address(f"ray://127.0.0.1:{sock.getsockname()[1]}")
    check_address("auto")


@pytest.mark.parametrize("answer", [b"\0\0\x12\4\0\0\0\0\0", b"HTTP/1.1 400 Bad Request\r\n", b""])
def test_a_server_that_does_not_speak_http2_is_no_ray(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_USE_TLS", raising=False)

    def serve() -> None:
        connection, _ = sock.accept()
        with connection:
            connection.recv(100)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as sock:
        thread = threading.Thread(target=serve)
        thread.start()
        expected = nullcontext() if answer[3:4] == b"\4" else pytest.raises(ClusterError, match="is not Ray")
        with expected:
            check_address(f"127.0.0.1:{sock.getsockname()[1]}")
        thread.join()


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, []),
        ({"thinvenv": "", "tox": ""}, ["has no thinvenv", "has no tox"]),
        ({"thinvenv": "0.0.1"}, [f"has thinvenv 0.0.1, this is thinvenv {version('thinvenv')}"]),
    ],
)
def test_what_a_node_lacks_is_said_with_its_name(changes: dict[str, str], problems: list[str]) -> None:
    assert problems_of(NODE | changes, "10.0.0.7") == [
        f"node1 (10.0.0.7, Python 3.12.1) {problem}" for problem in problems
    ]


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("Package size (900MiB) exceeds the maximum size of 512MiB", "/p is too large to ship", "--exclude PATTERN"),
        (
            "Version mismatch: The cluster was started with Ray: 2.30.0",
            "cannot connect",
            "the versions of Ray and Python",
        ),
        ("ray client connection timeout", "cannot connect to the cluster at auto", "no Ray: ray://HOST:10001"),
        ("TimedOut: Timed out while waiting for GCS", "cannot connect", "no Ray: ray://HOST:10001"),
        ("Authentication failed", "cannot connect", "RAY_AUTH_MODE=token"),
    ],
)
def test_a_failed_connection_has_a_hint_about_its_cause(text: str, what: str, hint: str) -> None:
    error = connection_error(text, "auto", "/p")

    assert what in error.what
    assert error.why == (text,)
    assert hint in (error.hint or "")


def test_a_node_describes_itself() -> None:
    description = node_run.describe()

    assert problems_of(description, "127.0.0.1") == []
    assert description["host"] == socket.gethostname()


def test_a_node_runs_an_environment_in_a_copy_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = "python -c \"import os; open('built', 'w').close(); print('in', os.path.basename(os.getcwd()))\""
    config = f"[tox]\nno_package = true\n[testenv]\nskip_install = true\ncommands = {command}\n"
    source = tmp_path / "_ray_pkg_1"
    source.mkdir()
    (source / "tox.ini").write_text(config)
    monkeypatch.chdir(source)
    monkeypatch.setenv("PYTHONPATH", str(source))

    messages: SimpleQueue[Any] = SimpleQueue()
    answer = node_run.run_environment("py", "project", [], messages)

    lines: Any = answer["lines"]
    result = read_result("py", answer["status"], lines, answer["journal"], 0)  # type: ignore[arg-type]
    assert result.outcome == "OK", lines
    assert "in project" in lines
    sent = [messages.get() for _ in range(messages.qsize())]
    assert [line for *_, start, new in sent for line in new] == lines
    assert {tuple(message[:2]) for message in sent} == {("py", answer["run"])}
    assert '"testenvs"' in result.journal
    assert [path.name for path in source.iterdir()] == ["tox.ini"]


def test_fleet_run_needs_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text("[tox]\nno_package = true\n")

    result = thinvenv("fleet", "run", "--address", "nowhere", "-e", "py,py3", "--", "-q", cwd=tmp_path)

    assert result.code == 2
    assert "ray://HOST:10001" in result.err or "Ray is not installed" in result.err


def test_a_killed_task_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys; from thinvenv.machines.node_run import _started\n"
        "with _started([sys.executable, '-c', 'import time; time.sleep(60)'], '.', {}, sys.argv[1]) as process:\n"
        "    print(process.pid, flush=True); sys.stdin.read()\n"
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    with subprocess.Popen([sys.executable, "-c", program, str(scratch)], stdin=-1, stdout=-1, text=True) as worker:
        assert worker.stdout is not None
        group = int(worker.stdout.readline())
        worker.kill()

    deadline = time.monotonic() + 30
    while scratch.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not scratch.exists()
    states = subprocess.run(["ps", "-o", "stat=", "-p", str(group)], capture_output=True, text=True, check=False).stdout
    assert states.startswith("Z") or not states  # it is dead, whether or not somebody has waited for it


def test_a_block_that_fails_stops_what_it_has_started(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]

    def fail() -> None:
        with node_run._started(command, str(tmp_path), {}, str(tmp_path)) as process:
            processes.append(process)
            raise KeyError

    processes: list[subprocess.Popen[bytes]] = []
    with pytest.raises(KeyError):
        fail()

    assert processes[0].stdout is not None
    processes[0].stdout.close()
    assert processes[0].returncode is not None
    assert tmp_path.exists()


def test_a_process_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_run, "_SECONDS_TO_STOP", 0.01)
    program = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('ready'); time.sleep(60)"

    with node_run._started([sys.executable, "-u", "-c", program], str(tmp_path), {}, str(tmp_path)) as process:
        assert process.stdout is not None
        with process.stdout as output:
            assert output.readline() == b"ready\n"

    assert process.returncode == -9


def test_output_is_no_longer_sent_once_the_queue_is_lost() -> None:
    class LostQueue:
        def put(self, _message: object) -> None:
            raise ConnectionError

    assert node_run._sent(LostQueue(), ("py", "run", 0, ["a"])) is None
    assert node_run._sent(None, ("py", "run", 1, ["b"])) is None


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        ("print('a'); time.sleep(0.3); print('b\\r'); sys.stdout.write('c')", ["a", "b", "c"]),
        ("print('x' * 200_000)", ["x" * 200_000]),
        ("", []),
        # What it leaves running holds the pipe open.
        ("subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); print('a')", ["a"]),
    ],
    ids=["slow", "long", "silent", "daemon"],
)
def test_all_that_a_process_has_written_is_read_and_no_more_is_waited_for(
    tmp_path: Path, program: str, lines: list[str]
) -> None:
    command = [sys.executable, "-u", "-c", f"import subprocess, sys, time; {program}"]

    start = time.monotonic()
    with node_run._started(command, str(tmp_path), {}, str(tmp_path)) as process:
        output = list(node_run._output(process, "hidden"))

    assert [line for _, new in output for line in new] == lines
    assert [number for number, _ in output] == [sum(len(new) for _, new in output[:at]) for at in range(len(output))]
    assert process.returncode == 0
    assert time.monotonic() - start < 50

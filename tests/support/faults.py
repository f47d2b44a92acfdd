"""A world of files that a command of thinvenv changes, and faults in it: kills, errors and lost writes.

strace kills a process at a system call, or lets the call fail. The first run of a command is only
traced: its calls are the points where the next runs meet a fault.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from support.bases import exact_snapshot
from support.result import Result
from thinvenv import cli

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from support.bases import Base

LONG = os.environ.get("FAULTS") == "long"
"""Whether every point is tried (``nox -s faults``), and not only a sample."""
POINTS = int(os.environ.get("FAULTS_POINTS", "0"))
"""How many points of each scenario the long run tries, evenly spread; 0 stands for all."""

_TEMPORARY = ("cache/", "store/staging/", "store/roots/.", "store/origins/.")
"""The start of the paths of files that a killed process may leave, as they are removed when nobody uses them."""
_LOCKS = ".lock"
"""The end of the paths of locks: those of thinvenv, and that of uv, which an install leaves and a replay does not."""
MEMORY_LIMIT = 8 * 1024**3
"""The bytes of address space that a command may use; uv reserves more than it needs."""
TIME_LIMIT = 60
"""The seconds after which a command counts as one that hangs."""

Snapshot = dict[str, tuple[str, ...]]

CHANGING = (
    *("openat", "creat", "write", "pwrite64", "writev", "rename", "renameat", "renameat2", "unlink", "unlinkat"),
    *(
        "mkdir",
        "mkdirat",
        "rmdir",
        "symlink",
        "symlinkat",
        "link",
        "linkat",
        "chmod",
        "fchmod",
        "fchmodat",
        "utimensat",
    ),
    *("truncate", "ftruncate", "copy_file_range", "sendfile", "fsync", "fdatasync", "flock"),
)
"""The system calls that change files."""

SYNCING = ("sync", "syncfs")
"""The system calls that write whole file systems to the disk; ``fsync`` is among those that change a file."""

READING = ("openat", "read", "getdents64", "newfstatat", "statx", "readlink", "access", "faccessat2")

SOURCE = Path(cli.__file__).parents[2]

CALL = re.compile(r"^(?:(?P<process>\d+) +)?(?P<time>\d+\.\d+ )?(?P<name>\w+)\((?P<arguments>.*)")
"""A line of a log of strace, with or without the process and the time."""

# Runs the thinvenv in the folder of the first argument, with the uv of the second.
_START = """
import runpy, sys
source, program = sys.argv[1:3]
del sys.argv[1:3]
sys.path.insert(0, source)
if program:
    import thinvenv.backends.uv_program
    thinvenv.backends.uv_program._uv_of_environment = lambda: program
runpy.run_module("thinvenv", run_name="__main__", alter_sys=True)
"""
# Traces the calls of uv, each into a log of its own. Where one is killed, the thinvenv that started it is killed too.
# With --seccomp-bpf, strace injects nothing at the second and later occurrences of a call.
_TRACED_UV = """#!/bin/sh
echo >> {logs}/count
number=$(wc -l < {logs}/count)
fault={fault}
[ {number} = $number ] || fault=
if [ "{options}$fault" ]; then
  strace {options} $fault -f -o {logs}/$number -- {uv} "$@"
  status=$?
  [ $status = 137 ] && kill -KILL $PPID
  exit $status
fi
exec {uv} "$@"
"""


class Scenario(NamedTuple):
    """A command, and the commands that run before it. ``{env}``, ``{other}`` and ``{python}`` stand for paths."""

    name: str
    command: str
    before: tuple[str, ...] = ()


class Point(NamedTuple):
    """The ``occurrence``-th call of a name in one process: thinvenv (0), or the uv that it starts as the n-th."""

    call: str
    occurrence: int
    process: int = 0


class World:
    """The files of a scenario: environments and a cache that its command changes, over a base that it must not."""

    def __init__(self, root: Path, base: Base, scenario: Scenario) -> None:
        self.root, self.base, self.scenario = root, base, scenario
        self.files, self._pristine, self._logs = root / "world", root / "pristine", root / "logs"
        self.env = self.files / "env"
        self.files.mkdir(parents=True)
        self._logs.mkdir()
        for command in scenario.before:
            self.run(command).ok()
        shutil.copytree(self.files, self._pristine, symlinks=True)
        self.untouched_base = exact_snapshot(base.prefix)
        self.before = self.snapshot()
        self.run(scenario.command).ok()
        self.reference = self.snapshot()

    @property
    def cache(self) -> Path:
        """The cache folder of thinvenv."""
        return self.files / "cache"

    def restore(self) -> None:
        """Bring all files to how they were before the command."""
        shutil.rmtree(self.files)
        shutil.copytree(self._pristine, self.files, symlinks=True)

    def words(self, command: str) -> list[str]:
        """Return a command of a scenario as the arguments of thinvenv."""
        paths = {"env": self.env, "other": self.files / "other", "python": self.base.python, "root": self.root}
        return [word.format(**paths) for word in command.split()]

    def run(self, command: str) -> Result:
        """Run a command in a fork of this process, which has all modules loaded."""
        return self.fork(command).result()

    def fork(self, command: str) -> ForkedRun:
        """Start a command in a fork of this process."""
        return ForkedRun(self.words(command), self.environ(), self.root)

    def start(self, *prefix: str, uv: str = "") -> Result:
        """Run the command of the scenario in a new process, started by the program in ``prefix``, with another uv."""
        process = subprocess.run(
            [*prefix, sys.executable, "-c", _START, str(SOURCE), uv, *self.words(self.scenario.command)],
            env=self.environ(),
            capture_output=True,
            text=True,
            errors="backslashreplace",
            check=False,
            cwd=self.root,
        )
        assert "Traceback" not in process.stderr, process.stderr
        return Result(process.returncode, process.stdout, process.stderr)

    def environ(self) -> dict[str, str]:
        """Return the variables of each run, which are the same so that each has the same calls."""
        fixed = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        threads = dict.fromkeys(("RAYON_NUM_THREADS", "TOKIO_WORKER_THREADS", "UV_CONCURRENT_INSTALLS"), "1")
        return {**os.environ, "THINVENV_CACHE_DIR": str(self.cache), **fixed, **threads}

    def points(self, calls: Iterable[str] = CHANGING) -> list[Point]:
        """Return the calls of thinvenv that concern the files of this world, as a traced run has them."""
        self.restore()
        log = self._logs / "thinvenv"
        self.start("strace", "-y", "-o", str(log), "-e", f"trace={_known_calls(calls)}").ok()
        return list(self._points_in(log))

    def points_of_uv(self) -> list[Point]:
        """Return the calls of all uv processes that concern the files of this world."""
        self.restore()
        self.start(uv=self._traced_uv("-y", "-e", f"trace={_known_calls(CHANGING)}")).ok()
        points = {
            point._replace(process=int(path.name))
            for path in self._logs.iterdir()
            if path.name.isdigit()
            for point in self._points_in(path)
        }
        return sorted(points)

    def _points_in(self, log: Path) -> Iterable[Point]:
        counts: Counter[tuple[str, str]] = Counter()
        for line in log.read_text(errors="replace").splitlines():
            match = CALL.match(line)
            if match is None:
                continue
            name, arguments = match["name"], match["arguments"]
            counts[match["process"], name] += 1
            if str(self.files) in arguments:
                yield Point(name, counts[match["process"], name])

    def meet(self, point: Point, fault: str) -> Result:
        """Restore the files, and run the command with a fault (``signal=KILL``, ``error=EIO``) at a point."""
        self.restore()
        options = _injection(point, fault)
        if point.process:
            return self.start(uv=self._traced_uv(fault=f"-e trace={point.call} {options}", number=point.process))
        return self.start("strace", "-o", os.devnull, "-e", f"trace={point.call}", *options.split())

    def logs_until(self, point: Point | None) -> list[str]:
        """Restore the files, and kill the command at a point; without one, it ends by itself.

        Returns:
            The lines of the logs of thinvenv and each uv, in the order of their times.

        """
        self.restore()
        for path in self._logs.iterdir():
            path.unlink()
        log, options = self._logs / "thinvenv", ["-ttt", "-y", "-e", f"trace={_known_calls((*CHANGING, *SYNCING))}"]
        fault = _injection(point, "signal=KILL") if point else ""
        if point and point.process:  # uv is traced by a strace of its own
            uv = self._traced_uv(*options, fault=fault, number=point.process)
            self.start("strace", *options, "-o", str(log), uv=uv)
        else:  # with the threads of thinvenv, and all its children
            self.start("strace", "-f", *options, *fault.split(), "-o", str(log))
        lines = [
            (match["time"], line)
            for path in self._logs.iterdir()
            for line in path.read_text(errors="replace").splitlines()
            if (match := CALL.match(line))
        ]
        return [line for _time, line in sorted(lines)]

    def _traced_uv(self, *options: str, fault: str = "", number: int = 0) -> str:
        """Write a program that traces uv with some options, and with a fault where it is started as the n-th."""
        from uv import find_uv_bin  # noqa: PLC0415 - not installed on platforms without a wheel

        for path in self._logs.iterdir():
            path.unlink()
        program = self.root / "traced-uv"
        words, fault = " ".join(options), f"'{fault}'"
        program.write_text(
            _TRACED_UV.format(logs=self._logs, number=number, options=words, fault=fault, uv=find_uv_bin())
        )
        program.chmod(0o755)
        return str(program)

    def snapshot(self) -> Snapshot:
        """Return the kind, the mode and the content of all files but those of the cache and byte code.

        The receipt counts without what it records of the times of files.
        """
        entries: Snapshot = {}
        for path in sorted(self.files.rglob("*")):
            name = str(path.relative_to(self.files))
            if not name.startswith(_TEMPORARY) and not name.endswith(_LOCKS) and "__pycache__" not in name:
                entries[name] = _entry(path)
        return entries

    def assert_no_half_made_environment_passes(self) -> None:
        """Assert that ``check`` accepts the environment only as it was before the command, or as it is after it."""
        if self.run("check --env {env}").code == 0:
            half_made = _essential(self.snapshot())
            changes = [difference(half_made, _essential(entries)) for entries in (self.before, self.reference)]
            assert not all(map(_essential_changes, changes)), f"check accepts neither before nor after: {changes}"

    def assert_converges(self, *, may_clear: bool = False) -> None:
        """Assert that the same command, run again, brings all files to what an undisturbed run leaves.

        Args:
            may_clear: Whether ``create`` may say that there is an environment, which then has to be replaced.

        """
        is_complete = _essential(self.snapshot()) == _essential(self.reference)
        result = self.run(self.scenario.command)
        if may_clear and "environment-exists-error" in result.err:
            result = self.run(f"{self.scenario.command} --clear")
        assert result.code == 0 or is_complete, result.err  # such as: there is already an environment
        changes = difference(self.snapshot(), self.reference)
        assert not changes, f"the next run leaves something else: {changes}"
        if "env/thinvenv.json" in self.reference:  # else `check` has nothing to compare with
            self.run("check --env {env}").ok()
        self.assert_base_untouched()

    def failures_after(self, faults: Iterable[tuple[Point, str]], part: str) -> dict[tuple[Point, str], str]:
        """Let the command meet faults, each in a run of its own; return those after which a promise does not hold."""
        failures, runs = {}, 0
        for point, fault in faults:
            try:
                result = self.meet(point, fault)
                if fault == "signal=KILL" and not was_killed(result):
                    continue  # a thread of uv had fewer calls this time
                runs += 1
                if result.code == 0:
                    missing = difference(_essential(self.snapshot()), _essential(self.reference))
                    assert not _essential_changes(missing), f"success, but not complete: {missing}"
                elif result.code == 1:
                    assert _CLEAR_ERROR.search(result.err), f"not a clear error: {result.err}"
                self.assert_no_half_made_environment_passes()
                self.assert_converges()
            except AssertionError as error:
                failures[point, fault] = str(error)
                count(part, failure=f"{self.scenario.name} {fault} {point}: {error}")
            if runs % 10 == 0:
                count(part, runs=10)
        count(part, runs=runs % 10, failures=len(failures))
        return failures

    def assert_base_untouched(self) -> None:
        """Assert that the base is as it was: content, mode, times and inodes."""
        assert exact_snapshot(self.base.prefix) == self.untouched_base


class ForkedRun:
    """A command line that runs in a fork of this process, which saves the time to start Python and to load modules.

    Args:
        arguments: The command line without the name of the program.
        environ: The environment variables.
        cwd: The working directory.
        user: The number of the user that the process changes to; without it, it keeps its user.

    """

    def __init__(
        self, arguments: Sequence[str], environ: Mapping[str, str], cwd: Path, user: int | None = None
    ) -> None:
        self._files = (tempfile.TemporaryFile(), tempfile.TemporaryFile())  # noqa: SIM115 - see `result`
        with warnings.catch_warnings():  # later versions of Python warn of forks, as other threads may hold locks
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            signal.alarm(TIME_LIMIT)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            numbers = (self._files[0].fileno(), self._files[1].fileno())
            os._exit(_run_in_child(arguments, environ, cwd, numbers))

    def result(self) -> Result:
        """Wait for the end of the process, and return its result; a traceback in its output fails the test."""
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        texts = []
        for file in self._files:
            with file:
                texts.append(os.pread(file.fileno(), 1_000_000, 0).decode(errors="backslashreplace"))
        assert "Traceback" not in texts[1], texts[1]
        assert status != -signal.SIGALRM, f"it has not ended after {TIME_LIMIT} s"
        return Result(status, *texts)


def _run_in_child(arguments: Sequence[str], environ: Mapping[str, str], cwd: Path, files: tuple[int, int]) -> int:
    try:
        for number, file in enumerate(files, 1):
            os.dup2(file, number)
        for number, name in enumerate(("stdout", "stderr"), 1):
            setattr(sys, name, open(number, "w", errors="surrogateescape", closefd=False))  # noqa: SIM115 - until it ends
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(cwd)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            status = cli.main(list(arguments))
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        with suppress(ValueError):  # after an error of the system, thinvenv closes its output
            sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - the parent process asserts that there is no traceback
        traceback.print_exc()
        sys.stderr.flush()
        status = 1
    return status


def sample(points: Sequence[Any], count: int) -> list[Any]:
    """Return some points, evenly spread; in the long run all of them, or as many as ``FAULTS_POINTS`` says."""
    count = (POINTS or len(points)) if LONG else count
    if len(points) <= count:
        return list(points)
    return [points[number * len(points) // count] for number in range(count)]


def difference(entries: Snapshot, reference: Snapshot) -> dict[str, str]:
    """Return the paths in which two snapshots differ, each with what it is in the first."""
    paths = sorted({*entries.items(), *reference.items()} - (entries.items() & reference.items()))
    return {
        path: "missing" if path not in entries else "new" if path not in reference else "other" for path, _ in paths
    }


def count(part: str, **figures: int | str) -> None:
    """Add figures of a part of the campaign, or a failure, to the file that ``nox -s faults`` sums up."""
    if report := os.environ.get("FAULTS_REPORT"):
        with Path(report).open("a") as file:
            file.write(json.dumps({"part": part, **figures}) + "\n")


def was_killed(result: Result) -> bool:
    """Return whether a process, or the strace that ran it, ended by SIGKILL."""
    return result.code in {-signal.SIGKILL, 128 + signal.SIGKILL}


@cache
def can_trace() -> bool:
    """Return whether strace can trace processes here; containers often forbid it."""
    try:
        return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _injection(point: Point, fault: str) -> str:
    return f"-e inject={point.call}:{fault}:when={point.occurrence}"


def _known_calls(names: Iterable[str]) -> str:
    """Return a filter for strace that passes over the names which this architecture does not have."""
    return ",".join(f"?{name}" for name in names)


def _entry(path: Path) -> tuple[str, ...]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return ("link", os.readlink(path))
    content = path.read_bytes() if stat.S_ISREG(mode) else b""
    if path.name == "thinvenv.json" or path.parent.name in {"roots", "origins"}:
        try:
            document = json.loads(content)
        except ValueError:
            return ("torn",)
        content = json.dumps({name: document[name] for name in sorted(document) if name not in _VARIABLE}).encode()
    return (oct(mode), hashlib.sha256(content).hexdigest())


_CLEAR_ERROR = re.compile(r"^error: (?!\[Errno \d+\] [^:]*$)\S", re.MULTILINE)
"""An error that says more than the number and the name of an error of the system."""

_VARIABLE = {"fingerprint", "environment_key", "checksum", "boot", "inode", "made", "requests", "lasting_requests"}
"""The fields of receipts, and of what a store records, that depend on times and on the disk, or only save time."""


def _essential_changes(changes: dict[str, str]) -> list[str]:
    """Return the changed paths without the files that keep byte code nowhere, as where the cache cannot be used.

    The next install writes them again, and the receipt, which has a digest of them.
    """
    paths = [path for path in changes if "/_thinvenv_link." not in path]
    return paths if len(paths) == len(changes) else [path for path in paths if path != "env/thinvenv.json"]


def _essential(entries: Snapshot) -> Snapshot:
    """Return a snapshot of the environment alone, without the temporary files that a killed process leaves."""
    hidden = re.compile(r"env/(?:.*/)?(?:\.thinvenv[^/]*|\.[^/]*\.new|__pycache__.*)$")
    return {name: entry for name, entry in entries.items() if name.startswith("env/") and not hidden.match(name)}

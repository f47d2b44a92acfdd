"""The exit status of the command line, and how errors end it."""

from __future__ import annotations

import gc
import io
import json
import os
import sys
from argparse import Namespace
from contextlib import suppress
from importlib.util import MAGIC_NUMBER
from typing import TYPE_CHECKING, NoReturn

import pytest

from thinvenv import cli
from thinvenv.cli import inspection, main, parser
from thinvenv.cli.commands import context_of, show_plan
from thinvenv.model import Plan

if TYPE_CHECKING:
    from pathlib import Path

FULL_DISK = "hint: free some space, then run the same command again\n"


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted; run the same command again to finish\n"),
        (BrokenPipeError(), 141, ""),
        (OSError(28, "Disk full", "/x"), 1, f"error: [Errno 28] Disk full: '/x'\n{FULL_DISK}"),
        (OSError(28, "Disk full"), 1, f"error: Disk full (the system does not say for which file)\n{FULL_DISK}"),
        (OSError(5, "Bad disk", "/x"), 1, "error: [Errno 5] Bad disk: '/x'\n"),
    ],
    ids=["interrupted", "closed pipe", "full disk", "full disk, without a path", "an error without a way out"],
)
def test_how_an_error_ends_a_command(
    error: BaseException, status: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stream(io.StringIO):
        """A stream whose text can be read after it has been closed."""

        text = ""

        def write(self, text: str) -> int:
            self.text += text
            return len(text)

    def fail(_arguments: object) -> NoReturn:
        raise error

    errors = Stream()
    monkeypatch.setattr(parser, "run", fail)
    monkeypatch.setattr(sys, "stdout", Stream())
    monkeypatch.setattr(sys, "stderr", errors)

    assert main(["list"]) == status

    assert errors.text == message
    assert not sys.stdout.closed
    assert not errors.closed


def test_what_a_stream_could_not_write_is_discarded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)

        assert main(["doctor", "--env", str(tmp_path)]) == 141

        stream.write("more")  # the stream is the caller's


def test_characters_that_standard_output_lacks_are_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding="ascii"))
    environment = tmp_path / "\xe9"
    (environment / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    (environment / "pyvenv.cfg").write_text("version = 3.11\n")

    assert main(["report", str(tmp_path)]) == 0

    assert rb"\xe9" in output.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("inspection.py", b""),
        ("inspection.py", b"def show_list(\n"),
        ("inspection.py", bytes(100)),
        ("inspection.pyc", MAGIC_NUMBER + bytes(100)),
        ("inspection.pyc", MAGIC_NUMBER + bytes(12)),
    ],
    ids=["empty", "truncated", "zeros", "byte code of zeros", "truncated byte code"],
)
def test_a_module_that_has_lost_its_content_is_no_traceback(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(cli, "inspection", inspection)  # is restored after the test
    monkeypatch.delitem(sys.modules, inspection.__name__)
    monkeypatch.setattr(cli, "__path__", [str(tmp_path)])

    assert main(["list"]) == 1

    first, hint = capsys.readouterr().err.splitlines()
    assert first.startswith("error: thinvenv is not complete: ")
    assert hint == "hint: check the disk that it is on, or install it again"


@pytest.mark.parametrize("bug", [ValueError("no number"), AttributeError("no attribute"), EOFError()])
def test_a_bug_keeps_its_traceback(bug: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_arguments: object) -> NoReturn:
        raise bug

    monkeypatch.setattr(parser, "run", fail)

    with pytest.raises(type(bug)):
        main(["list"])


def test_a_module_that_cannot_be_read_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "thinvenv.cli.inspection", None)

    assert main(["list"]) == 1

    first, hint = capsys.readouterr().err.splitlines()
    assert first.startswith("error: thinvenv is not complete: ")
    assert "thinvenv.cli.inspection" in first
    assert hint == "hint: check the disk that it is on, or install it again"


def test_an_error_of_thinvenv_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--env", str(tmp_path / "missing")]) == 1

    assert capsys.readouterr().err.startswith(f"error: there is no environment at {tmp_path / 'missing'} [")


@pytest.mark.parametrize(
    ("arguments", "kind", "hint"),
    [
        (["list", "--json", "-q"], "UsageError", "`-q` is an option of other commands"),
        (["list", "--format", "json", "--nosuch"], "UsageError", None),
        (["list", "--format=json", "--nosuch"], "UsageError", None),
        (["report", "--json", "--bases", "x"], "UsageError", None),
        (["why", "--json"], "UsageError", None),
        (["store", "--json"], "UsageError", None),
        (["nosuch", "--json"], "UsageError", None),
        (["instal", "--json"], "UsageError", "did you mean `install`?"),
        (["--json"], "UsageError", None),
        (["check", "--json", "--env", "missing"], "NotAnEnvironmentError", "thinvenv create "),
    ],
)
def test_each_error_is_one_object_for_programs(
    arguments: list[str], kind: str, hint: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with suppress(SystemExit):
        main(arguments)

    error = json.loads(capsys.readouterr().out)["error"]
    assert error["type"] == kind
    assert (error["hint"] or "").startswith(hint or "")


def test_an_error_of_the_system_is_an_object_too_unless_it_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_arguments: object) -> NoReturn:
        raise PermissionError(13, "Permission denied", "/x")

    monkeypatch.setattr(parser, "run", fail)
    assert main(["list", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["what"].endswith("'/x'")
    if os.path.exists("/dev/full"):
        with open("/dev/full", "w", encoding="utf-8") as full:
            monkeypatch.setattr(sys, "stdout", full)
            assert main(["list", "--json"]) == 1


def test_closed_streams_and_the_arguments_of_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["thinvenv", "check", "--env", str(tmp_path)])
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    try:
        assert main() == 1
    finally:
        gc.enable()
        gc.unfreeze()
        assert sys.stdout
        assert sys.stderr
        sys.stdout.close()
        sys.stderr.close()


def test_warnings_are_shown_even_if_nothing_was_installed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = Plan(warnings=("`frames` may fail, see https://user:secret@host.test/",))

    show_plan(plan, tmp_path, Namespace(json=False, quiet=False, verbose=False), done=True)

    assert capsys.readouterr().err.splitlines() == [
        "nothing to install",
        "warning: `frames` may fail, see https://host.test/",
    ]


def test_a_plan_and_its_install_show_a_note_once(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = context_of(Namespace()).reporter
    for text in ("passed over x", "passed over x", "passed over y"):
        reporter.note(text)

    assert capsys.readouterr().err == "warning: passed over x\nwarning: passed over y\n"

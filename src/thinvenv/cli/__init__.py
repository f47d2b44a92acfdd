"""The command line: parses the arguments, runs a command and returns its exit status."""

from __future__ import annotations

import gc
import io
import json
import os
import sys
from contextlib import suppress
from importlib import import_module
from itertools import pairwise

from thinvenv.errors import ThinvenvError, UsageError, printable, way_out

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_DAMAGE = (AttributeError, EOFError, SyntaxError, ValueError)
"""What a module raises when it is loaded and its file, or the file of its byte code, is damaged."""
_LOADER = "<frozen importlib"
"""The start of the name of the code that loads modules."""
_TROUBLESHOOTING = "https://thinvenv.readthedocs.io/en/stable/troubleshooting.html"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``thinvenv`` and return its exit status.

    Args:
        arguments: The command line without the program's name; by default that of this process.

    Returns:
        0 for success, 1 for an error or a finding, 2 for an invalid command line.

    """
    if arguments is not None:
        return _run(arguments)
    gc.disable()  # the process ends before the collector could free much
    try:
        return _run(sys.argv[1:])
    finally:
        gc.freeze()  # so that the interpreter does not search all objects when it exits


def _run(arguments: Sequence[str]) -> int:
    _prepare_streams()
    try:
        if arguments[:1] == ["run"]:
            from thinvenv.cli.quick_run import try_start  # noqa: PLC0415 - the other commands do without

            started = try_start(arguments[1:])
            if started is not None:
                return int(started)
        status = _run_command(arguments)
        sys.stdout.flush()  # so that a failure to write is noticed here
    except ThinvenvError as error:
        sys.stderr.write(_message(error))
        _print_json(arguments, error)
        return error.exit_code
    except SystemExit as error:
        if message := getattr(error, "message", ""):  # of an invalid command line
            what, _, hint = message.partition("\nhint: ")
            _print_json(arguments, UsageError(what, hint=hint or None))
        raise
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; run the same command again to finish\n")
        return 130
    except BrokenPipeError:
        _discard_unwritten()  # the reader of the output has gone, so nobody reads a message
        return 141
    except (ImportError, OSError, *_DAMAGE) as error:
        return _report(arguments, error)
    return status


def _report(arguments: Sequence[str], error: Exception) -> int:
    """Print an error of the system, and return the exit status.

    Raises:
        Exception: It is a bug.

    """
    if not isinstance(error, OSError):
        if not _cannot_load(error):
            raise error
        text, hint = f"thinvenv is not complete: {error}", "check the disk that it is on, or install it again"
    else:  # a full disk, or a folder of another user
        _discard_unwritten()
        text = str(error) if error.filename else f"{error.strerror or error} (the system does not say for which file)"
        hint = way_out(error) or ""
    sys.stderr.write(f"error: {printable(text)}\n" + (f"hint: {hint}\n" if hint else ""))
    _print_json(arguments, ThinvenvError(text, hint=hint or None))
    return 1


def _cannot_load(error: Exception) -> bool:
    """Return whether a module is gone, cannot be found on a broken disk, or has lost its content, or a part of it."""
    if isinstance(error, ImportError):
        return bool(error.name)
    if isinstance(error, AttributeError):  # an empty file is a module, too
        return isinstance(error.obj, type(sys))
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    is_loading = trace is not None and trace.tb_frame.f_code.co_filename.startswith(_LOADER)
    return is_loading or isinstance(error, SyntaxError)


def _run_command(arguments: Sequence[str]) -> int:
    """Read the arguments and run their command. The modules are imported after the collector is off."""
    if arguments[:1] in (["install"], ["create"]):
        from thinvenv.cli.quick_options import parse_create, parse_install  # noqa: PLC0415 - for these two alone

        command = arguments[0]
        options = parse_install(arguments[1:]) if command == "install" else parse_create(arguments[1:])
        if options is not None:
            module = import_module("thinvenv.cli.commands" if command == "install" else "thinvenv.cli.create")
            return int(getattr(module, command)(options))
    from thinvenv.cli import parser  # noqa: PLC0415 - it loads `argparse`

    return int(parser.run(parser.parse(arguments)))


def _message(error: ThinvenvError) -> str:
    """Return the message of an error, with the name of its section in the documentation after the first line.

    On a terminal the name is a link (OSC 8). Terminals without links show the name alone.
    """
    first, *others = str(error).split("\n")
    name = f"[{error.anchor}]"
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        name = f"\x1b]8;;{_TROUBLESHOOTING}#{error.anchor}\x1b\\{name}\x1b]8;;\x1b\\"
    return "\n".join([f"error: {first} {name}", *others]) + "\n"


def _print_json(arguments: Sequence[str], error: ThinvenvError) -> None:
    """Print an error to standard output, if the arguments ask for JSON: a program expects an object there."""
    if not _asks_for_json(arguments):
        return
    fields = {"type": type(error).__name__, "what": error.what, "why": error.why, "hint": error.hint}
    try:
        sys.stdout.write(json.dumps({"schema": 1, "error": fields}, indent=2) + "\n")
        sys.stdout.flush()
    except OSError:  # a full disk, or a reader that has gone: standard error has the message
        _discard_unwritten()


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Return whether a program reads the output. The arguments may be invalid, so no parser has read them."""
    if arguments[:1] == ["run"]:  # `--json` may be an argument of a script
        return False
    return not {"--json", "--format=json"}.isdisjoint(arguments) or ("--format", "json") in pairwise(arguments)


def _prepare_streams() -> None:
    """Let all texts be written to the standard streams.

    A process that was started without them (``>&-``) gets the null device. A path or a name may have characters that
    the encoding of standard output lacks: escapes take their place, as on standard error.
    """
    if getattr(sys.stdout, "errors", None) == "strict" and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open until the process ends


def _discard_unwritten() -> None:
    """Let a stream that cannot write go to the null device, else the interpreter would try again when it exits.

    The streams stay open, since the caller of :func:`main` may go on using them.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # `ValueError`: it is closed
            with suppress(OSError, ValueError):
                descriptor = os.open(os.devnull, os.O_WRONLY)
                os.dup2(descriptor, stream.fileno())
                os.close(descriptor)

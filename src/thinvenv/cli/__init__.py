"""The command line's door: read the words, call the engine, show the answer."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``thinvenv`` and return its exit status.

    Args:
        arguments: The words after the program's name; those of this process where not given.

    Returns:
        0 where all is well; 1 where something is wrong; 2 where the call itself is.

    """
    if arguments is not None:
        return _run(arguments)
    gc.disable()  # so short a process has nothing worth collecting: it takes a tenth of a no-op
    try:
        return _run(sys.argv[1:])
    finally:
        gc.freeze()  # nor on the way out


def _run(arguments: Sequence[str]) -> int:
    from thinvenv.cli.parser import parse  # noqa: PLC0415 - not before `main` has begun
    from thinvenv.errors import ThinvenvError  # noqa: PLC0415

    _give_streams()
    try:
        options = parse(arguments)
        status: int = options.run(options)
        sys.stdout.flush()  # what cannot be written is to be known here
    except ThinvenvError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the same call finishes it\n")
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody left to tell
        return 141
    except OSError as error:  # a full disk or a folder of somebody else's
        with suppress(OSError):
            sys.stdout.close()  # or its rest would be tried again on the way out
        sys.stderr.write(f"error: {error}\n")
        return 1
    return status


def _give_streams() -> None:
    """Give a process that was started without output (``>&-``) some that leads nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - it lasts as long as we do

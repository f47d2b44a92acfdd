"""The command line's door: read the words, call the engine, show the answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from thinvenv.cli.parser import parse
from thinvenv.errors import ThinvenvError

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
    options = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        status: int = options.run(options)
    except ThinvenvError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the next run goes on from here\n")
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody left to tell
        return 141
    return status

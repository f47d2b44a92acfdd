"""The completions of shells: generated from the parsers of the commands, and kept in the package.

Run ``python tests/support/completions.py --write`` after a command or an option was added.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import shtab

from thinvenv.cli.completion import FOLDER, SHELLS
from thinvenv.cli.parser import COMMANDS, command_parser

CHECKOUT = Path(__file__).parents[2]


def parser() -> argparse.ArgumentParser:
    """Return a parser with all commands and options."""
    complete = argparse.ArgumentParser(prog="thinvenv", description="Thin virtual environments.")
    complete.add_argument("-V", "--version", action="store_true", help="show the version")
    subparsers = complete.add_subparsers(metavar="COMMAND")
    for name, command in COMMANDS.items():
        part = command_parser(name)
        subparsers.add_parser(name, help=command.help, parents=[part], conflict_handler="resolve")
    return complete


def completions() -> dict[Path, str]:
    """Return the completions of all shells by path."""
    return {FOLDER / f"thinvenv.{shell}": shtab.complete(parser(), shell) for shell in SHELLS}


if __name__ == "__main__":
    for path, text in completions().items():
        if "--write" in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path.relative_to(CHECKOUT)} is out of date: python tests/support/completions.py --write")

"""Runs pip in this environment, or hands its commands to thinvenv; see the docs of thinvenv."""

import os
import runpy
import subprocess
import sys
from importlib.util import find_spec

COMMANDS = {"check": "check", "freeze": "freeze", "install": "install", "list": "list", "show": "why"}
COMMANDS["uninstall"] = "uninstall"
"""The commands of pip that thinvenv has, too, by their names there."""

RUNNER = ""
"""The entry script of the base's pip; empty if it has none. A copy of this module has it below."""
THINVENV = ()
"""The start of the command that runs the thinvenv that created this environment."""


def main():
    """Run the pip that this environment imports, else that of its base, else thinvenv; return the exit status."""
    is_importable = find_spec("pip") is not None
    if not is_importable and not os.path.isfile(RUNNER):
        return hand_over(sys.argv[1:])
    # pip's modules may be in the base, which must not be written.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    if is_importable:
        runpy.run_module("pip", run_name="__main__")
    else:
        runpy.run_path(RUNNER, run_name="__main__")
    return 0


def hand_over(arguments):
    """Let thinvenv run a command of pip in this environment, and return the exit status."""
    name = arguments[0] if arguments else ""
    if name not in COMMANDS:
        command = f"`pip {name}`" if name else "this command"
        sys.stderr.write(f"error: {command} needs pip, and neither this environment nor its base has one\n")
        sys.stderr.write("hint: thinvenv install pip\n")
        return 1
    options = [argument for argument in arguments[1:] if name != "uninstall" or argument not in {"-y", "--yes"}]
    try:
        return subprocess.call([*THINVENV, COMMANDS[name], "--env", sys.prefix, *options])
    except OSError as error:
        sys.stderr.write(f"error: thinvenv, which created this environment, cannot be started\n  {error}\n")
        sys.stderr.write("hint: run another thinvenv with --env, or `python -m ensurepip` to get a pip\n")
        return 1

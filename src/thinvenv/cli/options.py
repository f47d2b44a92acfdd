"""The options of the commands other than install and plan."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from thinvenv.cli.action_options import add_python
from thinvenv.cli.install_options import PipOption, add_pip_options, add_requirements
from thinvenv.cli.parser import (
    ALL_SETTINGS,
    COMMANDS,
    CREATE_SETTINGS,
    Parser,
    add_env,
    add_flag,
    add_json,
    add_offline,
    add_output,
    add_repeated,
    add_settings,
    add_verbosity,
    command_parser,
    formatter,
    non_empty,
)
from thinvenv.requirements.options import PLACES, UV_FLAGS, UV_VALUES

_LOCK_SELECTION = (
    ("--only-group", "NAME", "only this dependency group, without the project"),
    ("--no-group", "NAME", "without this dependency group"),
    ("--all-groups", "", "all dependency groups"),
    ("--no-default-groups", "", "without the default groups, which count unless --group names others"),
    ("--no-dev", "", "without the group `dev`"),
    ("--no-extra", "NAME", "without this extra, after --all-extras"),
    ("--package", "NAME", "this member of the workspace"),
    ("--all-packages", "", "all members of the workspace"),
    ("--no-editable", "", "install projects as wheels, not in development mode"),
    ("--no-install-project", "", "without the project itself"),
    ("--no-install-workspace", "", "without the members of the workspace"),
    ("--inexact", "", "keep what the lock does not have"),
)


_MOST_OWNERS = 4
"""The number of commands that a hint about an option names."""


class _ShowVersion(argparse.Action):
    """Prints the version."""

    def __init__(self, option_strings: list[str], dest: str, **_rest: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version")

    def __call__(self, parser: argparse.ArgumentParser, *_rest: Any) -> None:
        """Print the version and exit."""
        from importlib.metadata import version  # noqa: PLC0415 - it takes longer than an install that changes nothing

        sys.stdout.write(f"thinvenv {version('thinvenv')}\n")
        parser.exit()


def other_places(option: str, *, in_files: bool) -> str:
    """Return a hint about an option that a command lacks: where it is accepted; empty if it is unknown.

    Args:
        option: The option.
        in_files: Whether the command reads requirements files, which may have options of uv.

    """
    if option in {"-m", "--module"}:  # of `uv run`
        return "`thinvenv run -- python -m MODULE` runs a module"
    if in_files and option in UV_FLAGS | UV_VALUES | {"--override"}:
        return f"a requirements file can have the line `{option}`: name the file with `-r`"
    parsers = {name: command_parser(name, with_help=False) for name in COMMANDS}
    names = [name for name, parser in parsers.items() if parser.has_option(option)]
    if not names:
        return "thinvenv installs into one virtual environment: name it with `--env`" if option in PLACES else ""
    owners = ", ".join(f"`{name}`" for name in names) if len(names) <= _MOST_OWNERS else "other commands"
    return f"`{option}` is an option of {owners}"


def main_parser() -> Parser:
    """Return the parser of a command line without a command: it shows the help or the version, or an error."""
    parser = Parser(
        prog="thinvenv",
        description="Thin virtual environments: reuse what the base provides, install only the\ndifference.",
        epilog="`thinvenv COMMAND --help` describes a command.",
        formatter_class=formatter,
    )
    parser.add_argument("-V", "--version", action=_ShowVersion)
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    for name, command in COMMANDS.items():
        subparsers.add_parser(name, help=command.help)
    return parser


def add_create(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``create``."""
    parser.add_argument("env", type=non_empty, metavar="ENV", help="the environment to create")
    add_python(parser)
    add_settings(parser, CREATE_SETTINGS)
    existing = parser.add_mutually_exclusive_group()
    add_flag(existing, "--clear", "replace an existing environment")
    add_flag(existing, "--allow-existing", "keep an existing environment as it is")
    text = "let scripts find the interpreter beside them, so that the environment can be moved"
    add_flag(parser, "--relocatable", text)
    add_requirements(parser)


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``run``. Everything after the script or the command belongs to that."""
    add_python(parser)
    add_repeated(parser, "--with", "REQUIREMENT", "a further requirement", dest="requirements")
    add_settings(parser, ALL_SETTINGS)
    add_flag(parser, "--refresh", "create the environment again")
    add_offline(parser)
    add_verbosity(parser, "print all progress")
    parser.add_argument("words", nargs="...", metavar="SCRIPT|COMMAND", help="what to run, and its arguments")


def add_uninstall(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``uninstall``."""
    add_env(parser)
    parser.add_argument("names", nargs="+", type=non_empty, metavar="NAME", help="the name of a distribution")
    add_flag(parser, "--keep-needed", "keep what only these distributions needed, as if you had asked for it")
    add_settings(parser, {"backend"})
    _add_dry_run(parser)
    add_output(parser)


def add_sync(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``sync``."""
    add_env(parser)
    text = "a requirements file, pylock.toml or pyproject.toml"
    parser.add_argument("requirements", nargs="*", type=non_empty, metavar="FILE", help=text)
    _add_locked(parser)
    add_flag(parser, "--allow-empty-requirements", "remove everything if the files require nothing")
    add_requirements(parser)
    _add_dry_run(parser)


def _add_locked(parser: argparse.ArgumentParser) -> None:
    """Add the options that select from the lock of a project, as ``uv sync`` has them."""
    group = parser.add_argument_group("options for uv.lock, as of uv sync, in place of files")
    add_flag(group, "--locked", "install what uv.lock has; fail if it is out of date")
    add_flag(group, "--frozen", "the same, without looking whether it is up to date")
    for option, metavar, text in _LOCK_SELECTION:
        nargs = None if metavar else 0
        group.add_argument(option, action=PipOption, nargs=nargs, metavar=metavar or None, help=text)


def add_set(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``set``."""
    add_env(parser)
    add_settings(parser, ALL_SETTINGS)
    add_flag(parser, "--no-base", "use no further bases from now on")
    add_offline(parser)
    add_output(parser)


def add_tree(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tree``."""
    add_env(parser)
    add_json(parser)


def add_why(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``why``."""
    add_env(parser)
    parser.add_argument("name", type=non_empty, metavar="NAME", help="the name of a distribution")
    add_json(parser)


def add_freeze(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``freeze``."""
    add_env(parser)
    add_repeated(parser, "--exclude", "NAME", "leave out this distribution")
    add_flag(parser, "--exclude-editable", "leave out what is in development mode")


def add_lock(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``lock``."""
    add_env(parser)
    text = "the lock file, named pylock.toml or pylock.NAME.toml; `-` is the standard output"
    parser.add_argument("-o", "--output", type=non_empty, default="pylock.toml", metavar="FILE", help=text)
    add_flag(parser, "--base-provides", "leave out the distributions of bases that no index has")
    add_offline(parser)
    add_pip_options(parser, {"--index-url", "--extra-index-url", "--find-links", "--no-index"})


def add_list(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``list``."""
    add_env(parser)
    add_flag(parser, "--outdated", "only the distributions of which the indexes have a newer version")
    add_settings(parser, {"backend"})
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("--format", choices=("columns", "freeze", "json"), default="columns", help="how to print")
    add_flag(formats, "--freeze", "the same as --format freeze")
    add_json(formats)


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``check``."""
    text = "an environment; by default the active one, or else .venv"
    parser.add_argument("envs", nargs="*", type=non_empty, metavar="ENV", help=text)
    add_repeated(parser, "--env", "ENV", "an environment, too")
    add_flag(parser, "--strict", "exit with status 1 for warnings, too")
    add_json(parser)


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``report``."""
    text = "a directory to search for environments; by default the working directory"
    parser.add_argument("paths", nargs="*", type=non_empty, metavar="PATH", help=text)
    formats = parser.add_mutually_exclusive_group()
    add_json(formats)
    add_flag(formats, "--markdown", "print Markdown, for the summary of a CI job")
    text = "say what the best K bases would save, too, see `thinvenv base suggest`"
    parser.add_argument("--bases", type=int, choices=range(1, 10), default=0, metavar="K", help=text)
    parser.add_argument("--html", type=non_empty, metavar="FILE", help="write a page with pictures to this file, too")
    add_flag(parser, "--all", "show all environments and distributions")
    add_flag(parser, "--no-progress", "print no progress")


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``doctor``."""
    add_env(parser)
    add_json(parser)


def add_shell_completion(parser: argparse.ArgumentParser) -> None:
    """Add the argument of ``shell-completion``."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="SHELL", help="bash, zsh or fish")


def add_matrix(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``matrix``."""
    text = "the number of shards; by default one for each interpreter and base"
    parser.add_argument("--shards", type=int, metavar="N", help=text)
    tools = parser.add_mutually_exclusive_group()
    for tool in ("tox", "nox"):
        text = f"list the environments of {tool}; needed only if the project has both"
        tools.add_argument(f"--{tool}", dest="tool", action="store_const", const=tool, help=text)
    add_repeated(parser, "--durations", "FILE", "what `tox --result-json` or `nox --report` wrote in an earlier run")
    text = "further arguments for tox or nox, which select environments"
    parser.add_argument("selection", nargs="*", metavar="ARGUMENT", help=text)


def _add_dry_run(parser: argparse.ArgumentParser) -> None:
    add_flag(parser, "--dry-run", "show the plan and change nothing")

"""The options and arguments of the command line."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from thinvenv.config.settings import SETTINGS
from thinvenv.requirements.options import CARRIED_FLAGS, CARRIED_VALUES, FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thinvenv.config.settings import Setting

_PIP_OPTIONS = {
    "--index-url": "the index to install from",
    "--extra-index-url": "a further index",
    "--find-links": "a folder or page of archives",
    "--no-index": "use no index, only --find-links",
    "--no-binary": "build these distributions from source (`:all:` for all)",
    "--only-binary": "never build these distributions (`:all:` for all)",
    "--config-settings": "a setting for build backends",
    "--pre": "allow pre-releases",
    "--no-deps": "do not install the dependencies of the requirements",
    "--require-hashes": "install nothing without a hash",
    "--upgrade": "install the newest versions; reuse a base distribution only if it is the newest",
    "--reinstall": "install again what is already installed",
    "--offline": "do not use the network",
    "--prune": "remove the environment's copies of distributions that the base has now",
    "--strict": "fail if a glob of `--only-reuse` or `--never-reuse` matches nothing in the base",
}
"""The options of pip that the help shows. Others are accepted too, for files and tools that use them."""

_CREATE_SETTINGS = ("reuse", "base")
"""The settings that only ``create`` accepts, since they are fixed when an environment is created."""

_DEFAULT_COLUMNS = 80
"""The width of a screen of unknown width."""


class _PipOption(argparse.Action):
    """Keeps an option of pip as it was written, among the arguments that are read later."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse passes it
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Append the option, and its value if it has one."""
        value = [] if values in (None, []) else [str(values)]
        namespace.pip_arguments = [*(getattr(namespace, "pip_arguments", None) or []), str(option_string), *value]


class _ShowVersion(argparse.Action):
    """Prints the version."""

    def __init__(self, option_strings: list[str], dest: str, **_rest: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version")

    def __call__(self, parser: argparse.ArgumentParser, *_rest: Any) -> None:
        """Print the version and exit."""
        from importlib.metadata import version  # noqa: PLC0415 - it takes longer than an install that changes nothing

        sys.stdout.write(f"thinvenv {version('thinvenv')}\n")
        parser.exit()


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line.

    Raises:
        SystemExit: The arguments are invalid (2), or the help or the version was shown (0).

    """
    parser = _parser(arguments)
    options, rest = parser.parse_known_args(arguments)
    # argparse accepts positional arguments in one place only; here requirements may follow further options.
    end = rest.index("--") if "--" in rest else len(rest)
    positional = [*rest[:end], *rest[end + 1 :]]
    accepts = hasattr(options, "requirements")
    unknown = [argument for argument in rest[:end] if argument.startswith("-")] if accepts else positional
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if positional:
        options.requirements += positional
    options.pip_arguments = getattr(options, "pip_arguments", None) or []
    return options


def run(options: argparse.Namespace) -> int:
    """Import and run the command of the options, and return its exit status.

    Raises:
        ThinvenvError: The command failed.

    """
    command = _COMMANDS[options.command]
    status: int = getattr(import_module(command.module), command.function)(options)
    return status


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="thinvenv",
        description="Thin virtual environments: reuse what the base provides, install only the difference.",
        formatter_class=_formatter,
    )
    parser.add_argument("--version", action=_ShowVersion)
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    for name, command in _COMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.help, formatter_class=_formatter, allow_abbrev=False)
        if name in arguments:  # adding the options of the other commands would only take time
            command.add_options(subparser)
    return parser


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Return the formatter of the help. Without a width it would import `shutil` and three compressors."""
    return argparse.HelpFormatter(prog, width=_columns() - 2)


@cache
def _columns() -> int:
    """Return the width of the screen, as :func:`shutil.get_terminal_size` does."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    with suppress(OSError):
        return os.get_terminal_size(1).columns or _DEFAULT_COLUMNS
    return _DEFAULT_COLUMNS


def _non_empty(value: str) -> str:
    """Return a value that is not empty. An unset shell variable must not select another environment.

    Raises:
        argparse.ArgumentTypeError: It is empty.

    """
    if not value.strip():
        raise argparse.ArgumentTypeError("the value is empty")
    return value


def _add_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("env", type=_non_empty, metavar="ENV", help="the environment to create")
    parser.add_argument(
        "--python", type=_non_empty, metavar="PYTHON", help="the interpreter: a path, a name on PATH or a version"
    )
    for setting in SETTINGS:
        if setting.name in _CREATE_SETTINGS:
            _add_setting(parser, setting)
    parser.add_argument("--clear", action="store_true", help="replace an existing environment")
    _add_requirements(parser)


def _add_plan(parser: argparse.ArgumentParser) -> None:
    _add_install(parser, planning=True)


def _add_install(parser: argparse.ArgumentParser, *, planning: bool = False) -> None:
    _add_env(parser)
    _add_requirements(parser)
    parser.add_argument("--dry-run", action="store_true", default=planning, help="show the plan and change nothing")


def _add_requirements(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("requirements", nargs="*", metavar="REQUIREMENT", help="a specifier, a URL or a path")
    for *names, metavar, text in (
        ("-r", "--requirement", "FILE", "a file of requirements"),
        ("-c", "--constraint", "FILE", "a file of constraints"),
        ("-e", "--editable", "PATH", "a project to install in development mode"),
        ("-P", "--upgrade-package", "NAME", "install the newest version of this distribution"),
        ("--group", "NAME", "a dependency group of pyproject.toml"),
        ("--extra", "NAME", "an extra, for `-r pyproject.toml`"),
        ("--reinstall-package", "NAME", "install this distribution again"),
    ):
        parser.add_argument(*names, action=_PipOption, metavar=metavar, help=text)
    parser.add_argument("--all-extras", action=_PipOption, nargs=0, help="all extras, for `-r pyproject.toml`")
    for setting in SETTINGS:
        if setting.name not in _CREATE_SETTINGS:
            _add_setting(parser, setting)
    _add_pip_options(parser)
    _add_json(parser)


def _add_pip_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("pip's options")
    aliases: dict[str, list[str]] = {}
    for name, option in CARRIED_VALUES.items():
        aliases.setdefault(option, []).append(name)
    for option, names in aliases.items():
        group.add_argument(*names, action=_PipOption, metavar="VALUE", help=_PIP_OPTIONS.get(option, argparse.SUPPRESS))
    flags: dict[str, list[str]] = {name: [name] for name in sorted(CARRIED_FLAGS)}
    for name, field in FLAGS.items():
        flags.setdefault(f"--{field.replace('_', '-')}", []).append(name)
    for option, names in flags.items():
        group.add_argument(*names, action=_PipOption, nargs=0, help=_PIP_OPTIONS.get(option, argparse.SUPPRESS))


def _add_setting(parser: argparse.ArgumentParser, setting: Setting) -> None:
    if setting.is_list:
        _add_repeated(parser, setting.own_option, setting.metavar.upper(), setting.help)
    else:
        parser.add_argument(setting.own_option, choices=setting.choices, default=None, help=setting.help)


def _add_list(parser: argparse.ArgumentParser) -> None:
    _add_env(parser)
    formats = parser.add_mutually_exclusive_group()
    text = "print what is installed or reused as requirements, like `pip freeze`"
    formats.add_argument("--freeze", action="store_true", help=text)
    _add_json(formats)


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_repeated(parser, "--env", "ENV", "an environment; by default the active one")
    _add_json(parser)


def _add_env(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--env", type=_non_empty, metavar="ENV", help="the environment; by default the active one")


def _add_repeated(parser: argparse.ArgumentParser, name: str, metavar: str, text: str) -> None:
    help_text = f"{text}; may be repeated"
    parser.add_argument(name, type=_non_empty, action="append", default=[], metavar=metavar, help=help_text)


def _add_json(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


class _Command(NamedTuple):
    """One command of the command line.

    Attributes:
        add_options: Adds its options and arguments to its parser.
        help: What it does, in one line.
        module: The module that runs it. It is imported only then.
        function: The function of that module.

    """

    add_options: Callable[[argparse.ArgumentParser], None]
    help: str
    module: str
    function: str


_CREATE, _INSPECTION, _INSTALL = "thinvenv.cli.create", "thinvenv.cli.inspection", "thinvenv.cli.commands"
_COMMANDS = {
    "create": _Command(_add_create, "create an environment over a base, and install into it", _CREATE, "create"),
    "install": _Command(_add_install, "install what the base does not provide", _INSTALL, "install"),
    "plan": _Command(_add_plan, "show what `install` would do", _INSTALL, "install"),
    "list": _Command(_add_list, "show what an environment imports, and from where", _INSPECTION, "show_list"),
    "check": _Command(_add_check, "verify that an environment is as planned", _INSPECTION, "check"),
}

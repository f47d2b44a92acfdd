"""The commands of the command line, and the options that several of them have.

Their own options are in the modules ``*options``, and all descriptions in :mod:`thinvenv.cli.help_texts`, which an
install that changes nothing does not load.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from thinvenv.choices import suggestion
from thinvenv.config.settings import SETTINGS
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from types import ModuleType
    from typing import NoReturn

ALL_SETTINGS = frozenset(setting.name for setting in SETTINGS)
CREATE_SETTINGS = frozenset({"reuse", "base"})
"""The settings that only ``create`` accepts, since they are fixed when an environment is created."""

_MODULE_OF_OPTIONS = {
    "install": "install_options",
    "plan": "install_options",
    **dict.fromkeys(("base", "fleet", "store"), "action_options"),
}
"""The modules of :mod:`thinvenv.cli` that add the options of a command; the others are in ``options``."""

_DEFAULT_COLUMNS = 80
"""The width of a screen of unknown width."""


class _Command(NamedTuple):
    """One command of the command line.

    Attributes:
        help: What it does, in one line.
        arguments: Its arguments after its name, for the line that shows its usage.
        function: The module in this package that runs it, which is imported only then, and the function in it.

    """

    help: str
    arguments: str
    function: str


class InvalidArgumentsError(SystemExit):
    """The command line is invalid, which has been printed.

    Attributes:
        message: What is wrong.

    """

    def __init__(self, message: str) -> None:
        super().__init__(2)
        self.message = message


class Parser(argparse.ArgumentParser):
    """A parser that suggests the option that was probably meant, and whose errors have a message."""

    def error(self, message: str) -> NoReturn:
        """Print that the command line is invalid, and end.

        Raises:
            InvalidArgumentsError: Always.

        """
        self.print_usage(sys.stderr)
        sys.stderr.write(f"{self.prog}: error: {message}\n")
        raise InvalidArgumentsError(message)

    def reject(self, unknown: Sequence[str]) -> NoReturn:
        """End with an error about arguments that the command does not have."""
        name = unknown[0].partition("=")[0]
        options = [option for option in self._option_string_actions if option.startswith("--")]
        from thinvenv.cli.options import other_places  # noqa: PLC0415 - only an error needs it

        hint = other_places(name, in_files=self.has_option("-r")) or suggestion(name, options)
        self.error(f"unrecognized arguments: {' '.join(unknown)}" + (f"\nhint: {hint}" if hint else ""))

    def has_option(self, option: str) -> bool:
        """Return whether the command has an option."""
        return option in self._option_string_actions


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line.

    Raises:
        SystemExit: The arguments are invalid (2), or the help or the version was shown (0).

    """
    if not arguments or arguments[0] not in COMMANDS:
        from thinvenv.cli.options import main_parser  # noqa: PLC0415 - only for help and errors

        main = main_parser()
        if arguments and (hint := suggestion(arguments[0], COMMANDS)):
            main.error(f"argument COMMAND: invalid choice: {arguments[0]!r}\nhint: {hint}")
        main.parse_args(arguments or ["--help"])
    parser = command_parser(arguments[0], with_help=not {"-h", "--help"}.isdisjoint(arguments))
    options, rest = parser.parse_known_args(
        arguments[1:], argparse.Namespace(command=arguments[0], arguments=arguments[1:])
    )
    # argparse accepts positional arguments in one place only; here requirements may follow further options.
    end = rest.index("--") if "--" in rest else len(rest)
    positional = [*rest[:end], *rest[end + 1 :]]
    accepts = hasattr(options, "requirements")
    unknown = [argument for argument in rest[:end] if argument.startswith("-")] if accepts else positional
    if unknown:
        parser.reject(unknown)
    if positional:
        options.requirements += positional
    options.pip_arguments = getattr(options, "pip_arguments", None) or []
    return options


def run(options: argparse.Namespace) -> int:
    """Import and run the command of the options, and return its exit status.

    Raises:
        ThinvenvError: The command failed.

    """
    module, function = COMMANDS[options.command].function.split(".")
    status: int = getattr(import_module(f"thinvenv.cli.{module}"), function)(options)
    return status


def command_parser(name: str, *, with_help: bool = True) -> Parser:
    """Return the parser of one command.

    Args:
        name: The name of the command.
        with_help: Whether its description and its examples are needed.

    """
    parser = Parser(
        prog=f"thinvenv {name}",
        usage=f"thinvenv {name} {COMMANDS[name].arguments}",
        formatter_class=formatter,
        allow_abbrev=False,
    )
    if with_help:
        parser.description, parser.epilog = load_help_texts().description_of(name), load_help_texts().epilog_of(name)
    module = _MODULE_OF_OPTIONS.get(name, "options")
    add_options = getattr(import_module(f"thinvenv.cli.{module}"), f"add_{name.replace('-', '_')}")
    add_options(parser)
    return parser


def load_help_texts() -> ModuleType:
    """Return the module that describes the commands and their options."""
    from thinvenv.cli import help_texts  # noqa: PLC0415 - few command lines ask for help

    return help_texts


def formatter(prog: str) -> argparse.HelpFormatter:
    """Return the formatter of the help. Without a width it would import `shutil` and three compressors."""
    return argparse.RawDescriptionHelpFormatter(prog, width=_columns() - 2)


@cache
def _columns() -> int:
    """Return the width of the screen, as :func:`shutil.get_terminal_size` does."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    with suppress(OSError):
        return os.get_terminal_size(1).columns or _DEFAULT_COLUMNS
    return _DEFAULT_COLUMNS


def non_empty(value: str) -> str:
    """Return a value that is not empty. An unset shell variable must not select another environment.

    Raises:
        argparse.ArgumentTypeError: It is empty.

    """
    if not value.strip():
        raise argparse.ArgumentTypeError("the value is empty")
    return value


def add_settings(parser: argparse.ArgumentParser, names: Collection[str]) -> None:
    """Add the options of the settings that have some names."""
    for setting in SETTINGS:
        option, text = setting.own_option, setting.help
        if setting.name not in names:
            continue
        if setting.is_list:
            add_repeated(parser, option, setting.metavar.upper(), text)
        elif setting.is_switch:
            parser.add_argument(option, action=argparse.BooleanOptionalAction, default=None, help=text)
        else:
            parser.add_argument(option, choices=setting.choices, default=None, help=text)


def add_env(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the environment."""
    text = "the environment; by default the active one, or else .venv"
    parser.add_argument("--env", type=non_empty, metavar="ENV", help=text)


def add_repeated(parser: argparse.ArgumentParser, name: str, metavar: str, text: str, dest: str | None = None) -> None:
    """Add an option that may be repeated; ``dest`` is its attribute, if that has another name."""
    text = f"{text}; may be repeated"
    parser.add_argument(name, dest=dest, type=non_empty, action="append", default=[], metavar=metavar, help=text)


def add_flag(parser: argparse._ActionsContainer, option: str, text: str) -> None:
    """Add an option without a value."""
    parser.add_argument(option, action="store_true", help=text)


def add_offline(parser: argparse.ArgumentParser) -> None:
    """Add the option that works without a network."""
    add_flag(parser, "--offline", "do not use the network")


def add_json(parser: argparse._ActionsContainer) -> None:
    """Add the option that prints JSON."""
    add_flag(parser, "--json", "print one JSON object")


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how much a command prints."""
    add_json(parser)
    add_verbosity(parser, "print what is reused, too, and all progress")


def add_verbosity(parser: argparse.ArgumentParser, verbose: str) -> None:
    """Add the options that say how much a command prints, without JSON; ``verbose`` says what it prints at most."""
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but warnings and errors")
    parser.add_argument("-v", "--verbose", action="store_true", help=verbose)
    add_flag(parser, "--no-progress", "print no progress")


_REQUIREMENTS = "[REQUIREMENT]..."
_RUN = "[OPTION]... SCRIPT [ARGUMENT]... | -- COMMAND [ARGUMENT]..."
_MATRIX = "print the environments of a project as a matrix for CI"
COMMANDS = {
    "create": _Command("create an environment over a base", f"[OPTION]... ENV {_REQUIREMENTS}", "create.create"),
    "install": _Command("install what the base does not provide", f"[OPTION]... {_REQUIREMENTS}", "commands.install"),
    "plan": _Command("show what `install` would do", f"[OPTION]... {_REQUIREMENTS}", "commands.install"),
    "run": _Command("run a script or a command in a thin environment", _RUN, "run.run"),
    "uninstall": _Command(
        "remove distributions, and what only they needed", "[OPTION]... NAME...", "modification.uninstall"
    ),
    "sync": _Command(
        "make an environment exactly what files say", "[OPTION]... FILE... | --locked", "modification.sync"
    ),
    "set": _Command("change how an environment reuses its base", "[OPTION]...", "modification.configure"),
    "list": _Command("show what an environment imports, and from where", "[OPTION]...", "inspection.show_list"),
    "tree": _Command("show who requires what", "[OPTION]...", "inspection.show_tree"),
    "why": _Command("show what requires a distribution", "[OPTION]... NAME", "inspection.show_reasons"),
    "freeze": _Command("print what is used, as requirements", "[OPTION]...", "inspection.freeze"),
    "lock": _Command("write a lock file of what is used", "[OPTION]...", "inspection.lock"),
    "check": _Command("verify that an environment is as planned", "[OPTION]... [ENV]...", "inspection.check"),
    "report": _Command("show what environments take on disk, and repeat", "[OPTION]... [PATH]...", "report.report"),
    "doctor": _Command("print what a bug report needs", "[OPTION]...", "doctor.doctor"),
    "shell-completion": _Command("print the completion of a shell", "SHELL", "completion.show_completion"),
    "matrix": _Command(_MATRIX, "[OPTION]... [-- ARGUMENT...]", "matrix.show_matrix"),
    "base": _Command("suggest and build bases", "ACTION [OPTION]...", "base.run_action"),
    "fleet": _Command("run environments on a cluster", "run [OPTION]...", "fleet.run_fleet"),
    "store": _Command("show, verify and clean a store", "ACTION [OPTION]...", "store.run_action"),
}
"""All commands, in the order of the help."""

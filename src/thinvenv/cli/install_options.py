"""The options of the command line that say what to install, and those of pip among them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from thinvenv.cli.parser import ALL_SETTINGS, CREATE_SETTINGS, add_env, add_output, add_settings, load_help_texts
from thinvenv.requirements.options import CARRIED_FLAGS, CARRIED_VALUES, FLAGS, is_long

if TYPE_CHECKING:
    from collections.abc import Collection


class PipOption(argparse.Action):
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


def add_install(parser: argparse.ArgumentParser, *, dry_run: bool = False) -> None:
    """Add the options of ``thinvenv install``.

    Args:
        parser: The parser of the command.
        dry_run: Whether ``--dry-run`` is the default.

    """
    add_env(parser)
    add_requirements(parser)
    parser.add_argument("--dry-run", action="store_true", default=dry_run, help="show the plan and change nothing")


def add_plan(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``thinvenv plan``."""
    add_install(parser, dry_run=True)


def add_requirements(parser: argparse.ArgumentParser) -> None:
    """Add the options and arguments that say what to install."""
    if parser.prog != "thinvenv sync":
        parser.add_argument("requirements", nargs="*", default=[], metavar="REQUIREMENT", help="specifier, URL or path")
    for *names, metavar, text in (
        ("-r", "--requirement", "FILE", "a file of requirements"),
        ("-c", "--constraint", "FILE", "a file of constraints"),
        ("-e", "--editable", "PATH", "a project to install in development mode"),
        ("-P", "--upgrade-package", "NAME", "install the newest version of this distribution"),
        ("--group", "NAME", "a dependency group of pyproject.toml"),
        ("--extra", "NAME", "an extra, for `-r pyproject.toml`"),
        ("--reinstall-package", "NAME", "install this distribution again"),
    ):
        parser.add_argument(*names, action=PipOption, metavar=metavar, help=text)
    parser.add_argument("--all-extras", action=PipOption, nargs=0, help="all extras, for `-r pyproject.toml`")
    add_settings(parser, ALL_SETTINGS - CREATE_SETTINGS)
    add_pip_options(parser)
    add_output(parser)


def add_pip_options(parser: argparse.ArgumentParser, only: Collection[str] | None = None) -> None:
    """Add the options of pip: those in ``only``, or all."""
    help_of = load_help_texts().PIP_OPTIONS if parser.description else {}  # the texts are needed only for the help
    group = parser.add_argument_group("pip's options")
    for names in map(str.split, CARRIED_VALUES):
        option = next(filter(is_long, names))
        if only is not None and option not in only:
            continue
        group.add_argument(*names, action=PipOption, metavar="VALUE", help=help_of.get(option, argparse.SUPPRESS))
    flags: dict[str, list[str]] = {name: [name] for name in sorted(CARRIED_FLAGS)}
    for name, field in FLAGS.items():
        flags.setdefault(f"--{field.replace('_', '-')}", []).append(name)
    for option, names in flags.items():
        if only is not None and option not in only:
            continue
        group.add_argument(*names, action=PipOption, nargs=0, help=help_of.get(option, argparse.SUPPRESS))

"""The words of the command line."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from thinvenv.choices import BACKENDS, REUSE_MODES
from thinvenv.cli import commands
from thinvenv.requirements.options import CARRIED_FLAGS, CARRIED_VALUES, FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SHOWN = {
    "--index-url": "the index to install from",
    "--extra-index-url": "a further index",
    "--find-links": "a folder or page of archives",
    "--no-index": "use no index, only --find-links",
    "--no-binary": "build these from source (`:all:` for all)",
    "--only-binary": "build none of these (`:all:` for all)",
    "--config-settings": "a setting for build backends",
    "--pre": "allow pre-releases",
    "--no-deps": "leave out what the requirements require",
    "--require-hashes": "install nothing whose hash is not given",
    "--upgrade": "take the newest, and reuse the base only where it is the newest",
    "--reinstall": "install again what is already there",
    "--offline": "use no network",
    "--prune": "remove what the base has meanwhile as well",
}
"""pip's options that the help shows; the others work, and are for files and tools."""


_SCREEN = 80
"""The columns of a screen that does not tell them."""


class _Word(argparse.Action):
    """Keep an option as it was written: what is read later reads arguments, not a namespace."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse passes it
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Append the option, and its value where it has one."""
        value = [] if values in (None, []) else [str(values)]
        namespace.words = [*(getattr(namespace, "words", None) or []), str(option_string), *value]


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line.

    Raises:
        SystemExit: The words are wrong (2), or help or the version was asked for (0).

    """
    parser = _parser(arguments)
    options, rest = parser.parse_known_args(arguments)
    # argparse takes requirements in one place only; those behind a further option are left to us.
    at = rest.index("--") if "--" in rest else len(rest)
    more = [*rest[:at], *rest[at + 1 :]]
    unknown = [word for word in rest[:at] if word.startswith("-")] if hasattr(options, "requirements") else more
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if more:
        options.requirements += more
    options.words = getattr(options, "words", None) or []
    return options


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="thinvenv",
        description="Thin virtual environments: reuse the base, install the difference.",
        formatter_class=_formatter,
    )
    parser.add_argument("--version", action=commands.ShowVersion)
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, (fill, text) in _VERBS.items():
        verb = verbs.add_parser(name, help=text, formatter_class=_formatter, allow_abbrev=False)
        if name in arguments:  # the options of the others would only cost time
            fill(verb)
    return parser


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Return what formats the help, told the width: by itself it asks `shutil`, which loads three compressors."""
    return argparse.HelpFormatter(prog, width=_columns() - 2)


@cache
def _columns() -> int:
    """Return the width of the screen as :func:`shutil.get_terminal_size` has it."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    with suppress(OSError):
        return os.get_terminal_size(1).columns or _SCREEN
    return _SCREEN


def _given(text: str) -> str:
    """Return a value that may not be empty: a variable that was not set would else mean something else."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the value is empty")
    return text


def _add_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("env", type=_given, metavar="ENV", help="where to make it")
    parser.add_argument("--python", type=_given, metavar="PYTHON", help="the interpreter: a path, a name or a version")
    _add_repeated(parser, "--base", "PATH", "a further base: an environment or a site directory")
    parser.add_argument(
        "--reuse", choices=REUSE_MODES, default="inherit", help="how the base is seen (default: inherit)"
    )
    parser.add_argument("--clear", action="store_true", help="replace an environment that is already there")
    _add_requirements(parser)
    parser.set_defaults(run=commands.create)


def _add_plan(parser: argparse.ArgumentParser) -> None:
    _add_install(parser, planning=True)


def _add_install(parser: argparse.ArgumentParser, *, planning: bool = False) -> None:
    _add_env(parser)
    _add_requirements(parser)
    parser.add_argument("--dry-run", action="store_true", default=planning, help="change nothing, show the plan")
    parser.set_defaults(run=commands.install)


def _add_requirements(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("requirements", nargs="*", metavar="REQUIREMENT", help="a specifier, a URL or a path")
    for short, long, meta, text in (
        ("-r", "--requirement", "FILE", "a file of requirements"),
        ("-c", "--constraint", "FILE", "a file of constraints"),
        ("-e", "--editable", "PATH", "a project to install in development mode"),
        ("-P", "--upgrade-package", "NAME", "take the newest of this one, as `--upgrade` does of all"),
    ):
        parser.add_argument(short, long, action=_Word, metavar=meta, help=text)
    parser.add_argument("--group", action=_Word, metavar="NAME", help="a dependency group of pyproject.toml")
    parser.add_argument("--extra", action=_Word, metavar="NAME", help="an extra, for `-r pyproject.toml`")
    parser.add_argument("--all-extras", action=_Word, nargs=0, help="all of them")
    parser.add_argument("--reinstall-package", action=_Word, metavar="NAME", help="install this one again")
    _add_repeated(parser, "--only-reuse", "GLOB", "reuse only these of the base")
    _add_repeated(parser, "--never-reuse", "GLOB", "reuse none of these of the base")
    parser.add_argument("--backend", choices=BACKENDS, help="who installs (default: uv where there is one)")
    _add_pip_options(parser)
    _add_json(parser)


def _add_pip_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("pip's options")
    aliases: dict[str, list[str]] = {}
    for name, long in CARRIED_VALUES.items():
        aliases.setdefault(long, []).append(name)
    for long, names in aliases.items():
        group.add_argument(*names, action=_Word, metavar="VALUE", help=_SHOWN.get(long, argparse.SUPPRESS))
    flags: dict[str, list[str]] = {one: [one] for one in sorted(CARRIED_FLAGS)}
    for name, field in FLAGS.items():
        flags.setdefault(f"--{field.replace('_', '-')}", []).append(name)
    for long, names in flags.items():
        group.add_argument(*names, action=_Word, nargs=0, help=_SHOWN.get(long, argparse.SUPPRESS))


def _add_list(parser: argparse.ArgumentParser) -> None:
    _add_env(parser)
    _add_json(parser)
    parser.set_defaults(run=commands.show_list)


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_repeated(parser, "--env", "ENV", "an environment; the active one where not given")
    _add_json(parser)
    parser.set_defaults(run=commands.check)


def _add_env(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--env", type=_given, metavar="ENV", help="the environment; the active one where not given")


def _add_repeated(parser: argparse.ArgumentParser, name: str, meta: str, text: str) -> None:
    parser.add_argument(name, type=_given, action="append", default=[], metavar=meta, help=text)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


_VERBS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], str]] = {
    "create": (_add_create, "make an environment over a base, and fill it"),
    "install": (_add_install, "install what the base does not provide"),
    "plan": (_add_plan, "show what `install` would do"),
    "list": (_add_list, "show what an environment imports, and from where"),
    "check": (_add_check, "tell whether an environment still holds"),
}

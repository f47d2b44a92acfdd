"""The options of the commands that have actions: base and store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.cli.parser import add_flag, add_json, add_offline, add_output, add_repeated, add_settings, non_empty

if TYPE_CHECKING:
    import argparse

_STORE_ACTIONS = {
    "list": "show the entries of a store, and how many environments use them",
    "prune": "remove the entries that no environment uses",
    "verify": "compare every byte of a store with RECORD",
}


def add_base(parser: argparse.ArgumentParser) -> None:
    """Add the actions of ``base``, and the options of each."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action", prog=parser.prog)
    usage = f"{parser.prog} suggest [OPTION]... PATH..."
    text = "show which bases would save the most"
    suggest = actions.add_parser("suggest", help=text, usage=usage, allow_abbrev=False)
    text = "a project, or a folder with environments"
    suggest.add_argument("paths", nargs="+", type=non_empty, metavar="PATH", help=text)
    text = "how many bases there may be (1 by default)"
    suggest.add_argument("--bases", type=int, default=1, metavar="K", help=text)
    text = "save as many bytes (the default) or files as possible"
    suggest.add_argument("--by", choices=("bytes", "files"), default="bytes", help=text)
    text = "write a requirements file; with --bases, one for each base: FILE-1.txt, FILE-2.txt"
    suggest.add_argument("-o", "--output", type=non_empty, metavar="FILE", help=text)
    add_offline(suggest)
    add_json(suggest)
    usage = f"{parser.prog} build [OPTION]... -r FILE DIR"
    build = actions.add_parser("build", help="make a base from requirements", usage=usage, allow_abbrev=False)
    build.add_argument("folder", type=non_empty, metavar="DIR", help="the base to create")
    add_python(build)
    build.add_argument(
        "-r",
        "--requirement",
        dest="requirements",
        action="append",
        required=True,
        metavar="FILE",
        help="a file of requirements; may be repeated",
    )
    add_flag(build, "--clear", "replace an existing base")
    add_offline(build)
    add_settings(build, {"backend"})
    add_output(build)


def add_fleet(parser: argparse.ArgumentParser) -> None:
    """Add the actions of ``fleet``, and the options of each."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action", prog=parser.prog)
    text, usage = "run the environments of tox on a Ray cluster", f"{parser.prog} run [OPTION]... [-- ARGUMENT...]"
    action = actions.add_parser("run", help=text, usage=usage, allow_abbrev=False)
    text = "the cluster: ray://HOST:10001, or HOST:6379 or auto on a node of it"
    action.add_argument("--address", type=non_empty, required=True, metavar="ADDRESS", help=text)
    text = "the environments, as in `tox -e`; by default those of `env_list`; may be repeated"
    action.add_argument("-e", dest="environments", action="append", default=[], metavar="ENV", help=text)
    add_repeated(action, "--exclude", "PATTERN", "do not ship these files (a pattern of .gitignore)")
    action.add_argument("--result-json", type=non_empty, metavar="FILE", help="write what `tox --result-json` writes")
    text = "further arguments for `tox run`, after --"
    action.add_argument("tox_arguments", nargs="*", metavar="ARGUMENT", help=text)


def add_store(parser: argparse.ArgumentParser) -> None:
    """Add the actions of ``store``, and the options of each."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action", prog=parser.prog)
    for name, text in _STORE_ACTIONS.items():
        action = actions.add_parser(name, help=text, usage=f"{parser.prog} {name} [OPTION]...", allow_abbrev=False)
        add_repeated(action, "--store", "PATH", "the store: `default` or a path")
        add_json(action)
        if name == "prune":
            age = "only what no install has used for so long, such as 30d or 12h"
            action.add_argument("--older-than", metavar="AGE", help=age)
            add_flag(action, "--forget-machines", "do not count environments of other machines and containers")
        if name == "verify":
            add_flag(action, "--repair", "make damaged entries again")


def add_python(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the interpreter."""
    text = "the interpreter: a path, a name on PATH or a version"
    parser.add_argument("-p", "--python", type=non_empty, metavar="PYTHON", help=text)

"""The generated parts of the reference: commands from their parsers, settings from their declaration.

Sphinx inserts them where a page has one of the :data:`MARKS`. ``python docs/reference_pages.py commands`` prints
one of them.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

import thinvenv
from thinvenv import errors
from thinvenv.cli.help_texts import examples_of, variables_of
from thinvenv.cli.parser import COMMANDS, command_parser
from thinvenv.config.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thinvenv.config.settings import Setting


def commands() -> str:
    """Return the reference of all commands."""
    return "\n\n".join("\n\n".join(_command(name)) for name in COMMANDS)


def settings() -> str:
    """Return the reference of all settings: where each can be set, and what it means."""
    return "\n\n".join("\n\n".join(_setting(setting)) for setting in SETTINGS)


def functions() -> str:
    """Return directives of Sphinx for the public functions."""
    names = [name for name in thinvenv.__all__ if name.islower() and name != "hookimpl"]
    return _directives("autofunction", names)


def results() -> str:
    """Return directives of Sphinx for the public classes that are no errors."""
    names = [name for name in thinvenv.__all__ if not name.islower() and not hasattr(errors, name)]
    return _directives("autoclass", names, "members")


def error_classes() -> str:
    """Return directives of Sphinx for the public errors."""
    return _directives("autoexception", [name for name in vars(errors) if name in thinvenv.__all__], "show-inheritance")


MARKS = {
    f"<!-- generated: {part.__name__.replace('_', ' ')} -->": part
    for part in (commands, settings, functions, results, error_classes)
}
"""What stands for a generated part in a page, and the function that returns it."""


def filled(page: str) -> str:
    """Return the text of a page with the generated parts in the place of their marks."""
    for mark, part in MARKS.items():
        if mark in page:
            page = page.replace(mark, part())
    return page


def _directives(directive: str, names: Iterable[str], option: str = "") -> str:
    options = f"\n   :{option}:" if option else ""
    lines = "\n".join(f".. {directive}:: thinvenv.{name}{options}" for name in names)
    return f"```{{eval-rst}}\n{lines}\n```"


def _command(name: str) -> Iterator[str]:
    """Yield the blocks of one command."""
    parser = command_parser(name)
    yield f"## `thinvenv {name}`"
    yield f"```text\n{_without_prefix(parser.format_usage())}\n```"
    yield _as_markdown(str(parser.description))
    yield from _arguments(parser)
    yield "Examples:"
    yield "```console\n" + "\n".join(f"$ {example}" for example in examples_of(name)) + "\n```"
    variables = variables_of(name).items()
    yield _table("variable", ((_codes(names.split(", ")), _as_markdown(text)) for names, text in variables))


def _arguments(parser: argparse.ArgumentParser, heading: str = "") -> Iterator[str]:
    """Yield the arguments and options of a parser, group by group, and then those of its actions."""
    for group in parser._action_groups:  # noqa: SLF001 - argparse has no public way to list them
        actions = group._group_actions  # noqa: SLF001 - see above
        shown = [action for action in actions if _is_documented(action)]
        if shown:
            title = {"positional arguments": "argument", "options": "option"}.get(group.title or "", group.title or "")
            yield _table(f"{title}{heading}", ((_spellings(action), _help(action)) for action in shown))
        for action in actions:
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - it has no public name
                texts = {choice.dest: choice.help for choice in action._choices_actions}  # noqa: SLF001 - see above
                yield _table("action", ((f"`{name}`", str(texts.get(name) or "")) for name in action.choices))
                for name, part in action.choices.items():
                    yield from _arguments(part, f" of `{name}`")


def _is_documented(action: argparse.Action) -> bool:
    hidden = (argparse._HelpAction, argparse._SubParsersAction)  # noqa: SLF001 - they have no public names
    return action.help != argparse.SUPPRESS and not isinstance(action, hidden)


def _spellings(action: argparse.Action) -> str:
    """Return all spellings of an option or the name of an argument, as code."""
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    if action.choices is not None and not metavar:
        metavar = "|".join(map(str, action.choices))
    if not action.option_strings:
        return f"`{metavar or action.dest}`"
    value = f" {metavar or action.dest.upper()}" if action.nargs != 0 else ""
    return _codes(f"{option}{value}" for option in action.option_strings)


def _help(action: argparse.Action) -> str:
    return _as_markdown((action.help or "").replace("%(default)s", str(action.default)))


def _setting(setting: Setting) -> Iterator[str]:
    """Yield the blocks of one setting."""
    yield f"## `{setting.file_key}`"
    yield _as_markdown(setting.help[:1].upper() + setting.help[1:]) + "."
    values = _codes(setting.choices)
    if setting.is_list:
        values = f"a list of {setting.metavar}s, or a single string" + (
            f"; {_codes(setting.names)} stand for no path" if setting.names else ""
        )
    separated = (
        ""
        if setting.choices
        else ", separated " + ("as in `PATH`" if setting.metavar == "path" else "by commas or blanks")
    )
    yield _table(
        "where",
        [
            ("values", values),
            ("command line", f"`{setting.own_option}`"),
            ("variable", f"`{setting.variable}`{separated}"),
            ("`[tool.thinvenv]`, `thinvenv.toml`", f"`{setting.file_key}`"),
            ("Python", f"`{setting.field}`"),
            ("tox", f"`{setting.key}`, or `{setting.option}` on the command line of tox"),
            ("nox", f"`{setting.key}`: a keyword of a session, or an attribute of `nox.defaults`"),
        ],
    )


def _table(head: str, rows: Iterable[tuple[str, str]]) -> str:
    """Return a table with two columns."""
    lines = [(head, "spelling" if head == "where" else "meaning"), ("---", "---"), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _as_markdown(text: str) -> str:
    """Return a help text as Markdown: options are code, and what Markdown would read as markup is not."""
    text = re.sub(r"(?<![`\w/-])(--[a-z][a-z-]*[a-z])(?![`\w])", r"`\1`", text)
    parts = text.split("`")
    parts[::2] = [re.sub(r"([*<_\[\]])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def _without_prefix(usage: str) -> str:
    return usage.strip().removeprefix("usage: ")


if __name__ == "__main__":
    sys.stdout.write(MARKS[f"<!-- generated: {sys.argv[1]} -->"]() + "\n")

"""Reads the command lines that most installs have, without argparse.

An install with nothing to do would spend an eighth of its time on importing argparse and on declaring some fifty
options, most of which nobody uses. Every other command line is left to :mod:`thinvenv.cli.parser`.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_FLAGS = {
    **dict.fromkeys(("-q", "--quiet"), "quiet"),
    **dict.fromkeys(("-v", "--verbose"), "verbose"),
    "--json": "json",
    "--no-progress": "no_progress",
    "--dry-run": "dry_run",
}
"""The options without a value, and the attributes that they set."""
_PIP_OPTIONS = frozenset({"-r", "--requirement", "-c", "--constraint", "-e", "--editable"})
"""The options of pip with a value. They are kept as they were written."""


def parse_install(arguments: Sequence[str]) -> SimpleNamespace | None:
    """Return the options of ``thinvenv install``, as :func:`thinvenv.cli.parser.parse` does.

    Args:
        arguments: The arguments after the name of the command.

    Returns:
        The options; ``None`` if there is an argument that only the parser can read, or may reject. Settings are
        missing: none of them is set.

    """
    requirements: list[str] = []
    pip_arguments: list[str] = []
    values = {"env": None, **dict.fromkeys(_FLAGS.values(), False)}
    options = SimpleNamespace(**values, command="install", requirements=requirements, pip_arguments=pip_arguments)
    words = iter(arguments)
    for word in words:
        if word in _FLAGS:
            setattr(options, _FLAGS[word], True)
        elif not word.startswith("-"):
            requirements.append(word)
        elif word != "--env" and word not in _PIP_OPTIONS:
            return None
        else:
            value = next(words, "")
            if not value.strip() or value.startswith("-"):
                return None
            if word == "--env":
                options.env = value
            else:
                pip_arguments += [word, value]
    return options

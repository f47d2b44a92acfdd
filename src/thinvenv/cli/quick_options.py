"""Reads the command lines that most installs and new environments have, without argparse.

An install with nothing to do would spend an eighth of its time on importing argparse and on declaring some fifty
options, most of which nobody uses. Every other command line is left to :mod:`thinvenv.cli.parser`.
"""

from __future__ import annotations

from types import SimpleNamespace

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FLAGS = {
    **dict.fromkeys(("-q", "--quiet"), "quiet"),
    **dict.fromkeys(("-v", "--verbose"), "verbose"),
    "--json": "json",
    "--no-progress": "no_progress",
}
"""The options without a value, and the attributes that they set."""
_INSTALL_FLAGS = {**_FLAGS, "--dry-run": "dry_run"}
_CREATE_FLAGS = {**_FLAGS, "--clear": "clear", "--allow-existing": "allow_existing", "--relocatable": "relocatable"}
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
    return _parse("install", arguments, _INSTALL_FLAGS, "--env")


def parse_create(arguments: Sequence[str]) -> SimpleNamespace | None:
    """Return the options of ``thinvenv create``, see :func:`parse_install`."""
    options = _parse("create", arguments, _CREATE_FLAGS, "--python")
    if options is None or (options.clear and options.allow_existing):
        return None
    env, *options.requirements = options.requirements or [""]
    options.env = env
    return options if env.strip() else None


def _parse(command: str, arguments: Sequence[str], flags: Mapping[str, str], valued: str) -> SimpleNamespace | None:
    """Return the options of a command, whose arguments are requirements.

    Args:
        command: The name of the command.
        arguments: The arguments after it.
        flags: Its options without a value, and the attributes that they set.
        valued: Its only option with a value, besides those of pip.

    """
    requirements: list[str] = []
    pip_arguments: list[str] = []
    values = {valued[2:]: None, **dict.fromkeys(flags.values(), False)}
    options = SimpleNamespace(**values, command=command, requirements=requirements, pip_arguments=pip_arguments)
    words = iter(arguments)
    for word in words:
        if word in flags:
            setattr(options, flags[word], True)
        elif not word.startswith("-"):
            requirements.append(word)
        elif word != valued and word not in _PIP_OPTIONS:
            return None
        else:
            value = next(words, "")
            if not value.strip() or value.startswith("-"):
                return None
            if word == valued:
                setattr(options, valued[2:], value)
            else:
                pip_arguments += [word, value]
    return options

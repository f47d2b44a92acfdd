"""The options of `pip install` and `uv pip install` that are accepted or rejected.

People write them in requirements files, in tox's ``deps`` and in nox's ``session.install``.
"""

from __future__ import annotations

from functools import cache

from thinvenv.choices import suggestion
from thinvenv.errors import UsageError
from thinvenv.named_tuples import NamedTuple

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FLAGS: dict[str, str] = {
    "--pre": "pre",
    "--no-deps": "no_deps",
    "--no-dependencies": "no_deps",
    "--force-reinstall": "reinstall",
    "--reinstall": "reinstall",
    "-I": "reinstall",
    "--ignore-installed": "reinstall",
    "-U": "upgrade",
    "--upgrade": "upgrade",
    "--require-hashes": "require_hashes",
    "--offline": "offline",
    "--prune": "prune",
    "--strict": "strict",
}
"""The options without a value that set a field of the request."""

INPUTS = (
    "-r --requirement --requirements",
    "-c --constraint --constraints",
    "--override --overrides",
    "-e --editable",
    "--group",
    "--extra",
    "--reinstall-package",
    "-P --upgrade-package",
)
"""The options with a value that say what to install: all names of each, of which the first long one counts."""

CARRIED_FLAGS = frozenset({
    "--no-index", "--no-build-isolation", "--prefer-binary", "--no-cache-dir", "--no-proxy-env", "--use-pep517",
    "--isolated", "--no-compile",
})  # fmt: skip
"""The options without a value that are passed on to the backend."""

CARRIED_VALUES = (
    "-i --index-url --default-index --pypi-url",
    "--extra-index-url",
    "-f --find-links",
    "--trusted-host --allow-insecure-host",
    "--no-binary",
    "--only-binary",
    "-C --config-settings --config-setting",
    "--cert",
    "--client-cert",
    "--proxy",
    "--timeout --default-timeout",
    "--retries",
    "--cache-dir",
    "--all-releases",
    "--only-final",
    "--build-constraint --build-constraints",
    "--refresh-package",
    "--uploaded-prior-to",
)
"""The options with a value that are passed on to the backend: all names of each. The first long one, pip's, counts."""

UV_FLAGS = frozenset({
    "--no-cache", "--no-sources", "--no-build", "--refresh", "--native-tls", "--system-certs", "--compile-bytecode",
    "--no-config", "--no-verify-hashes",
})  # fmt: skip
"""The options without a value that only uv has."""

UV_VALUES = frozenset({
    "--resolution", "--prerelease", "--exclude-newer", "--index", "--index-strategy", "--keyring-provider",
    "--torch-backend", "--link-mode", "--no-sources-package",
    "--no-build-isolation-package", "--config-settings-package", "--exclude-newer-package", "--prerelease-package",
    "--config-file",
})  # fmt: skip
"""The options with a value that only uv has."""

UV_REPEATED = frozenset({
    "--extra-index-url", "--find-links", "--allow-insecure-host", "--no-binary", "--only-binary", "--config-settings",
    "--index", "--refresh-package", "--no-sources-package",
    "--no-build-isolation-package", "--config-settings-package", "--build-constraint", "--build-constraints",
    "--exclude-newer-package", "--prerelease-package",
})  # fmt: skip
"""The options that uv accepts more than once. Of any other the last one counts."""

QUIET_FLAGS = frozenset({
    "-q", "--quiet", "-v", "--verbose", "--no-color", "--no-input", "--disable-pip-version-check",
    "--no-warn-script-location", "--no-warn-conflicts", "--no-python-version-warning",
    "--no-progress", "--no-clean", "--break-system-packages", "--compile", "--debug",
    "--require-virtualenv",
})  # fmt: skip
"""The options without a value that only change what pip prints or asks. They are ignored."""

QUIET_VALUES = frozenset({
    "--progress-bar", "--upgrade-strategy", "--use-feature", "--use-deprecated", "--log", "--color",
    "--root-user-action", "--exists-action", "--resume-retries",
})  # fmt: skip
"""The options with a value that are ignored."""

_CLUSTERED = ("-q", "-v", "-U", "-I")
"""The options of one letter that others may follow in one word, as in ``-ve.``."""
PLACES = frozenset({"-t", "--target", "--user", "--prefix", "--root", "--python", "--system"})
"""The options that name the place to install into."""


class Argument(NamedTuple):
    """One argument of ``pip install``.

    Attributes:
        option: The name of the option; empty for a requirement.
        value: The value of the option, or the requirement; empty for an option without a value.
        origin: Where it was read: ``-r requirements.txt, line 3``; empty for the command line.

    """

    option: str
    value: str = ""
    origin: str = ""


@cache
def by_name(options: tuple[str, ...]) -> dict[str, str]:
    """Return the name that counts for each of some options, by all of its names."""
    rows = [option.split() for option in options]
    return {name: next(filter(is_long, names)) for names in rows for name in names}


def is_long(name: str) -> bool:
    """Return whether the name of an option is a word."""
    return name.startswith("--")


@cache
def _values() -> dict[str, str]:
    """Return the options with a value by all of their names: the name that counts, nothing for those ignored.

    It is made when an option is first read: an install with nothing to do has none.
    """
    carried = {**by_name(CARRIED_VALUES), **{option: option for option in UV_VALUES}}
    return {**by_name(INPUTS), **carried, **dict.fromkeys(QUIET_VALUES, "")}


def parse(words: Iterable[str], origin: str = "") -> Iterator[Argument]:
    """Yield the arguments in the words of a command line, without those that are ignored.

    Args:
        words: What would follow ``pip install``.
        origin: Where they were read.

    Raises:
        UsageError: An option is not supported here, or has no value.

    """
    queue = list(words)[::-1]
    while queue:
        word = queue.pop()
        if word == "--":
            yield from (Argument("", text, origin) for text in queue[::-1])
            return
        if not word.startswith("-"):
            yield Argument("", word, origin)
            continue
        if word[:2] in _CLUSTERED and len(word) > 2 and not _is_repeated_letter(word):  # noqa: PLR2004 - "-x" and more
            queue.append(f"-{word[2:]}")
            word = word[:2]
        argument = _option(word, queue, origin)
        if argument is not None:
            yield argument


def _option(word: str, queue: list[str], origin: str) -> Argument | None:
    """Return the option in a word, its value taken from the queue if it is in a word of its own."""
    name, value = _split(word)
    if name in FLAGS or name in CARRIED_FLAGS or name in UV_FLAGS or name == "--all-extras":
        return Argument(name, origin=origin)
    if name in QUIET_FLAGS or _is_repeated_letter(name):
        return None
    if not takes_value(name):
        raise rejected(name, origin)
    if value is None and queue:
        value = queue.pop()
    if not value:
        raise UsageError(f"`{name}` needs a value")
    option = _values()[name]
    return Argument(option, value, origin) if option else None


def _split(word: str) -> tuple[str, str | None]:
    """Split ``--name=value`` and ``-xvalue``."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return name, value if equals else None
    if takes_value(word[:2]) and len(word) > 2:  # noqa: PLR2004 - "-x" and more
        return word[:2], word[2:]
    return word, None


def _is_repeated_letter(word: str) -> bool:
    """Return whether a word is ``-q``, ``-vv`` or the like."""
    return word[:2] in {"-q", "-v"} and set(word[1:]) == {word[1]}


def is_option(name: str) -> bool:
    """Return whether an option is accepted here."""
    return name in FLAGS or name in CARRIED_FLAGS or name in UV_FLAGS or name in QUIET_FLAGS or takes_value(name)


def takes_value(name: str) -> bool:
    """Return whether an option that is accepted here has a value."""
    return name in _values()


def lock_selection(groups: Iterable[str] | None = None, extras: Iterable[str] | None = ()) -> list[str]:
    """Return the options of ``uv sync`` that follow the lock of a project and select groups and extras.

    Args:
        groups: The dependency groups; the default groups of the project if ``None``.
        extras: The extras; all if ``None``.

    """
    names = ["--no-default-groups"] if groups is not None else []
    names += [word for group in groups or () for word in ("--group", group)]
    names += ["--all-extras"] if extras is None else [word for extra in extras for word in ("--extra", extra)]
    return ["--locked", *names]


def only_for_uv(options: Iterable[str]) -> list[str]:
    """Return those of some options, ``--name`` or ``--name=value``, that only uv has."""
    return [option for option in options if option.partition("=")[0] in UV_FLAGS | UV_VALUES]


def rejected(option: str, origin: str) -> UsageError:
    """Return the error for an option that is not accepted: one that names another place, or an unknown one."""
    where = f" ({origin})" if origin else ""
    if option in PLACES:
        why, hint = "thinvenv installs into one virtual environment", None
    else:
        accepted = (*FLAGS, *CARRIED_FLAGS, *UV_FLAGS, *QUIET_FLAGS, *_values())
        why, hint = "`thinvenv install` has no such option", suggestion(option, accepted)
    return UsageError(f"`{option}` cannot be used here{where}", why=(why,), hint=hint)

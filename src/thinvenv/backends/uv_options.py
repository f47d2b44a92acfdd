"""Translates pip's options and configuration into options and variables of uv.

A host that installs with pip promises that ``pip.conf`` and ``PIP_*`` count. uv reads neither, so they are
translated. An option wins over ``UV_*``, which wins over ``PIP_*``. These win over the files of uv, and those over
``pip.conf``.

https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from thinvenv.backends.pip_settings import UV_VARIABLES, set_by_files
from thinvenv.config import pip, uv
from thinvenv.errors import UsageError
from thinvenv.requirements.options import UV_REPEATED, only_for_uv
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thinvenv.context.context import Context

_LISTS = ("extra-index-url", "find-links", "trusted-host", "build-constraint")
_FORMATS = ("no-binary", "only-binary")
_RELEASES = {"all-releases": "allow", "only-final": "disallow"}
"""The options about pre-releases, and the value of uv's ``--prerelease`` that means the same."""
_KEYRING_PROVIDERS = frozenset({"disabled", "subprocess"})
"""The values of ``keyring-provider`` that uv knows, too. pip's default is to try all."""

_UV_OPTION = {
    "index-url": "--default-index",
    "extra-index-url": "--extra-index-url",
    "find-links": "--find-links",
    "trusted-host": "--allow-insecure-host",
    "no-binary": "--no-binary",
    "only-binary": "--only-binary",
    "config-settings": "--config-settings",
    "build-constraint": "--build-constraints",
    "refresh-package": "--refresh-package",
    "uploaded-prior-to": "--exclude-newer",
    "cache-dir": "--cache-dir",
    "keyring-provider": "--keyring-provider",
}
NO_BYTE_CODE = "--no-compile-bytecode"
"""The option of uv that leaves out byte code."""
_LINK_MODE = "copy" if sys.platform == "win32" else "clone"
"""How files come into a store. uv creates hard links where the file system cannot clone. Windows removes no library
that is loaded, nor any other name of it."""
_CONFIGURED = pip.CARRIED_TO_UV | {"pre"}
_UV_FLAG = {
    "isolated": "--no-config",
    "no-index": "--no-index",
    "no-build-isolation": "--no-build-isolation",
    "no-cache-dir": "--no-cache",
    "no-compile": "--no-compile-bytecode",
    "pre": "--prerelease=allow",
}
_UV_VARIABLE = {
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTP_PROXY", "HTTPS_PROXY"),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "retries": ("UV_HTTP_RETRIES",),
}
_UV_INDEXES = {
    "index-url": ("UV_DEFAULT_INDEX", ""),
    "extra-index-url": ("UV_EXTRA_INDEX_URL", " "),
    "index": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
}
"""The variable for each option with index URLs, and the separator of its values; empty if it has only one."""
_SET_BY_UV = {name: variables for name, (variables, _) in UV_VARIABLES.items()} | {
    "pre": ("UV_PRERELEASE",),
    "all-releases": ("UV_PRERELEASE",),
    "only-final": ("UV_PRERELEASE",),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "retries": ("UV_HTTP_RETRIES",),
    "build-constraint": ("UV_BUILD_CONSTRAINT",),
    "uploaded-prior-to": ("UV_EXCLUDE_NEWER",),
}
"""The variables of uv that replace a setting of pip. ``uv pip install`` has none for the others."""


def for_uv(options: Iterable[str], context: Context, prefix: str | None = None) -> list[str]:
    """Return the options of uv for pip's options and configuration.

    Args:
        options: Options in pip's long spelling, ``--name`` or ``--name=value``.
        context: Its variables and pip's files are the configuration.
        prefix: The environment to install into, whose ``pip.conf`` counts; ``None`` for none.

    """
    options = list(options)
    settings = _settings(options, context, prefix)
    hidden = _secret(settings)
    translated = [option for name, value in settings if name not in hidden for option in _uv_options(name, value)]
    translated += [option for option in only_for_uv(options) if _split(option)[0] not in hidden]
    strategies = [option for option in translated if _split(option)[0] == "index-strategy"]
    strategy = strategies or uv.load(context.environ, context.cwd, options).value("index-strategy")
    if not strategy and "UV_INDEX_STRATEGY" not in context.environ and "extra-index-url" in dict(settings):
        # pip takes the best version of all indexes; uv stops at the first that has the name.
        translated.append("--index-strategy=unsafe-best-match")
    return _last_of_each(translated)


def environ_for_uv(options: Iterable[str], context: Context, prefix: str | None = None) -> dict[str, str]:
    """Return the variables for what uv has no option for, and for passwords: every user can see a command line.

    Args:
        options: Options in pip's long spelling, ``--name`` or ``--name=value``.
        context: Its variables and pip's files are the configuration.
        prefix: The environment to install into, whose ``pip.conf`` counts; ``None`` for none.

    """
    settings = _settings(options, context, prefix)
    values = dict(settings)
    if context.environ.get("REQUESTS_CA_BUNDLE"):  # pip's HTTP client reads it
        values.setdefault("cert", context.environ["REQUESTS_CA_BUNDLE"])
    variables = {
        variable: _whole_seconds(value) if name == "timeout" else value
        for name, value in values.items()
        for variable in _UV_VARIABLE.get(name, ())
        if variable not in context.environ
    }
    if context.is_reproducible and "PYC_INVALIDATION_MODE" not in context.environ:
        variables["PYC_INVALIDATION_MODE"] = "CHECKED_HASH"  # as `py_compile` does
    if not pip.is_false(values.get("no-proxy-env", "no")) and "proxy" not in values:
        variables |= {"NO_PROXY": "*", "no_proxy": "*"}
    for option in _secret(settings):
        variable, separator = _UV_INDEXES[option]
        urls = [value for name, value in settings if name == option]
        variables[variable] = separator.join(urls) if separator else urls[-1]
    return variables


def not_carried(options: Iterable[str], context: Context, prefix: str | None = None) -> list[str]:
    """Return pip's options, and those in its configuration, that change the result and that uv has no counterpart for.

    Args:
        options: Options in pip's long spelling, ``--name`` or ``--name=value``.
        context: Its variables and pip's files are the configuration.
        prefix: The environment to install into, whose ``pip.conf`` counts; ``None`` for none.

    """
    options = list(options)
    translated = {*_UV_OPTION, *_UV_FLAG, *_UV_VARIABLE, *_RELEASES, "isolated", "no-proxy-env", "use-pep517"}
    names = {_split(option)[0] for option in options} - {_split(option)[0] for option in only_for_uv(options)}
    settings = pip.load(context.environ, context.cwd, prefix, options)
    configured = {name for name in pip.NAMED_WITH_UV if not pip.is_false(settings.get(name, "no"))}
    lost = {f"--{name}" for name in (names | configured) - translated}
    provider = settings.get("keyring-provider", "auto")
    if provider not in {"auto", *_KEYRING_PROVIDERS} and "UV_KEYRING_PROVIDER" not in context.environ:
        lost.add(f"--keyring-provider={provider}")
    return sorted(lost)


def _settings(options: Iterable[str], context: Context, prefix: str | None) -> list[tuple[str, str]]:
    """Return all settings, as pairs of a name and one value. A later pair of the same name is stronger."""
    options = list(options)
    pairs = [_split(option) for option in options]
    configured = pip.load(context.environ, context.cwd, prefix, options)
    set_by_uv = set_by_files(options, context) - pip.variables(context.environ).keys()
    weaker = {
        name: value
        for name, value in configured.items()
        if name not in set_by_uv and not any(variable in context.environ for variable in _SET_BY_UV.get(name, ()))
    }
    combined = {name: weaker.pop(name) for name in (*_FORMATS, *_RELEASES) if name in weaker}
    for name, value in pairs:
        if name in _FORMATS or name in _RELEASES:
            pip.select_names(combined, name, value)
        elif name not in _LISTS:
            weaker.pop(name, None)
    return [
        *(pair for name in weaker if name in _CONFIGURED for pair in _configured_pairs(name, weaker[name])),
        *(pair for pair in pairs if pair[0] not in {*_FORMATS, *_RELEASES}),
        *((name, value) for name in combined for value in combined[name].split(",")),
    ]


def _configured_pairs(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of one setting, which are those of the same option on a command line."""
    if name == "keyring-provider":
        if value in _KEYRING_PROVIDERS:
            yield name, value
    else:
        yield from ((name, part) for part in (value.split() if name in _LISTS else [value]))


def _split(option: str) -> tuple[str, str]:
    """Return the name and the value of ``--name=value``."""
    name, _, value = option.removeprefix("--").partition("=")
    return name, value


def _uv_options(name: str, value: str) -> Iterator[str]:
    if name == "uploaded-prior-to":
        yield f"--exclude-newer={_timestamp(value)}"
    elif name == "refresh-package":
        yield from ("--refresh" if part == ":all:" else f"--refresh-package={part}" for part in value.split(","))
    elif name in _RELEASES:
        mode = _RELEASES[name]
        yield f"--prerelease={mode}" if value == ":all:" else f"--prerelease-package={value}={mode}"
    elif name in _UV_OPTION:
        yield f"{_UV_OPTION[name]}={value}"
    elif name in _UV_FLAG and not pip.is_false(value):
        yield _UV_FLAG[name]


def _secret(settings: Iterable[tuple[str, str]]) -> set[str]:
    """Return the names of the options with index URLs of which one contains a password."""
    return {name for name, value in settings if name in _UV_INDEXES and redacted(value) != value}


def _last_of_each(options: list[str]) -> list[str]:
    """Return options without those that a later one replaces, as with pip. uv accepts most of them only once.

    Each of two requirements files may name its own index, for example.
    """
    last = {option.partition("=")[0]: position for position, option in enumerate(options)}
    return [
        option
        for position, option in enumerate(options)
        if (name := option.partition("=")[0]) in UV_REPEATED or last[name] == position
    ]


def _timestamp(value: str) -> str:
    """Return the moment that ``--uploaded-prior-to`` means. To uv, a date is the end of that day.

    Raises:
        UsageError: It is neither a date, nor a time, nor a number of days (``P3D``).

    """
    days = re.fullmatch(r"P(\d+)D", value, re.ASCII)
    try:
        moment = datetime.now(UTC) - timedelta(days=int(days[1])) if days else datetime.fromisoformat(value)
        return moment.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError) as error:
        raise UsageError(f"`--uploaded-prior-to` cannot be `{value}`", why=(str(error),)) from error


def _whole_seconds(value: str) -> str:
    """Return a number of seconds for uv, which accepts no fractions."""
    try:
        return str(max(1, ceil(float(value))))
    except ValueError:
        return value  # uv reports what is wrong with it


def without_byte_code(options: Iterable[str]) -> tuple[str, ...]:
    """Return the options of an install that compiles nothing."""
    return (*(option for option in options if not option.startswith("--compile-bytecode")), "--no-compile")


def overridden_variables(options: Iterable[str]) -> tuple[str, ...]:
    """Return the variables of uv that options replace, and that uv accepts no opposite option beside."""
    return ("UV_COMPILE_BYTECODE",) if {"--no-compile", NO_BYTE_CODE} & {*options} else ()


def into_root(root: str, options: list[str], context: Context) -> list[str]:
    """Return options of uv with those that install into a root of its own, if there is one.

    Args:
        root: The root, which is not there yet; empty for an install into an environment.
        options: The options of an install.
        context: The surroundings of the call. Who asks for copies gets them: uv says so where its cache lies elsewhere.

    """
    if not root:
        return options
    modes = [option.partition("=")[2] for option in options if option.startswith("--link-mode=")]
    wanted = modes[-1] if modes else context.environ.get("UV_LINK_MODE")
    mode = "copy" if wanted == "copy" else _LINK_MODE
    kept = (option for option in options if not option.startswith("--link-mode"))
    return [*kept, "--prefix", root, f"--link-mode={mode}"]

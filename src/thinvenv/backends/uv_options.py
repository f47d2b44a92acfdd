"""pip's configuration and options, said to uv.

A host that installs with pip promises that ``pip.conf`` and ``PIP_*`` count. uv reads
neither, so what they say is carried over: an option that was given wins over ``UV_*``, that
over ``PIP_*``, that over ``pip.conf``.

https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from thinvenv.config import pip
from thinvenv.distributions.direct_url import redacted
from thinvenv.requirements.options import UV_REPEATED, only_for_uv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.context.context import Context

_REPEATED = ("extra-index-url", "find-links", "trusted-host", "no-binary", "only-binary")
_CONFIGURED = (
    *("index-url", *_REPEATED, "no-index", "pre", "keyring-provider"),
    *("cert", "client-cert", "proxy", "timeout", "retries"),
)
_LOST = ("prefer-binary", "ignore-requires-python", "ignore-installed", "global-option", "platform", "python-version")
"""What a configuration may say that changes what is installed, and that uv has nothing for."""

_UV_OPTION = {
    "index-url": "--default-index",
    "extra-index-url": "--extra-index-url",
    "find-links": "--find-links",
    "trusted-host": "--allow-insecure-host",
    "no-binary": "--no-binary",
    "only-binary": "--only-binary",
    "config-settings": "--config-settings",
    "cache-dir": "--cache-dir",
    "keyring-provider": "--keyring-provider",
}
_UV_FLAG = {
    "no-index": "--no-index",
    "no-build-isolation": "--no-build-isolation",
    "no-cache-dir": "--no-cache",
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
"""The variables that say the same as an option, and what separates their values, if they may have more."""
_SET_BY_UV = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "find-links": ("UV_FIND_LINKS",),
    "no-index": ("UV_NO_INDEX",),
    "pre": ("UV_PRERELEASE",),
    "keyring-provider": ("UV_KEYRING_PROVIDER",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "no-binary": ("UV_NO_BINARY", "UV_NO_BINARY_PACKAGE"),
    "only-binary": ("UV_NO_BUILD", "UV_NO_BUILD_PACKAGE"),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "retries": ("UV_HTTP_RETRIES",),
}
"""The variables by which a person has already told uv what the setting would."""


def for_uv(options: Iterable[str], context: Context) -> list[str]:
    """Return the uv options for pip's options and configuration.

    Args:
        options: Options in pip's long spelling, ``--name`` or ``--name=value``.
        context: Its variables and pip's files are the configuration.

    """
    settings = _settings(options, context)
    hidden = _secret(settings)
    found = [option for name, value in settings if name not in hidden for option in _uv_options(name, value)]
    found += [one for one in only_for_uv(options) if one.partition("=")[0].removeprefix("--") not in hidden]
    told = "UV_INDEX_STRATEGY" in context.environ or any(one.startswith("--index-strategy=") for one in found)
    if any(name == "extra-index-url" for name, _ in settings) and not told:
        # pip takes the best version of all indexes; uv stops at the first that has the name.
        found.append("--index-strategy=unsafe-best-match")
    return _last_of_each(found)


def environ_for_uv(options: Iterable[str], context: Context) -> dict[str, str]:
    """Return the variables by which uv learns what it has no option for, and what no process list may show."""
    given = _settings(options, context)
    settings = dict(given)
    if context.environ.get("REQUESTS_CA_BUNDLE"):  # which pip's own client reads
        settings.setdefault("cert", context.environ["REQUESTS_CA_BUNDLE"])
    told = {
        variable: _whole(value) if name == "timeout" else value
        for name, value in settings.items()
        for variable in _UV_VARIABLE.get(name, ())
        if variable not in context.environ
    }
    for hidden in _secret(given):
        variable, separator = _UV_INDEXES[hidden]
        values = [value for name, value in given if name == hidden]
        told[variable] = separator.join(values) if separator else values[-1]
    return told


def _secret(settings: Iterable[tuple[str, str]]) -> set[str]:
    """Return the names of those options that hold a password: anyone can read what a process was started with."""
    return {name for name, value in settings if name in _UV_INDEXES and redacted(value) != value}


def _last_of_each(options: Iterable[str]) -> list[str]:
    """Return options without those that a later one replaces: pip lets it, and uv takes most of them once.

    Of two requirements files each may say which index it is for.
    """
    words = list(options)
    last = {word.partition("=")[0]: place for place, word in enumerate(words)}
    return [
        word
        for place, word in enumerate(words)
        if (name := word.partition("=")[0]) in UV_REPEATED or last[name] == place
    ]


def _whole(seconds: str) -> str:
    """Return a time as uv reads it: pip takes fractions of a second."""
    try:
        return str(max(1, ceil(float(seconds))))
    except ValueError:
        return seconds  # and uv says what is wrong with it


def not_carried(options: Iterable[str], environ: Mapping[str, str]) -> list[str]:
    """Return the given and configured options that uv has no counterpart for."""
    known = {*_UV_OPTION, *_UV_FLAG, *_UV_VARIABLE, "use-pep517"}
    given = {one.partition("=")[0] for one in options} - {one.partition("=")[0] for one in only_for_uv(options)}
    settings = pip.configured(environ)
    configured = {f"--{name}" for name in _LOST if not pip.is_false(settings.get(name, "no"))}
    return sorted(name for name in {*given, *configured} if name.removeprefix("--") not in known)


def _uv_options(name: str, value: str) -> Iterator[str]:
    if name in _UV_OPTION:
        yield f"{_UV_OPTION[name]}={value}"
    elif name in _UV_FLAG and not pip.is_false(value):
        yield _UV_FLAG[name]


def _settings(options: Iterable[str], context: Context) -> list[tuple[str, str]]:
    """Return all settings, those of the configuration only where nothing stronger says another."""
    given = [(name.removeprefix("--"), value) for name, _, value in (one.partition("=") for one in options)]
    named = {name for name, _ in given}
    configured = pip.configured(context.environ)
    weaker = [
        (name, one)
        for name in _CONFIGURED
        if name in configured
        and not (name in named and name not in _REPEATED)
        and not _said_to_uv(name, context.environ)
        for one in (configured[name].split() if name in _REPEATED else [configured[name]])
    ]
    return [*weaker, *given]


def _said_to_uv(name: str, environ: Mapping[str, str]) -> bool:
    return any(variable in environ for variable in _SET_BY_UV.get(name, ()))

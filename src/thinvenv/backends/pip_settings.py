"""Translates uv's configuration into settings of pip.

The indexes of a person or of a project count for both. A variable of uv wins over one of pip. These win over the
files of uv, and those over ``pip.conf``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from thinvenv.config import pip, uv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.context.context import Context

_LISTS = ("extra-index-url", "find-links", "trusted-host")
UV_VARIABLES: dict[str, tuple[tuple[str, ...], str | None]] = {
    "index-url": (("UV_DEFAULT_INDEX", "UV_INDEX_URL"), None),
    "extra-index-url": (("UV_INDEX", "UV_EXTRA_INDEX_URL"), None),
    "find-links": (("UV_FIND_LINKS",), ","),
    "trusted-host": (("UV_INSECURE_HOST",), None),
    "keyring-provider": (("UV_KEYRING_PROVIDER",), None),
}
"""The variables of uv that mean the same as a setting of pip, and the separator of their values; blanks if ``None``."""
_INDEX_NAME = r"^[\w-]+=(?=\S+:)"
"""The name of an index, as ``UV_INDEX`` may have it: ``name=https://…``."""
_PROXIES = {"http-proxy": "HTTP_PROXY", "https-proxy": "HTTPS_PROXY", "no-proxy": "NO_PROXY"}


def with_uv(settings: Mapping[str, str], options: Iterable[str], context: Context) -> dict[str, str]:
    """Return settings of pip together with those that uv's variables and files make.

    Args:
        settings: The settings, see :func:`thinvenv.config.pip.load`.
        options: The options of the request.
        context: Its variables and its folder say what counts.

    """
    environ = context.environ
    files, own = _from_files(uv.load(environ, context.cwd, options)), pip.variables(environ)
    merged = {**settings, **{name: value for name, value in files.items() if name not in own}}
    for name in _LISTS:
        merged[name] = " ".join(dict.fromkeys([*files.get(name, "").split(), *settings.get(name, "").split()]))
    for name, (variables, separator) in UV_VARIABLES.items():
        values = [part for variable in variables for part in environ.get(variable, "").split(separator) if part]
        if values:
            merged[name] = " ".join(re.sub(_INDEX_NAME, "", value) for value in values[: None if name in _LISTS else 1])
    return {name: value for name, value in merged.items() if value}


def set_by_files(options: Iterable[str], context: Context) -> set[str]:
    """Return the settings of pip with one value that uv's files set, so that ``pip.conf`` does not count for them."""
    configuration = uv.load(context.environ, context.cwd, options)
    names = _from_files(configuration).keys() & {"index-url", "keyring-provider"}
    names |= {"pre", "all-releases", "only-final"} if configuration.value("prerelease") else set()
    return {*names, *({"uploaded-prior-to"} if configuration.value("exclude-newer") else ())}


def proxies(options: Iterable[str], context: Context) -> dict[str, str]:
    """Return the variables for the proxies in uv's files."""
    configuration = uv.load(context.environ, context.cwd, options)
    values = {variable: configuration.value(name) for name, variable in _PROXIES.items()}
    return {
        variable: ",".join(value) if isinstance(value, list) else value
        for variable, value in values.items()
        if value and variable.lower() not in context.environ
    }


def _from_files(configuration: uv.Configuration) -> dict[str, str]:
    value = configuration.value
    urls: dict[str, list[str]] = {"index-url": [], "extra-index-url": [], "find-links": []}
    for index in value("index") or ():
        if "url" in index and not index.get("explicit"):
            kind = "index-url" if index.get("default") else "extra-index-url"
            urls["find-links" if index.get("format") == "flat" else kind].append(index["url"])
    settings = {
        "index-url": [*urls["index-url"], value("index-url") or ""][0],
        "extra-index-url": " ".join([*urls["extra-index-url"], *(value("extra-index-url") or ())]),
        "find-links": " ".join([*urls["find-links"], *(value("find-links") or ())]),
        "trusted-host": " ".join(value("allow-insecure-host") or ()),
        "no-index": "true" if value("no-index") else "",
        "pre": "true" if value("prerelease") == "allow" else "",
        "keyring-provider": value("keyring-provider") or "",
        "no-binary": _formats(value("no-binary"), value("no-binary-package")),
        "only-binary": ":all:" if value("no-build") else _formats(value("only-binary"), value("no-build-package")),
    }
    return {name: setting for name, setting in settings.items() if setting}


def _formats(names: Any, packages: Any) -> str:
    """Return the value of ``no-binary`` or ``only-binary``: uv has one setting for all and one for some."""
    return ":all:" if names is True else ",".join([*(names or ()), *(packages or ())])

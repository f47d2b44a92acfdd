"""Requirements files that lie on a server, as projects share their constraints.

What pip's configuration says of servers holds here too: certificates, hosts that are trusted
without one, a proxy, and the passwords in netrc.

https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-c
"""

from __future__ import annotations

import base64
import os
import ssl
from http.client import HTTPException, HTTPSConnection
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import BaseHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from thinvenv.config import pip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPResponse
    from urllib.parse import SplitResult

TIMEOUT_SECONDS = 60
_CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


_PROXIES = ("http", "https", "all")
_SAFE = "%/:=&?~#+!$,;'@()*[]"
"""What a path may hold as it is; a space or a letter with an accent is encoded, as pip does."""


def fetch(url: str, environ: Mapping[str, str]) -> bytes:
    """Return the content of a file on a server.

    Args:
        url: An ``http`` or ``https`` URL, with user and password where it needs them.
        environ: The variables that name proxies, certificates and pip's files.

    Raises:
        OSError: It cannot be had.
        ValueError: The URL is none, or pip's configuration makes no sense.

    """
    parts = urlsplit(url)
    path, query = (quote(one, safe=_SAFE) for one in (parts.path, parts.query))
    bare = parts._replace(netloc=_place(parts), path=path, query=query, fragment="").geturl()
    settings = pip.configured(environ)
    opener = build_opener(
        ProxyHandler(_proxies(parts, settings, environ)), _Https(settings, environ), _Passwords(parts, environ)
    )
    asked = Request(bare)  # noqa: S310 - never `file:`
    try:
        with opener.open(asked, timeout=float(settings.get("timeout", TIMEOUT_SECONDS))) as answer:
            data: bytes = answer.read()
    except HTTPError as error:
        error.close()  # it holds the connection
        raise
    except HTTPException as error:
        raise OSError(f"the server does not answer as one should: {error!r}") from error
    return data


class _Https(HTTPSHandler):
    """Verifies who answers, as pip would: each host for itself, since an answer may send us to another."""

    def __init__(self, settings: Mapping[str, str], environ: Mapping[str, str]) -> None:
        super().__init__()
        self._settings = settings
        self._trusted = {*settings.get("trusted-host", "").split(), *environ.get("UV_INSECURE_HOST", "").split()}
        given = next((environ[one] for one in _CERTIFICATES if environ.get(one)), None)
        self._authorities = settings.get("cert", given)

    def https_open(self, request: Request) -> HTTPResponse:
        """Ask over a connection that is verified as its host has to be."""
        return self.do_open(HTTPSConnection, request, context=self._context_for(urlsplit(request.full_url)))

    def _context_for(self, parts: SplitResult) -> ssl.SSLContext:
        context = _verifying(self._authorities)
        if {parts.hostname, _place(parts)} & self._trusted:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if own := self._settings.get("client-cert"):
            context.load_cert_chain(own)
        return context


class _Passwords(BaseHandler):
    """Tells a server who asks: with what the URL says to the host it names, with what netrc says to any other."""

    def __init__(self, parts: SplitResult, environ: Mapping[str, str]) -> None:
        self._parts = parts
        self._netrc = _netrc(environ)

    def http_request(self, request: Request) -> Request:
        """Add the password, which a redirection does not carry on to another host."""
        if pair := self._pair(urlsplit(request.full_url)):
            request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
        return request

    https_request = http_request

    def _pair(self, parts: SplitResult) -> str:
        given = self._parts
        if given.username is not None and (parts.scheme, parts.netloc) == (given.scheme, _place(given)):
            return f"{unquote(given.username)}:{unquote(given.password or '')}"
        known = self._netrc.authenticators(parts.hostname or "") if self._netrc else None
        return f"{known[0]}:{known[2]}" if known else ""


def _place(parts: SplitResult) -> str:
    """Return host and port of a URL."""
    return parts.netloc.rpartition("@")[2]


def _verifying(authorities: str | None) -> ssl.SSLContext:
    try:
        if authorities and os.path.isdir(authorities):
            return ssl.create_default_context(capath=authorities)
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:
        raise OSError(f"the certificates in {authorities} cannot be read: {error}") from error


def _netrc(environ: Mapping[str, str]) -> netrc | None:
    """Return the passwords of the person, ``None`` where there are none that can be read, as with pip."""
    home = pip.home_of(environ)
    files = [Path(environ["NETRC"])] if environ.get("NETRC") else [home / ".netrc", home / "_netrc"]
    try:
        return next((netrc(one) for one in files if one.is_file()), None)
    except (OSError, NetrcParseError, UnicodeDecodeError):
        return None


def _proxies(parts: SplitResult, settings: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies for a URL; none where ``no_proxy`` names its host, which pip's own setting does not ask."""
    if proxy := settings.get("proxy"):
        return {"http": proxy, "https": proxy}
    exempt = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").replace(",", " ").split()
    host = parts.hostname or ""
    if any(one == "*" or host == one.lstrip(".") or host.endswith("." + one.lstrip(".")) for one in exempt):
        return {}
    found = {one: environ.get(f"{one}_proxy") or environ.get(f"{one.upper()}_PROXY") for one in _PROXIES}
    return {scheme: proxy for scheme in ("http", "https") if (proxy := found[scheme] or found["all"])}

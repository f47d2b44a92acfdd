"""Requirements files on a server, such as constraints that several projects share.

pip's settings about servers count here too: certificates, trusted hosts, a proxy, and the passwords in netrc.

https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-c
"""

from __future__ import annotations

import base64
import os
import ssl
from http.client import HTTPException, HTTPSConnection, IncompleteRead
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import BaseHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from thinvenv.config.pip import home_folder
from thinvenv.files import LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPResponse
    from urllib.parse import SplitResult

    from thinvenv.requirements.roots import ReadContext

TIMEOUT_SECONDS = 60
_CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = ("http", "https", "all")
_SAFE = "%/:=&?~#+!$,;'@()*[]"
"""The characters that a path may contain. Others, such as a space or an accented letter, are encoded, as pip does."""


def fetch(url: str, context: ReadContext) -> bytes:
    """Return the content of a file on a server.

    Args:
        url: An ``http`` or ``https`` URL, which may contain user and password.
        context: pip's settings, and the variables that name proxies, certificates and the netrc file.

    Raises:
        OSError: The file cannot be fetched, or is too large.
        ValueError: The URL cannot be parsed, or a setting of pip is not valid.

    """
    parts = urlsplit(url)
    path, query = (quote(text, safe=_SAFE) for text in (parts.path, parts.query))
    bare = parts._replace(netloc=_host_and_port(parts), path=path, query=query, fragment="").geturl()
    settings, environ = context.pip_settings, context.environ
    opener = build_opener(
        ProxyHandler(_proxies(parts, settings, environ)), _Https(settings, environ), _Passwords(parts, environ)
    )
    request = Request(bare)  # noqa: S310 - never `file:`
    try:
        with opener.open(request, timeout=float(settings.get("timeout", TIMEOUT_SECONDS))) as response:
            data: bytes = response.read(LIMIT + 1)
            if response.length and len(data) <= LIMIT:
                raise IncompleteRead(data, response.length)
    except HTTPError as error:
        error.close()  # it keeps the connection open
        raise
    except HTTPException as error:
        raise OSError(f"the server's response is not valid HTTP: {error!r}") from error
    if len(data) > LIMIT:
        raise OSError(f"it is larger than {LIMIT} bytes")
    return data


class _Https(HTTPSHandler):
    """Verifies the certificate of each host as pip does. A redirection may lead to another host."""

    def __init__(self, settings: Mapping[str, str], environ: Mapping[str, str]) -> None:
        super().__init__()
        self._settings = settings
        self._trusted = {*settings.get("trusted-host", "").split(), *environ.get("UV_INSECURE_HOST", "").split()}
        default = next((environ[name] for name in _CERTIFICATES if environ.get(name)), None)
        self._authorities = settings.get("cert", default)

    def https_open(self, request: Request) -> HTTPResponse:
        """Open a connection, verified by the rules for its host."""
        return self.do_open(HTTPSConnection, request, context=self._context_for(urlsplit(request.full_url)))

    def _context_for(self, parts: SplitResult) -> ssl.SSLContext:
        context = _tls_context(self._authorities)
        if {parts.hostname, _host_and_port(parts)} & self._trusted:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if client_certificate := self._settings.get("client-cert"):
            context.load_cert_chain(client_certificate)
        return context


class _Passwords(BaseHandler):
    """Sends the password in the URL to the host of the URL, and the one in netrc to any other host."""

    def __init__(self, parts: SplitResult, environ: Mapping[str, str]) -> None:
        self._parts = parts
        self._netrc = _netrc(environ)

    def http_request(self, request: Request) -> Request:
        """Add the password. A redirection to another host does not carry it along."""
        if pair := self._pair(urlsplit(request.full_url)):
            request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
        return request

    https_request = http_request

    def _pair(self, parts: SplitResult) -> str:
        url = self._parts
        if url.username is not None and (parts.scheme, parts.netloc) == (url.scheme, _host_and_port(url)):
            return f"{unquote(url.username)}:{unquote(url.password or '')}"
        login = self._netrc.authenticators(parts.hostname or "") if self._netrc else None
        return f"{login[0]}:{login[2]}" if login else ""


def _host_and_port(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _tls_context(authorities: str | None) -> ssl.SSLContext:
    try:
        if authorities and os.path.isdir(authorities):
            return ssl.create_default_context(capath=authorities)
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:
        raise OSError(f"the certificates in {authorities} cannot be read: {error}") from error


def _netrc(environ: Mapping[str, str]) -> netrc | None:
    """Return the user's passwords; ``None`` if there is no file or it cannot be read, as with pip."""
    home = Path(home_folder(environ))
    files = [Path(environ["NETRC"])] if environ.get("NETRC") else [home / ".netrc", home / "_netrc"]
    try:
        return next((netrc(file) for file in files if file.is_file()), None)
    except (OSError, NetrcParseError, UnicodeDecodeError):
        return None


def _proxies(parts: SplitResult, settings: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies for a URL. ``no_proxy`` counts for the variables, but not for pip's own setting."""
    if proxy := settings.get("proxy"):
        return {"http": proxy, "https": proxy}
    exempt = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").replace(",", " ").split()
    host = parts.hostname or ""
    if any(name == "*" or host == name.lstrip(".") or host.endswith("." + name.lstrip(".")) for name in exempt):
        return {}
    proxies = {name: environ.get(f"{name}_proxy") or environ.get(f"{name.upper()}_PROXY") for name in _PROXIES}
    return {scheme: proxy for scheme in ("http", "https") if (proxy := proxies[scheme] or proxies["all"])}

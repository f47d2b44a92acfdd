"""Requirements files that lie on a server, as projects share their constraints.

https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-c
"""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

TIMEOUT_SECONDS = 60
_CERTIFICATES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def fetch(url: str, environ: Mapping[str, str]) -> str:
    """Return the text of a file on a server.

    Args:
        url: An ``http`` or ``https`` URL, with user and password where it needs them.
        environ: The variables that name proxies and certificates.

    Raises:
        OSError: It cannot be had.
        ValueError: It is no text.

    """
    parts = urlsplit(url)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
    context = ssl.create_default_context(cafile=next((environ[one] for one in _CERTIFICATES if environ.get(one)), None))
    opener = build_opener(ProxyHandler(_proxies(parts, environ)), HTTPSHandler(context=context))
    try:
        with opener.open(Request(bare, headers=_credentials(parts)), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - never `file:`
            data: bytes = answer.read()
    except HTTPError as error:
        error.close()  # it holds the connection
        raise
    return data.decode("utf-8-sig")


def _credentials(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _proxies(parts: SplitResult, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies for a URL; none where ``no_proxy`` names its host."""
    exempt = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").replace(",", " ").split()
    host = parts.hostname or ""
    if any(one == "*" or host == one.lstrip(".") or host.endswith("." + one.lstrip(".")) for one in exempt):
        return {}
    found = {one: environ.get(f"{one}_proxy") or environ.get(f"{one.upper()}_PROXY") for one in ("http", "https")}
    return {scheme: proxy for scheme, proxy in found.items() if proxy}

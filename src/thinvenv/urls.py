"""URLs as text: credentials are removed, and ``file:`` URLs become paths."""

from __future__ import annotations

import os
import re

_CREDENTIALS = r"(?<=://)[^/\s]+@"
_UNENCODED = r"(?<=://)[^/\s:@\[]*:(?!\d+(?:/|$))[^\s@]{0,1000}@"
"""User and password where the password contains a slash: what follows the colon is no port."""
_LIKE_PORT = r"(?<=://)[^/\s:@\[]*:\d+/[^\s@]{0,1000}(?<!\.git)@"
"""User and password, or host, port and path, before what may be a host or a revision."""
_IS_PASSWORD = (
    rf"(?<!\+http://)(?<!\+https://)(?<!\+ssh://)(?<!\+file://){_LIKE_PORT}|{_LIKE_PORT}(?=[^\s/@]*\.[^\s/@]*/)"
)
"""Only the URL of a repository has a revision after its path, and few revisions look like the name of a host."""


def redacted(text: str) -> str:
    """Return a text without the user and password of any URL in it. A password may contain an ``@`` or a ``/``."""
    if "@" not in text or "://" not in text:
        return text
    for pattern in (_CREDENTIALS, _UNENCODED, _IS_PASSWORD):
        text = re.sub(pattern, "", text)
    return text


def path_of(url: str) -> str:
    """Return the local path of a ``file:`` URL, or an empty string for any other URL."""
    if url[:5].lower() != "file:":
        return ""
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415 - few requirements are local paths

    path = urlsplit(url).path
    if os.name != "nt":
        return unquote(path)
    from urllib.request import url2pathname  # noqa: PLC0415 - it loads http and ssl, which take longer than a no-op

    return url2pathname(path)

"""A server on this machine that asks who it is."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def serving(pages: Mapping[str, str], credentials: str) -> Iterator[str]:
    """Serve pages by path to whoever has the credentials, and yield the URL that has them too."""
    expected = f"Basic {base64.b64encode(credentials.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers.get("Authorization") == expected
            page = pages.get(self.path)
            self.send_response((404 if page is None else 200) if allowed else 401)
            self.end_headers()
            self.wfile.write((page or "").encode() if allowed else b"")

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{credentials}@127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()

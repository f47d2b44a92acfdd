"""An HTTP server on this machine, with a password and TLS where the test wants them."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from ssl import SSLContext


def pages_of(folder: Path) -> dict[str, bytes]:
    """Return the content of the files below a folder by the path that they are served at."""
    pages = {f"/{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path.removesuffix("index.html"): content for path, content in pages.items()}


@contextmanager
def serve(
    pages: Mapping[str, bytes | str],
    credentials: str = "",
    tls: SSLContext | None = None,
    before_response: Callable[[str], object] = lambda _path: None,
) -> Iterator[str]:
    """Serve pages to clients that send the credentials, and yield the URL of the server, credentials included.

    Args:
        pages: The pages by path: bytes are the content, a text is the URL that the page redirects to.
        credentials: ``user:password``; empty where the server wants none.
        tls: The certificate of the server; None for plain HTTP.
        before_response: Called with the path of each request before it is answered.

    """
    expected = f"Basic {base64.b64encode(credentials.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            before_response(self.path)
            allowed = not credentials or self.headers.get("Authorization") == expected
            page = pages.get(self.path)
            self.send_response(_status(page) if allowed else 401)
            if not allowed:
                self.send_header("WWW-Authenticate", "Basic")
            elif isinstance(page, str):
                self.send_header("Location", page)
            content = page if allowed and isinstance(page, bytes) else b""
            self.send_header("Content-Length", str(len(content)))
            if self.path.endswith("/"):
                self.send_header("Content-Type", "text/html")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - http.server looks for this name

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http{'s' if tls else ''}://{f'{credentials}@' if credentials else ''}localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _status(page: bytes | str | None) -> int:
    if page is None:
        return 404
    return 302 if isinstance(page, str) else 200

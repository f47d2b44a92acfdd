"""A local package index that counts requests and delays its answers."""

from __future__ import annotations

import hashlib
import http.server
import threading
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Count:
    """The number of requests and bytes since the last reset."""

    requests: int = 0
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, sent: int) -> None:
        """Count one answer."""
        with self.lock:
            self.requests += 1
            self.sent += sent

    def reset(self) -> None:
        """Set both numbers to zero."""
        self.requests = self.sent = 0


@contextmanager
def serving(wheels: Path, delay: float) -> Iterator[tuple[str, Count]]:
    """Serve a folder of wheels as a simple index (PEP 503, with metadata files as in PEP 658).

    Args:
        wheels: The folder of wheels.
        delay: The delay of each answer, in seconds.

    Yields:
        The URL of the index, and the count of its requests.

    """
    count, pages = Count(), _pages(wheels)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            time.sleep(delay)
            body = pages.get(self.path, b"")
            count.add(len(body))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/octet-stream")
            self.send_header("Cache-Control", "max-age=600")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Do not log requests."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple", count
    finally:
        server.shutdown()
        server.server_close()


def _pages(wheels: Path) -> dict[str, bytes]:
    pages: dict[str, bytes] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        stem = "-".join(wheel.name.split("-")[:2])
        data, metadata = wheel.read_bytes(), zipfile.Path(wheel, f"{stem}.dist-info/METADATA").read_bytes()
        pages[f"/files/{wheel.name}"], pages[f"/files/{wheel.name}.metadata"] = data, metadata
        name = wheel.name.split("-")[0].replace("_", "-")
        digests = f"#sha256={_digest(data)}", f'data-core-metadata="sha256={_digest(metadata)}"'
        pages[f"/simple/{name}/"] = f'<a href="/files/{wheel.name}{digests[0]}" {digests[1]}>{wheel.name}</a>'.encode()
    return pages


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

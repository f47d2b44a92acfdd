"""Requirements files on a server, fetched with the settings of pip for servers."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from socketserver import BaseRequestHandler, TCPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import trustme

from support.server import serve
from thinvenv.config import pip
from thinvenv.errors import RequirementError
from thinvenv.requirements import remote
from thinvenv.requirements.arguments import request_from
from thinvenv.requirements.files import read_file
from thinvenv.requirements.remote import fetch as fetch_with
from thinvenv.requirements.roots import ReadContext

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thinvenv.model import Root

CREDENTIALS = "user:secret"
PAGES = {"/limits.txt": b"alpha<2\n"}


@dataclass(frozen=True)
class Server:
    """A server over https that wants a password.

    Attributes:
        url: The URL of its file, without the password.
        authority: The file with the authority that vouches for it.
        environ: The variables of a person who has the password in netrc.

    """

    url: str
    authority: str
    environ: dict[str, str]

    @property
    def place(self) -> str:
        return urlsplit(self.url).netloc

    def with_file(self, text: str) -> dict[str, str]:
        """Return the variables of that person, with a ``pip.conf``."""
        path = f"{self.environ['HOME']}/pip.conf"
        with open(path, "w") as file:
            file.write(f"[global]\n{text}\n")
        return {**self.environ, "PIP_CONFIG_FILE": path}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    environ = {"PIP_CONFIG_FILE": os.devnull, "HOME": str(tmp_path), "no_proxy": "*"}
    write_netrc(tmp_path / ".netrc")
    with serve(PAGES, CREDENTIALS, tls) as url:
        bare = url.replace(f"{CREDENTIALS}@", "")
        yield Server(f"{bare}/limits.txt", str(tmp_path / "authority.pem"), environ)


def read_context(environ: dict[str, str]) -> ReadContext:
    return ReadContext("/", environ, pip.load(environ, "/"))


def fetch(url: str, environ: dict[str, str]) -> bytes:
    return fetch_with(url, read_context(environ))


def constraints(path: str, environ: dict[str, str]) -> tuple[Root, ...]:
    return read_file("-c", path, read_context(environ)).constraints


def write_netrc(path: Path) -> None:
    user, password = CREDENTIALS.split(":")
    path.write_text(f"machine localhost login {user} password {password}\n")
    path.chmod(0o600)


def test_a_file_is_fetched_with_a_configured_certificate(server: Server) -> None:
    assert fetch(server.url, server.with_file(f"cert = {server.authority}")) == b"alpha<2\n"
    assert fetch(server.url, {**server.environ, "PIP_CERT": server.authority}) == b"alpha<2\n"
    assert fetch(server.url, {**server.environ, "REQUESTS_CA_BUNDLE": server.authority}) == b"alpha<2\n"


@pytest.mark.parametrize("port", [True, False])
def test_a_file_is_fetched_from_a_trusted_host(server: Server, port: bool) -> None:  # noqa: FBT001 - a parameter of the test
    host = server.place if port else "localhost"

    assert fetch(server.url, server.with_file(f"trusted-host = example.org\n    {host}")) == b"alpha<2\n"
    assert fetch(server.url, {**server.environ, "PIP_TRUSTED_HOST": host}) == b"alpha<2\n"


def test_arguments_about_servers_apply_to_requirements_files(server: Server) -> None:
    words = ["-c", server.url, "alpha"]
    trusting = [
        ["--cert", server.authority],
        [f"--trusted-host={server.place}"],
        ["--trusted-host", "example.org", "--allow-insecure-host", "localhost"],
    ]

    for more in trusting:
        request = request_from([*words, *more], "/", {**server.environ, "PIP_TRUSTED_HOST": "example.net"})
        assert [constraint.text for constraint in request.policy.constraints] == ["alpha<2"]
    with pytest.raises(RequirementError, match="CERTIFICATE_VERIFY_FAILED"):
        request_from([*words, "--trusted-host", "example.org"], "/", server.environ)


def test_an_unknown_certificate_is_rejected(server: Server) -> None:
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        fetch(server.url, {**server.environ, "PIP_TRUSTED_HOST": "localhost:1"})
    with pytest.raises(OSError, match=r"the certificates in /none\.pem cannot be read"):
        fetch(server.url, {**server.environ, "PIP_CERT": "/none.pem"})


def test_a_password_is_read_from_netrc_or_the_url(server: Server, tmp_path: Path) -> None:
    trusting = {**server.environ, "PIP_CERT": server.authority}
    (tmp_path / ".netrc").rename(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="401"):
        fetch(server.url, trusting)
    assert fetch(server.url, {**trusting, "NETRC": str(tmp_path / "elsewhere")}) == b"alpha<2\n"
    assert fetch(server.url.replace("://", f"://{CREDENTIALS}@"), trusting) == b"alpha<2\n"


def test_a_password_is_not_sent_to_another_host(tmp_path: Path) -> None:
    environ = {"PIP_CONFIG_FILE": os.devnull, "HOME": str(tmp_path), "no_proxy": "*"}
    with serve(PAGES, CREDENTIALS) as other:
        elsewhere = other.replace(f"{CREDENTIALS}@", "")
        moved = {"/old.txt": "/limits.txt", "/away.txt": f"{elsewhere}/limits.txt"}
        with serve({**PAGES, **moved}, CREDENTIALS) as url:
            assert fetch(f"{url}/old.txt", environ) == b"alpha<2\n"
            with pytest.raises(OSError, match="401"):
                fetch(f"{url}/away.txt", environ)


@pytest.mark.parametrize(
    "content", ["alpha<2 # \u00e9\n".encode("utf-16"), "# coding: latin-1 \u00e9\nalpha<2".encode("latin-1")]
)
def test_a_fetched_file_may_have_another_encoding(content: bytes, tmp_path: Path) -> None:
    environ = {"PIP_CONFIG_FILE": os.devnull, "HOME": str(tmp_path), "no_proxy": "*"}
    with serve({"/limits.txt": content}) as url:
        assert [constraint.text for constraint in constraints(f"{url}/limits.txt", environ)] == ["alpha<2"]


def test_included_files_are_relative_to_the_url(tmp_path: Path) -> None:
    environ = {"PIP_CONFIG_FILE": os.devnull, "HOME": str(tmp_path), "no_proxy": "*"}
    pages = {
        "/a%20b/all.txt?of=a/b": b"-r more/r.txt",
        "/a%20b/more/r.txt": b"-c ../%C3%A9.txt",
        "/a%20b/%C3%A9.txt": b"x<2",
    }
    with serve(pages) as url:
        read = [constraints(f"{server}/a b/all.txt?of=a/b", environ) for server in (url, url.replace("http", "HTTP"))]

    assert [[constraint.text for constraint in constraints] for constraints in read] == [["x<2"], ["x<2"]]


@pytest.mark.parametrize("response", [b"nonsense\r\n\r\n", b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
def test_an_invalid_response_of_a_server_is_reported(response: bytes, tmp_path: Path) -> None:
    environ = {"PIP_CONFIG_FILE": os.devnull, "HOME": str(tmp_path), "no_proxy": "*"}

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(4096)
            self.request.sendall(response)

    with TCPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.handle_request).start()
        with pytest.raises(RequirementError, match="the server's response is not valid HTTP"):
            constraints(f"http://127.0.0.1:{server.server_address[1]}/limits.txt", environ)


def test_a_file_of_a_server_that_does_not_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "LIMIT", 5)
    with serve({"/limits.txt": b"alpha<2\n"}) as url, pytest.raises(RequirementError, match="larger than 5 bytes"):
        constraints(f"{url}/limits.txt", {"PIP_CONFIG_FILE": os.devnull, "HOME": str(tmp_path), "no_proxy": "*"})

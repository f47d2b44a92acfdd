"""An index with a password and a certificate of its own: settings of pip apply to uv, too."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import trustme

from support.projects import Project, make_index
from support.server import pages_of, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.bases import Base
    from support.tox_projects import ToxProject

CREDENTIALS = "user:secret"


@dataclass(frozen=True)
class Server:
    """An index over https with a password.

    Attributes:
        url: The root URL, without the password.
        certificate: The file with the certificate of its authority.

    """

    url: str
    certificate: str

    @property
    def index(self) -> str:
        return f"{self.url}/simple/"

    @property
    def index_with_password(self) -> str:
        return self.index.replace("://", f"://{CREDENTIALS}@")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    make_index(tmp_path / "served", (Project("alpha", "2.0"),))
    pages = pages_of(tmp_path / "served")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    with serve(pages, CREDENTIALS, tls) as url:
        yield Server(url.replace(f"{CREDENTIALS}@", ""), str(tmp_path / "authority.pem"))


@pytest.fixture
def ini(project: ToxProject, base: Base, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToxProject:
    """Return a project of a user who has the password in netrc."""
    home = tmp_path / "home"
    home.mkdir()
    user, password = CREDENTIALS.split(":")
    netrc = home / ".netrc"
    netrc.write_text(f"machine {urlsplit(server.url).hostname} login {user} password {password}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PIP_INDEX_URL", server.index)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    commands = "python -c \"import alpha; print('alpha', alpha.__version__)\""
    project.configure(base.python, f"deps = alpha\ncommands = {commands}", sees_base=False)
    return project


@pytest.mark.parametrize(
    ("backend", "setting", "where"),
    [
        ("uv", "cert", "variable"),
        ("uv", "trusted-host", "file"),
        ("pip", "cert", "file"),
        ("pip", "trusted-host", "variable"),
    ],
)
def test_certificate_and_password_of_an_index_are_used(
    ini: ToxProject, server: Server, backend: str, setting: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = server.certificate if setting == "cert" else urlsplit(server.url).netloc
    if where == "variable":
        monkeypatch.setenv(f"PIP_{setting.upper().replace('-', '_')}", value)
    else:
        monkeypatch.setenv("PIP_CONFIG_FILE", str(ini.write("pip.conf", f"[global]\n{setting} = {value}\n")))

    assert ini.tox("run", "-e", "py", "--thin-backend", backend).lines("alpha 2.0")


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_an_index_without_certificate_or_password_is_refused(
    ini: ToxProject, server: Server, backend: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    distrusted = ini.tox("run", "-e", "py", "--thin-backend", backend, code=None)
    monkeypatch.setenv("PIP_CERT", server.certificate)
    (tmp_path / "home" / ".netrc").unlink()
    refused = ini.tox("run", "-e", "py", "--thin-backend", backend, code=None)

    assert "certificate" in (distrusted.out + distrusted.err).lower()
    assert not refused.lines("alpha 2.0")


def test_a_password_in_the_index_url_is_not_shown(
    ini: ToxProject, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "home" / ".netrc").unlink()
    monkeypatch.setenv("PIP_CERT", server.certificate)
    monkeypatch.setenv("PIP_INDEX_URL", server.index_with_password)

    run = ini.tox("run", "-e", "py", "-vv")

    assert run.lines("alpha 2.0")
    assert "secret" not in run.out + run.err
    # tox writes the variables of every command to its logs.
    written = [path for path in (ini.root / ".tox").rglob("*") if path.is_file() and path.suffix != ".log"]
    assert written
    assert not [path for path in written if b"secret" in path.read_bytes()]

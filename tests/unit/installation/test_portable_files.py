"""Which installed files another environment can have, and with what content."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from thinvenv.installation import portable_files
from thinvenv.model import Distribution, Environment

if TYPE_CHECKING:
    from collections.abc import Callable

INFO = "lib/site/dist-1.0.dist-info"


def row(path: str, content: bytes) -> bytes:
    """Return the row of a file in RECORD."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
    return b"%b,sha256=%b,%d\n" % (path.encode(), digest, len(content))


class Installed:
    """A distribution with a linked module and a script in an environment at ``prefix``."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self.rows = b""
        self.write("../../bin/run", f"#!{prefix}/bin/python\n'run'\n".encode())
        self.write("dist.py", b"")
        os.link(prefix / "lib/site/dist.py", prefix / "cached")
        self.write("dist-1.0.dist-info/INSTALLER", b"uv")

    @property
    def environment(self) -> Environment:
        """The environment."""
        site = str(self.prefix / "lib" / "site")
        scripts = str(self.prefix / "bin")
        fields = ("", "", "", "", "", site, site, scripts)
        return Environment(str(self.prefix / "bin" / "python"), str(self.prefix), *fields, (), {})

    def write(self, path: str, content: bytes, listed: bytes | None = None) -> Path:
        """Write a file and list it in RECORD."""
        file = Path(os.path.normpath(self.prefix / "lib" / "site" / path))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        self.rows += row(path, content) if listed is None else listed
        return file

    def read(self) -> portable_files.PortableFiles:
        """Return the files of the distribution."""
        self.rows += b"dist-1.0.dist-info/RECORD,,\n"
        (self.prefix / INFO / "RECORD").write_bytes(self.rows)
        site = self.environment.purelib
        return portable_files.read([Distribution("dist", "1.0", f"{site}/dist-1.0.dist-info", site)], self.environment)


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """Return a distribution that can be taken to another environment."""
    return Installed(tmp_path / "env")


def test_scripts_get_another_first_line_and_their_rows_follow(installed: Installed) -> None:
    files = portable_files.decode(portable_files.encode(installed.read()))

    assert [path for path, *_ in files.links] == ["lib/site/dist.py"]
    assert files.scripts == {"bin/run": ("../../bin/run", b"\n'run'\n")}
    assert files.texts[f"{INFO}/INSTALLER"] == b"uv"
    script = b"#!/other/bin/python\n'run'\n"
    record = portable_files.filled(files.texts[f"{INFO}/RECORD"], [("../../bin/run", script)])
    assert record.startswith(row("../../bin/run", script))
    assert record[len(row("../../bin/run", script)) :] == installed.rows.partition(b"\n")[2]


def _add_link(installed: Installed) -> None:
    installed.write("link.py", b"").unlink()
    (installed.prefix / "lib/site/link.py").symlink_to("dist.py")


def _add_byte_code(installed: Installed) -> None:
    installed.write("dist/__init__.py", b"").with_name("__pycache__").mkdir()


def _add_byte_code_of_a_module(installed: Installed) -> None:
    folder = installed.prefix / "lib" / "site" / "__pycache__"
    folder.mkdir()
    (folder / "_thinvenv.cpython-312.pyc").touch()
    portable_files.read([], installed.environment)
    (folder / "dist.cpython-312.pyc").touch()


@pytest.mark.parametrize(
    "change",
    [
        _add_link,
        _add_byte_code,
        _add_byte_code_of_a_module,
        lambda installed: installed.write("start.pth", b"import os\n"),
        lambda installed: installed.write("sitecustomize.py", b""),
        lambda installed: installed.write("program", b"").chmod(0o755),
        lambda installed: installed.write("config.txt", bytes(installed.prefix)),
        lambda installed: installed.write("../../bin/other", b"#!/bin/sh\n"),
        lambda installed: installed.write("../../bin/two", b"#!%b/bin/python2\n" % bytes(installed.prefix)),
        lambda installed: installed.write(
            "../../bin/odd", b"#!%b/bin/python\n" % bytes(installed.prefix), b"../../bin/odd,sha256=x,1\n"
        ),
        lambda installed: installed.write("../../../outside", b""),
        lambda installed: installed.write("large.txt", bytes(300_000)),
        lambda installed: installed.write("null.txt", b"", b"null\0.txt,,\n"),
    ],
)
def test_other_files_stay_where_they_are(installed: Installed, change: Callable[[Installed], object]) -> None:
    change(installed)

    with pytest.raises((portable_files.UnsuitableFileError, OSError)):
        installed.read()

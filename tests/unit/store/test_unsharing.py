"""Files that an installer has linked to its cache: hashed and copied, in one process or in several."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from thinvenv.errors import way_out
from thinvenv.store import _unshare_script, unsharing

BIG = 600 * 1024


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A folder with hard links to the files of a cache, and with a path that no file has."""
    cache, root = tmp_path / "cache", tmp_path / "root"
    cache.mkdir()
    root.mkdir()
    for number in range(7):
        (cache / f"{number}.py").write_bytes(bytes([number]) * (BIG if number == 3 else number))
        os.link(cache / f"{number}.py", root / f"{number}.py")
    return root


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three processes for seven files."""
    monkeypatch.setattr(unsharing, "_FILES_OF_A_PROCESS", 3)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)


def hash_of(number: int) -> str:
    """Return the hash of a file in the folder."""
    algorithm = "sha512" if number == 5 else "sha256"
    content = bytes([number]) * (BIG if number == 3 else number)
    return unsharing.in_record(algorithm, hashlib.new(algorithm, content).hexdigest())


def hashes_of(root: Path) -> list[str]:
    questions = [(f"{number}.py", "sha256=x" if number != 5 else "sha512=x") for number in range(7)]
    return unsharing.unshared_hashes(
        str(root), [*questions, ("absent.py", ""), ("6.py", "unknown=x"), ("6.py", "shake_128=x")]
    )


@pytest.mark.usefixtures("processes")
def test_several_processes_answer_as_one_does(linked: Path) -> None:
    cache = linked.parent / "cache"

    assert hashes_of(linked) == [*map(hash_of, range(7)), "", "", ""]

    assert [(linked / f"{n}.py").read_bytes() for n in range(7)] == [(cache / f"{n}.py").read_bytes() for n in range(7)]
    assert {(cache / f"{number}.py").stat().st_nlink for number in range(7)} == {1}
    assert {(linked / f"{number}.py").stat().st_mode & 0o222 for number in range(7)} == {0}


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("executable", ["/no/such/python", "/bin/echo", "", None])
def test_this_process_answers_where_no_other_does(
    linked: Path, monkeypatch: pytest.MonkeyPatch, executable: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", executable)

    assert hashes_of(linked) == [*map(hash_of, range(7)), "", "", ""]
    assert unsharing.unshared_hashes(str(linked), [("\ud800.py", "")] * 6) == [""] * 6


@pytest.mark.usefixtures("processes")
def test_no_other_process_of_a_frozen_program_is_started(linked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(subprocess, "Popen", None)

    assert hashes_of(linked)[:3] == [*map(hash_of, range(3))]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("statement", "message"),
    [("raise OSError(28, 'no space')", "No space.*1[.]py"), ("os.kill(os.getpid(), 9)", "was killed")],
)
def test_what_another_process_cannot_write_is_an_error_here(
    linked: Path, monkeypatch: pytest.MonkeyPatch, statement: str, message: str
) -> None:
    script, copying = linked.parent / "script.py", "    os.unlink(path)\n"
    text = Path(_unshare_script.__file__).read_text()
    script.write_text(text.replace(copying, f"{copying}    if '1.py' in path: {statement}\n"))
    monkeypatch.setattr(_unshare_script, "__file__", str(script))

    with pytest.raises(OSError, match=message) as raised:
        hashes_of(linked)
    assert "run the same command again" in (way_out(raised.value) or "")


def test_the_script_answers_until_the_disk_is_full(linked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answers() -> tuple[int, list[bytes]]:
        fields = [field for n in range(3) for field in (str(linked / f"{n}.py"), "md5" if n else "none", "")]
        output = io.BytesIO()
        return _unshare_script.main(io.BytesIO(os.fsencode("\0".join(fields))), output), output.getvalue().split(b"\n")

    digests = [b"55a54008ad1ba589aa210d2629c1df41", b"bb0132754d128b1bbeb6897169b31159"]
    assert answers() == (0, [b"thinvenv", b"", *digests, b""])

    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (linked / "1.py").unlink()
    os.link(linked.parent / "cache" / "1.py", linked / "1.py")
    monkeypatch.setattr(os, "write", fail)
    assert answers() == (1, [b"thinvenv", b"", b"!28", b""])


def test_a_file_is_read_to_its_end_whatever_a_call_returns(linked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, length: read(descriptor, min(length, 1000)))

    assert unsharing.unshared_hashes(str(linked), [("3.py", "sha256=x")]) == [hash_of(3)]
    assert (linked / "3.py").stat().st_size == BIG

"""Bases that somebody made to do harm: no command hangs, writes elsewhere, or prints control characters."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.bases import exact_snapshot
from support.faults import ForkedRun, count
from support.projects import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.bases import Base

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: 1.0\n"


def info(site: Path, name: str, **files: str) -> Path:
    """Write the metadata of a distribution that claims anything, and return its directory."""
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir()
    for file, text in {"METADATA": METADATA.format(name), "RECORD": "", **files}.items():
        (folder / file).write_text(text)
    return folder


def fifo(site: Path) -> None:
    for file in ("METADATA", "RECORD", "direct_url.json", "entry_points.txt", "INSTALLER", "WHEEL", "top_level.txt"):
        path = info(site, f"bad{file[:3].lower()}") / file
        path.unlink(missing_ok=True)
        os.mkfifo(path)


def device(site: Path) -> None:
    for file in ("METADATA", "RECORD", "direct_url.json", "entry_points.txt", "INSTALLER"):
        path = info(site, f"bad{file[:3].lower()}") / file
        path.unlink(missing_ok=True)
        path.symlink_to("/dev/zero")


def long_fields(site: Path) -> None:
    info(site, "bad", RECORD="bad/" + "a" * 200_000 + ".so,sha256=x,1\n", METADATA=METADATA.format("bad" * 30_000))
    info(site, "blanks", METADATA=METADATA.format("blanks") + f"Requires-Dist: a{' ' * 40_000}b\n")
    info(site, "digits", METADATA=METADATA.format("digits").replace("1.0", "9" * 5_000))
    info(site, "deep", **{"direct_url.json": "[" * 100_000})


def ring(site: Path) -> None:
    for number in range(400):
        requirement = f"Requires-Dist: ring{(number + 1) % 400}\n"
        info(site, f"ring{number}", METADATA=METADATA.format(f"ring{number}") + requirement)
    info(site, "bad", METADATA=METADATA.format("bad") + "Requires-Dist: ring0\n")


def escapes(site: Path) -> None:
    info(site, "bad", METADATA=METADATA.format("\x1b[2Jbad"))
    info(site, "worse", METADATA=METADATA.format("worse") + "Requires-Dist: \x1b]0;title\x07 (\n")
    info(site, "\x1b[31mred")
    (site / "\u202etxt-1.egg-info").mkdir()


def paths_that_lead_out(site: Path) -> None:
    outside = site.parent / "outside"
    info(
        site,
        "bad",
        RECORD="../../../outside/a,,\n/etc/passwd,,\n../../bin/../../../outside/b,,\n..,,\n",
        **{
            "entry_points.txt": "[console_scripts]\n../../../outside/c = bad:main\n/tmp/d = bad:main\n.. = bad:main\n",
            "top_level.txt": "..\n/\n.\n",
        },
    )
    egg = site / "egg-1.0.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text(METADATA.format("egg"))
    (egg / "top_level.txt").write_text(f"..\n/\n.\n{outside}\n")
    (egg / "installed-files.txt").write_text("../../../../../etc/passwd\n")
    (site / "bad.egg-link").write_text("/\n/\n")


def broken_requirements(site: Path) -> None:
    for number, text in enumerate(('a; python_version ~= "3"', "a; '' === 'x'", "a ===", "a >= 1.*", "a @ file://\0x")):
        info(site, f"bad{number}", METADATA=METADATA.format(f"bad{number}") + f"Requires-Dist: {text}\n")
    info(site, "bad", METADATA=METADATA.format("bad") + "Requires-Python: ~=3\nRequires-Dist: bad0\n")


def links(site: Path) -> None:
    (site / "bad-1.0.dist-info").symlink_to("/")
    (site / "loop-1.0.dist-info").symlink_to("loop-1.0.dist-info")
    (site / "worse-1.0.dist-info").mkdir()
    (site / "worse-1.0.dist-info" / "METADATA").symlink_to("/etc/passwd")
    (site / "root.egg-info").symlink_to("/")


def not_utf_8(site: Path) -> None:
    folder = os.fsencode(site) + b"/b\xe4d-1.0.dist-info"
    os.mkdir(folder)
    Path(os.fsdecode(folder), "METADATA").write_bytes(b"Name: b\xe4d\nVersion: 1\n")
    (info(site, "bad") / "RECORD").write_bytes(b"b\xe4d.py,,\n")


HAZARDS: tuple[Callable[[Path], None], ...] = (
    *(fifo, device, long_fields, ring, escapes, paths_that_lead_out, broken_requirements, links, not_utf_8),
)


@pytest.mark.parametrize("hazard", HAZARDS)
def test_a_hostile_base_harms_nobody(hazard: Callable[[Path], None], base: Base, tmp_path: Path) -> None:
    base.install(Project("alpha", entry_points="[console_scripts]\nalpha = alpha:main\n"))
    hazard(base.site)
    env, environ = tmp_path / "env", dict(os.environ)
    before = exact_snapshot(base.prefix)

    outputs = [
        ForkedRun(words.split(), environ, tmp_path).result()
        for words in (
            f"create {env} --python {base.python} alpha",
            f"list --env {env}",
            f"check --env {env}",
            f"install --env {env} alpha bad --offline",
            f"create {env} --clear --reuse link --python {base.python} alpha",
            f"install --env {env} bad --offline",
        )
    ]

    assert [result.code for result in outputs[:3]] == [0, 0, 0], outputs
    assert outputs[4].code == 0, outputs[4]
    assert [control for result in outputs for control in _CONTROL.findall(result.out + result.err)] == []
    assert exact_snapshot(base.prefix) == before
    assert {path.name for path in tmp_path.iterdir()} <= {"base", "env", "thinvenv-cache"}
    assert not Path(tempfile.gettempdir(), "d").exists()
    count("hostile bases", runs=len(outputs))

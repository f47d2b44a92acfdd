"""Secrets stay out of receipts, plans, logs and errors."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from support.processes import command_lines
from support.projects import Project, build_wheel, make_index
from support.server import pages_of, serve
from thinvenv import report
from thinvenv.errors import RequirementError, ThinvenvError
from thinvenv.requirements.roots import root
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv

SECRET = "hunter2"


def written(venv: Venv, cache: Path) -> str:
    """Return the content of the receipt and of every file in the cache."""
    files = [venv.prefix / "thinvenv.json", *(path for path in cache.rglob("*") if path.is_file())]
    return "\n".join(path.read_text(errors="replace") for path in files if path.is_file())


@pytest.mark.parametrize("password", [SECRET, f"p@{SECRET}", f"{SECRET}@w", f"p@{SECRET}@"])
def test_a_password_with_an_at_sign_is_redacted(password: str) -> None:
    text = f"--index-url=https://me:{password}@host:1/x git+ssh://git@host/mine.git@v1 me@host"

    assert redacted(text) == "--index-url=https://host:1/x git+ssh://host/mine.git@v1 me@host"


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_the_password_of_an_index_is_not_written(
    backend: str, venv: Venv, base: Base, index: Indexer, tmp_path: Path
) -> None:
    base.install(Project("alpha"))
    index()
    url = f"https://me:{SECRET}@localhost:1/simple"

    done = venv.install("alpha", "--index-url", url, backend=backend)
    with pytest.raises(ThinvenvError) as caught:
        venv.install("absent", "--index-url", url, "--timeout", "1", "--retries", "0", backend=backend)

    assert SECRET not in str(caught.value)
    assert SECRET not in written(venv, tmp_path / "thinvenv-cache")
    assert SECRET not in json.dumps(report.plan_json(done, str(venv.prefix)))


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
@pytest.mark.parametrize("backend", ["uv", "pip"])
@pytest.mark.parametrize("by", ["options", "configuration"])
def test_no_process_list_shows_a_password(
    backend: str, by: str, venv: Venv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_index(tmp_path / "served", [Project("alpha"), Project("beta")])
    pages = pages_of(tmp_path / "served")
    pages["/links/"] = pages["/simple/alpha/"].replace(b"../../", b"../")
    seen: list[str] = []
    with serve(pages, f"me:{SECRET}", before_response=lambda _path: seen.extend(command_lines())) as url:
        options = {"--index-url": "simple", "--extra-index-url": "simple", "--find-links": "links"}
        words = [word for option, page in options.items() for word in (option, f"{url}/{page}/")]
        if by == "configuration":
            (tmp_path / "pip.conf").write_text(f"[global]\nextra-index-url = {url}/simple/\n")
            monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
            words = []
        venv.install("alpha", *words, backend=backend)

    assert venv.version("alpha") == "1.0"
    assert [line for line in seen if str(venv.prefix) in line]
    assert SECRET not in "\n".join(seen)


def test_the_password_of_a_direct_reference_is_not_written(venv: Venv, index: Indexer, tmp_path: Path) -> None:
    index()
    wheel = build_wheel(Project("alpha"), tmp_path / "wheels")
    with pytest.raises(ThinvenvError) as caught:
        venv.install(f"alpha @ https://me:{SECRET}@localhost:1/{wheel.name}")

    assert SECRET not in str(caught.value)
    assert SECRET not in written(venv, tmp_path / "thinvenv-cache")


def test_an_invalid_requirement_is_shown_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(RequirementError, match=r"cannot read the requirement `alpha https://host/x`") as caught:
        root(f"alpha https://me:{SECRET}@host/x", str(tmp_path))

    assert SECRET not in str(caught.value)

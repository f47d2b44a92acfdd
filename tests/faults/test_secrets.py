"""A password in every place where one can stand is neither stored, nor printed, nor in a list of processes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.faults import LONG, ForkedRun, count
from support.noxfiles import Nox
from support.processes import command_lines
from support.projects import Project, make_index
from support.server import pages_of, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.bases import Base
    from support.result import Result
    from support.tox_projects import ToxProject

SECRET = "hunter2"
FAILURES = {"success": "alpha", "absent": "absent", "conflict": "alpha>7"}


@dataclass
class Safe:
    """A server that wants a password, and everything in which the password must not appear."""

    folder: Path
    url: str
    seen: list[str]
    planted: set[Path]

    def plant(self, name: str, text: str) -> Path:
        """Write a file with the password, which is not searched."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
        self.planted.add(path)
        return path

    def assert_kept(self, *results: Result) -> None:
        """Assert that the password is in no output, no list of processes, and no file but those planted."""
        printed = [text for result in results for text in (result.out, result.err) if SECRET in text]
        files = {path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()} - self.planted
        assert printed == []
        assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
        assert [line for line in self.seen if SECRET in line] == []
        assert self.seen, "no request reached the server"
        count("secrets", runs=len(results))


@pytest.fixture
def safe(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, base: Base) -> Iterator[Safe]:
    """Return a server that wants a password."""
    base.install(Project("beta"))
    served = tmp_path_factory.mktemp("served")
    make_index(served, [Project("alpha", requires=("beta",))])
    seen: list[str] = []
    with serve(pages_of(served), f"me:{SECRET}", before_response=lambda _path: seen.extend(command_lines())) as url:
        yield Safe(tmp_path, url, seen, set())


def option(safe: Safe, _environ: dict[str, str]) -> list[str]:
    return ["--index-url", f"{safe.url}/simple/"]


def variable(safe: Safe, environ: dict[str, str]) -> list[str]:
    environ["UV_DEFAULT_INDEX"] = environ["PIP_INDEX_URL"] = f"{safe.url}/simple/"
    return []


def pip_configuration(safe: Safe, environ: dict[str, str]) -> list[str]:
    environ["PIP_CONFIG_FILE"] = str(safe.plant("pip.conf", f"[global]\nextra-index-url = {safe.url}/simple/\n"))
    return []


def uv_configuration(safe: Safe, environ: dict[str, str]) -> list[str]:
    for name in ("UV_NO_CONFIG", "PIP_INDEX_URL"):  # a variable would win
        environ.pop(name)
    environ["UV_CONFIG_FILE"] = str(safe.plant("uv.toml", f'index-url = "{safe.url}/simple/"\n'))
    return []


def requirements_file(safe: Safe, _environ: dict[str, str]) -> list[str]:
    return ["-r", str(safe.plant("in.txt", f"--extra-index-url {safe.url}/simple/\n"))]


def direct_reference(safe: Safe, _environ: dict[str, str]) -> list[str]:
    return [f"alpha @ {safe.url}/files/alpha-1.0-py3-none-any.whl"]


def netrc(safe: Safe, environ: dict[str, str]) -> list[str]:
    home = safe.plant("home/.netrc", f"machine localhost login me password {SECRET}\n").parent
    environ["HOME"] = str(home)
    environ["NETRC"] = str(home / ".netrc")
    return ["--index-url", f"{safe.url.replace(f'me:{SECRET}@', '')}/simple/"]


def keyring(safe: Safe, environ: dict[str, str]) -> list[str]:
    """Let uv and pip ask the program ``keyring``, whose file has the password in Base64."""
    pytest.importorskip("keyrings.alt")
    folder = Path(sys.executable).parent
    environ |= {
        "PATH": f"{folder}{os.pathsep}{environ['PATH']}",
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
        "XDG_DATA_HOME": str(safe.folder / "data"),
        "UV_KEYRING_PROVIDER": "subprocess",
        "PIP_KEYRING_PROVIDER": "subprocess",
    }
    url = f"{safe.url.replace(f':{SECRET}@', '@')}/simple/"
    for service in (url, url.partition("@")[2].partition("/")[0], "localhost"):
        command = [str(folder / "keyring"), "set", service, "me"]
        subprocess.run(command, input=SECRET, text=True, env=environ, check=True, capture_output=True)
    return ["--index-url", url]


PLACES: tuple[Callable[[Safe, dict[str, str]], list[str]], ...] = (
    *(option, variable, pip_configuration, uv_configuration, requirements_file, direct_reference, netrc, keyring),
)


@pytest.mark.parametrize("backend", ["uv", *(["pip"] if LONG else [])])
@pytest.mark.parametrize("place", PLACES)
def test_the_command_line_keeps_a_password(
    place: Callable[[Safe, dict[str, str]], list[str]], backend: str, safe: Safe, base: Base, tmp_path: Path
) -> None:
    environ = dict(os.environ) | {"UV_CACHE_DIR": str(tmp_path / "uv")}
    words = place(safe, environ)
    env = str(tmp_path / "env")

    def run(*arguments: str) -> Result:
        return ForkedRun(arguments, environ, tmp_path).result()

    created = run("create", env, "--python", str(base.python))
    results = {
        name: run("install", "--env", env, "--backend", backend, *words, requirement, "--json")
        for name, requirement in FAILURES.items()
    }
    checked = run("check", "--env", env)

    if backend == "uv" or place is not uv_configuration:  # pip does not read it all
        assert results["success"].code == 0, results["success"].err
    assert results["absent"].code == 1
    assert results["conflict"].code == 1
    safe.assert_kept(created, checked, *results.values())


@pytest.mark.parametrize("requirement", ["alpha", *(["absent"] if LONG else [])])
def test_tox_keeps_a_password(requirement: str, safe: Safe, base: Base, project: ToxProject, tmp_path: Path) -> None:
    """The password is in a file: the variables of a command are in tox's own log of it."""
    pip_conf = safe.plant("pip.conf", f"[global]\nextra-index-url = {safe.url}/simple/\n")
    for name, value in {"PIP_CONFIG_FILE": str(pip_conf), "UV_CACHE_DIR": str(tmp_path / "uv")}.items():
        project.monkeypatch.setenv(name, value)
    project.write(
        "tox.ini",
        f"""
        [tox]
        skipsdist = true
        [testenv]
        base_python = {base.python}
        system_site_packages = true
        deps = {requirement}
        commands = python -c "import alpha"
        """,
    )

    result = project.tox("-vv", code=None if requirement == "absent" else 0)

    safe.assert_kept(result)


@pytest.mark.parametrize("requirement", ["alpha", *(["absent"] if LONG else [])])
def test_nox_keeps_a_password(requirement: str, safe: Safe, base: Base, tmp_path: Path) -> None:
    nox = Nox(tmp_path / "project", base.python).write(
        f"""
        from thinvenv.nox import session

        @session(python=PYTHON, venv_params=["--system-site-packages"])
        def tests(session):
            session.install({requirement!r})
        """
    )
    variables: dict[str, Any] = {"UV_DEFAULT_INDEX": f"{safe.url}/simple/", "PIP_INDEX_URL": f"{safe.url}/simple/"}

    result = nox.run("-v", UV_CACHE_DIR=str(tmp_path / "uv"), **variables)

    assert (result.code == 0) == (requirement == "alpha"), result.err
    safe.assert_kept(result)

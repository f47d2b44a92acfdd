"""What code that runs at the start of an interpreter reads is part of what an answer depends on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.bases import installed_interpreters
from support.projects import Project, unpack_into
from support.venv import actions
from thinvenv.environments import discovery, probe, probe_cache, receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.bases import Base
    from support.venv import Indexer, Venv
    from thinvenv.choices import BackendName, ReuseMode

    Make = Callable[..., Venv]

PYTHONS = installed_interpreters()
# As EasyBuild, Nix and Guix do.
FROM_VARIABLE = """
import os, site
for folder in filter(None, os.environ.get("MORE_PREFIXES", "").split(os.pathsep)):
    site.addsitedir(folder)
"""

# What is read, as a statement that sets `path` if it has been read: `{state}` is a file, a folder, or a variable.
READERS = {
    "a variable, by the C library": (
        "import ctypes; read = ctypes.CDLL(None).getenv; read.restype = ctypes.c_char_p; path = read(b'STATE'); "
        "path = path and path.decode()"
    ),
    "a variable": "path = os.environ.get('STATE')",
    "a variable as bytes": "path = os.fsdecode(os.environb.get(b'STATE', b''))",
    "all variables": "path = {k.lower(): v for k, v in os.environ.items()}.get('state')",
    "an attribute of a module": "path = os.getenv('STATE')",
    "a file": "path = os.path.lexists(state) and open(state).read()",
    "a file by pathlib": "import pathlib; p = pathlib.Path(state); path = p.exists() and p.read_text()",
    "a file by descriptor": "d = os.path.exists(state) and os.open(state, 0); path = d and os.read(d, 999).decode()",
    "the presence of a file": "path = more if os.path.isfile(state) else ''",
    "the names in a folder": "path = more if 'state' in os.listdir(os.path.dirname(state)) else ''",
    "a pattern": "import glob; path = more if glob.glob(state[:-1] + '*') else ''",
    "the current directory": "path = more if os.getcwd() == os.path.dirname(state) else ''",
    "a relative path": "path = more if os.path.exists('state') else ''",
    "an executed file": "import runpy; path = os.path.exists(state) and runpy.run_path(state)['path']",
}


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the interpreters that were started."""
    started: list[Path] = []
    start = probe.probe

    def record(python: Path, *arguments: object) -> object:
        started.append(python)
        return start(python, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(probe, "probe", record)
    return started


@pytest.mark.parametrize(("reuse", "backend"), [("inherit", "uv"), ("link", "pip")])
def test_a_variable_that_a_sitecustomize_reads_is_part_of_the_key(
    reuse: ReuseMode,
    backend: BackendName,
    tmp_path: Path,
    base: Base,
    make_venv: Make,
    index: Indexer,
    monkeypatch: pytest.MonkeyPatch,
    processes: list[Path],
) -> None:
    index(Project("alpha"))
    unpack_into(tmp_path / "module", Project("alpha"))
    (base.site / "sitecustomize.py").write_text(FROM_VARIABLE)
    monkeypatch.setenv("MORE_PREFIXES", str(tmp_path / "module"))
    loaded = make_venv("loaded", str(base.python), reuse=reuse, backend=backend)
    assert actions(loaded.install("alpha", backend=backend)) == {"alpha": "reuse"}
    processes.clear()
    assert actions(loaded.install("alpha", backend=backend)) == {"alpha": "reuse"}
    assert not processes

    monkeypatch.delenv("MORE_PREFIXES")
    other = make_venv("other", str(base.python), reuse=reuse, backend=backend)
    assert actions(other.install("alpha", backend=backend)) == {"alpha": "install"}
    assert other.version("alpha") == "1.0"
    if reuse == "inherit":  # what is linked stays
        assert actions(loaded.install("alpha", backend=backend)) == {"alpha": "install"}
    assert loaded.version("alpha") == "1.0"


def test_the_target_of_a_link_is_watched(tmp_path: Path, venv: Venv) -> None:
    link = tmp_path / "link"
    environment = probe_cache.probe_cached(venv.python, venv.context)._replace(reads=(("exists", str(link)),))
    states = [probe.reads_states(environment, venv.context)]
    for target in ("absent", "more"):
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / target)
        states.append(probe.reads_states(environment, venv.context))

    assert len(set(map(str, states))) == 3


@pytest.mark.parametrize("reader", READERS)
def test_what_a_sitecustomize_reads_is_watched(
    reader: str, tmp_path: Path, base: Base, venv: Venv, monkeypatch: pytest.MonkeyPatch, processes: list[Path]
) -> None:
    state, more = tmp_path / "folder" / "state", tmp_path / "more"
    for folder in (state.parent, more):
        folder.mkdir()
    lines = f"import os, sys; state = {str(state)!r}; more = {str(more)!r}\n{READERS[reader]}\n"
    (base.site / "sitecustomize.py").write_text(f"{lines}sys.path += [path] if path else []\n")

    def path() -> tuple[str, ...]:
        return probe_cache.probe_cached(venv.python, venv.context).path

    assert str(more) not in path()
    processes.clear()
    assert str(more) not in path()
    assert not processes

    monkeypatch.setenv("STATE", str(more))
    monkeypatch.chdir(state.parent)
    state.write_text(f"path = {str(more)!r}" if "executed" in reader else str(more))

    assert str(more) in path()
    processes.clear()
    assert str(more) in path()
    assert not processes


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess; path = subprocess.run(['cat', state], capture_output=True, text=True).stdout",
        "path = f'/{os.getpid()}'",
    ],
    ids=["another process", "chance"],
)
def test_an_interpreter_is_probed_each_time_if_nobody_sees_what_it_reads(
    code: str, tmp_path: Path, base: Base, venv: Venv, processes: list[Path]
) -> None:
    state = tmp_path / "state"
    state.write_text("/less")
    script = f"import os, sys; state = {str(state)!r}; {code}\nsys.path.append(path)\n"
    (base.site / "sitecustomize.py").write_text(script)
    venv.install()
    processes.clear()

    state.write_text("/more")
    venv.install()

    assert processes
    assert "/less" not in probe_cache.probe_cached(venv.python, venv.context).path


@pytest.mark.parametrize("name", ["sitecustomize", "usercustomize"])
@pytest.mark.parametrize("form", ["{}.py", "{}/__init__.py"])
def test_a_customization_that_appears_is_noticed(
    form: str, name: str, tmp_path: Path, venv: Venv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    (venv.site / "user.pth").write_text("import contextlib\n" if name == "sitecustomize" else f"import {name}\n")
    venv.install()
    path = tmp_path / "path" / form.format(name)
    path.parent.mkdir(parents=True)

    path.write_text(f"import sys; sys.path.append({str(tmp_path / 'module')!r})")

    assert str(tmp_path / "module") in probe_cache.probe_cached(venv.python, venv.context).path
    venv.install()
    saved = receipt.load(venv.prefix)
    assert saved
    assert str(tmp_path / "module") in {layer.path for layer in saved.layers}


def test_a_directory_of_a_path_file_may_appear_later(tmp_path: Path, base: Base, venv: Venv) -> None:
    (base.site / "more.pth").write_text(f"{tmp_path / 'more'}\n")
    assert str(tmp_path / "more") not in probe_cache.probe_cached(venv.python, venv.context).path

    (tmp_path / "more").mkdir()

    assert str(tmp_path / "more") in probe_cache.probe_cached(venv.python, venv.context).path


def test_start_up_code_that_is_installed_counts(
    tmp_path: Path, venv: Venv, index: Indexer, monkeypatch: pytest.MonkeyPatch, processes: list[Path]
) -> None:
    code = "import os, sys; sys.path += filter(None, [os.environ.get('MORE')])\n"
    index(Project("starter", modules={"starter.py": "", "starter.pth": code}), Project("alpha"))
    unpack_into(tmp_path / "module", Project("alpha"))
    venv.install("starter")
    processes.clear()
    venv.install("starter")
    assert not processes

    monkeypatch.setenv("MORE", str(tmp_path / "module"))

    assert actions(venv.install("alpha")) == {"alpha": "reuse"}


@pytest.mark.parametrize("version", PYTHONS)
def test_every_version_records_what_is_read(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "state"
    state.write_text("/more")
    readers = (READERS["a variable"], READERS["a file by pathlib"], READERS["the names in a folder"])
    (tmp_path / "sitecustomize.py").write_text("\n".join((f"import os; state = more = {str(state)!r}", *readers)))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    # Where the coverage of the tests is measured, it starts with every interpreter that has it.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}

    reads = {(kind, name) for kind, name in probe.probe(Path(PYTHONS[version]), environ).reads}

    expected = {("variable", "STATE"), ("file", str(state)), ("listing", str(tmp_path))}
    assert expected <= reads
    assert not {"variables", "unknown", "directory"} & {kind for kind, _ in reads}


def test_a_shim_is_started_each_time(tmp_path: Path, venv: Venv, monkeypatch: pytest.MonkeyPatch, base: Base) -> None:
    shim = tmp_path / "shims" / "python3"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "${{CHOSEN:-{base.python}}}" "$@"\n')
    shim.chmod(0o755)
    assert discovery.find(str(shim), venv.context) == shim
    assert probe_cache.probe_cached(shim, venv.context).prefix == str(base.prefix)

    monkeypatch.setenv("CHOSEN", str(venv.python))

    assert probe_cache.probe_cached(shim, venv.context).prefix == str(venv.prefix)


def test_an_ordinary_interpreter_is_started_once(base: Base, venv: Venv) -> None:
    reads = probe.probe(base.python, os.environ).reads

    assert {kind for kind, _ in reads} == {"file"}
    assert all(name.endswith("customize.py") for _, name in reads)
    assert venv.prefix.exists()

"""The programs that ask an interpreter what it is, run by this interpreter."""

from __future__ import annotations

import importlib.machinery
import json
import os
import runpy
import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from thinvenv.environments import probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.bases import Base
    from support.venv import Venv

PROBE, RECORDER = (str(Path(probe.__file__).with_name(name)) for name in ("_probe_script.py", "_start_recorder.py"))


def answer_in(text: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(text.partition("<<<thinvenv ")[2].partition(" thinvenv>>>")[0])
    return answer


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the functions of the probe after it has run here, where ``python -c`` has put one entry first."""
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    return runpy.run_path(PROBE)


def test_the_answer_is_that_of_another_process(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", ["", *sys.path])

    runpy.run_path(PROBE)

    answer = answer_in(capfd.readouterr().out)
    environment = probe.probe(Path(sys.executable), os.environ)
    same = ("prefix", "base_prefix", "base_python", "cache_tag", "abi", "platform", "purelib", "platlib", "scripts")
    assert {name: answer[name] for name in same} == {name: getattr(environment, name) for name in same}
    assert answer["markers"] == environment.markers
    assert answer["suffixes"] == list(environment.suffixes)
    assert answer["site_folders"] == list(environment.site_folders)
    assert set(environment.path) <= set(answer["path"])


def test_what_depends_on_the_current_directory_is_not_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["relative", str(tmp_path / "absolute"), ""]))
    entries = [str(tmp_path / name) for name in ("relative", "absolute")]
    monkeypatch.setattr(sys, "path", ["", *entries, *sys.path, str(tmp_path)])

    path = runpy.run_path(PROBE)["site_path"]()

    assert str(tmp_path / "absolute") in path
    assert not {str(tmp_path), str(tmp_path / "relative")} & set(path)


def test_the_path_has_missing_site_directories_and_no_standard_library(
    script: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    monkeypatch.setattr(site, "getusersitepackages", lambda: str(tmp_path / "user"))
    monkeypatch.setattr(
        sys, "path", [*sys.path, "__editable__.hook", "/nowhere/python{}{}.zip".format(*sys.version_info)]
    )

    path = script["site_path"]()

    assert str(tmp_path / "user") in path
    assert not {sysconfig.get_path("stdlib"), "__editable__.hook"} & set(path)
    assert not [entry for entry in path if entry.endswith(".zip")]


def test_a_standard_library_with_distributions_stays_on_the_path(
    script: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cffi-1.0.dist-info").mkdir()
    monkeypatch.setattr(sysconfig, "get_paths", lambda: dict.fromkeys(("stdlib", "platstdlib"), str(tmp_path)))

    assert str(tmp_path) not in script["standard_library"]()


@pytest.mark.parametrize(
    ("name", "line", "is_start_up_code"),
    [
        ("a.pth", "import os; os.environ", True),
        ("a.pth", "import\tsys", True),
        ("a.pth", "import _thinvenv; _thinvenv.start()", False),
        ("a.pth", "import _virtualenv", False),
        ("a.pth", "# import os", False),
        ("a.pth", "present", False),
        ("a.pth", "missing", True),
        ("a.start", "module:run", True),
        ("a.start", "_thinvenv:start", False),
        ("a.txt", "import os", False),
    ],
)
def test_lines_of_start_up_files(
    name: str,
    line: str,
    *,
    is_start_up_code: bool,
    script: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site, "StartupState", object, raising=False)  # as in Python 3.15 and later
    (tmp_path / "present").mkdir()
    (tmp_path / name).write_text(f"\n{line}\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "missing")])
    for customization in ("sitecustomize", "usercustomize"):
        monkeypatch.delitem(sys.modules, customization, raising=False)

    assert script["has_start_up_code"]() is is_start_up_code


def test_start_files_mean_nothing_to_earlier_versions(
    script: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(site, "StartupState", raising=False)
    (tmp_path / "a.start").write_text("module:run\n")

    assert not script["has_code_or_missing_path"](str(tmp_path))


def test_a_customization_on_the_path_is_start_up_code(
    script: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "usercustomize.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    assert script["has_start_up_code"]()


def test_pyvenv_cfg_tells_what_is_linked(
    script: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert script["config_value"]("thinvenv-link", []) == []

    (tmp_path / "pyvenv.cfg").write_text('home = /usr/bin\nthinvenv-link = ["/base"]\n')

    assert script["config_value"]("thinvenv-link", []) == ["/base"]
    assert script["config_value"]("thinvenv-link-by", "") == ""


@pytest.mark.parametrize("is_free_threaded", [True, False])
def test_a_free_threaded_build_cannot_load_the_stable_abi(
    script: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *, is_free_threaded: bool
) -> None:
    monkeypatch.setattr(importlib.machinery, "EXTENSION_SUFFIXES", [".cpython-314.so", ".abi3.so", ".so"])
    monkeypatch.setattr(sysconfig, "get_config_var", {"Py_GIL_DISABLED": int(is_free_threaded)}.get)

    assert (".abi3.so" in script["module_suffixes"]()) is not is_free_threaded


def test_the_version_of_a_prerelease(script: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    version = SimpleNamespace(major=3, minor=15, micro=0, releaselevel="beta", serial=2)
    monkeypatch.setattr(sys.implementation, "version", version)

    assert script["markers"]()["implementation_version"] == "3.15.0b2"


def test_a_scheme_with_other_variables_is_left_out(script: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    original: Callable[..., str] = sysconfig.get_path
    expected = script["site_folders"]()
    names = sysconfig.get_scheme_names()
    monkeypatch.setattr(sysconfig, "get_scheme_names", lambda: (*names, "vendor"))

    def get_path(key: str, name: str, variables: dict[str, str]) -> str:
        return variables["vendor_base"] if name == "vendor" else original(key, name, variables)

    monkeypatch.setattr(sysconfig, "get_path", get_path)

    assert script["site_folders"]() == expected


# Each line reads something else. `names` is a folder, and `extension` an extension module without content.
CUSTOMIZATION = """
import ctypes, glob, os, pathlib, socket, _thinvenv_own
try:
    import extension
except ImportError:
    pass
os.environ.get("VARIABLE")
os.environb.get(b"BYTES")
list(os.environ)
pathlib.Path({names!r}, "by-pathlib").exists()
os.path.exists("relative")
os.stat(0)
os.listdir({names!r})
open(os.path.join({names!r}, "read")).close()
open(os.path.join({names!r}, "written"), "w").close()
os.getcwd()
ctypes.CDLL(None)
socket.socket().close()
"""

# The interpreter is started without `-S`, and its audit hook may be traced, so that coverage can be measured.
RECORD = f"""
import runpy, sys
sys.path.insert(1, {{path!r}})
sys.modules.pop("sitecustomize", None)
add_hook = sys.addaudithook
def add_traced_hook(hook):
    hook.__func__.__cantrace__ = True
    add_hook(hook)
sys.addaudithook = add_traced_hook
runpy.run_path({RECORDER!r})
"""


def test_the_recorder_lists_what_a_customization_reads(tmp_path: Path) -> None:
    path, names = tmp_path / "path", tmp_path / "names"
    names.mkdir()
    (names / "read").touch()
    (path / "sitecustomize").mkdir(parents=True)
    (path / "sitecustomize" / "__init__.py").write_text(CUSTOMIZATION.format(names=str(names)))
    (path / "_thinvenv_own.py").touch()
    extension = path / f"extension{importlib.machinery.EXTENSION_SUFFIXES[0]}"
    extension.touch()
    program = f"import runpy; runpy.run_path({PROBE!r}, init_globals={{'recorded': recorded}})"

    command = [sys.executable, "-c", RECORD.format(path=str(path)), program]
    process = subprocess.run(command, capture_output=True, text=True, check=True)

    answer = answer_in(process.stdout)
    reads = {(kind, name) for kind, name in answer["reads"]}
    assert str(path) in answer["path"]
    assert {
        ("variable", "VARIABLE"),
        ("variable", "BYTES"),
        ("variables", ""),
        ("directory", ""),
        ("unknown", ""),
    } <= reads
    assert {("exists", str(names / "by-pathlib")), ("exists", os.path.abspath("relative"))} <= reads
    assert {("listing", str(names)), ("file", str(names / "read"))} <= reads
    assert {("file", str(path / "sitecustomize" / "__init__.py")), ("file", str(extension))} <= reads
    assert not {("file", str(names / "written")), ("file", str(path / "_thinvenv_own.py"))} & reads


@pytest.mark.parametrize(
    ("text", "paths", "value"),
    [(b'["/a"]', ["/a"], ""), (b'"copy"', [], "copy"), *((text, [], "") for text in (b"7", b"[7]", b"{", b'"\xe4'))],
)
def test_damaged_settings_of_an_environment_count_as_absent(
    text: bytes, paths: list[str], value: str, tmp_path: Path, script: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyvenv.cfg").write_bytes(b"home = /usr/\xe4\nkey = " + text + b"\n")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))

    assert (script["config_value"]("key", []), script["config_value"]("key", "")) == (paths, value)


def test_a_missing_site_directory_is_where_it_will_be(
    tmp_path: Path, base: Base, make_venv: Callable[..., Venv]
) -> None:
    """A killed process may leave an environment without its site directory, and the answer is kept."""
    venv = make_venv(python=str(base.python))
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONUSERBASE": str(tmp_path / "user")}
    user = tmp_path / "user" / "lib" / venv.site.parent.name / "site-packages"
    user.mkdir(parents=True)
    complete = probe.probe(venv.python, environ)
    user.rmdir()
    shutil.rmtree(venv.site)

    incomplete = probe.probe(venv.python, environ)

    assert complete.path == (str(venv.site), str(user), str(base.site))
    assert incomplete.path == complete.path

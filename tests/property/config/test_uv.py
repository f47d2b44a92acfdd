"""uv's configuration means here what it means to uv: the same files count, in the same order."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from uv import find_uv_bin

from thinvenv.config import uv, uv_files
from thinvenv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDERS = ("", "one", "one/two", "one/two/three")
WORKSPACE = '[tool.uv.workspace]\nmembers = ["one", "one/*"]\nexclude = ["one/two"]\n'
SORTS = (
    *(uv.IN_REQUEST, uv.CARRIED_TO_PIP, uv.NAMED_WITH_PIP, uv.NAMED, uv.ELSEWHERE, uv.OF_PROJECTS),
    uv.MEANINGLESS,
)


def show_settings(cwd: Path, environ: Mapping[str, str], *options: str) -> str:
    """Return what uv prints as its settings for an install."""
    command = [find_uv_bin(), "pip", "install", "--show-settings", "alpha", *options]
    process = subprocess.run(command, cwd=cwd, env=dict(environ), capture_output=True, text=True, check=False)
    return process.stdout or process.stderr


def links_of_uv(cwd: Path, environ: Mapping[str, str], *options: str) -> list[str]:
    """Return the find-links that uv shows: each file of a test has one of its own."""
    return list(dict.fromkeys(re.findall(r"/links/([\w.-]+)", show_settings(cwd, environ, *options))))


def links_of_ours(cwd: Path, environ: Mapping[str, str], *options: str) -> list[str]:
    value = uv.load(environ, str(cwd), options).value("find-links") or []
    return [os.path.basename(link) for link in value]


def pyproject(folder: str, parts: set[str]) -> str:
    name = folder.replace("/", "-") or "root"
    text = f'[project]\nname = "{name}"\nversion = "1"\n' if "project" in parts else ""
    text += f'[tool.uv]\nfind-links = ["/links/p-{name}"]\n' if "settings" in parts else ""
    text += f'[tool.uv.pip]\nfind-links = ["/links/pip-{name}"]\n' if "pip" in parts else ""
    managed = "managed = false\n" if "unmanaged" in parts else ""
    if managed:
        text = (
            text.replace("[tool.uv]\n", f"[tool.uv]\n{managed}")
            if "[tool.uv]\n" in text
            else f"{text}[tool.uv]\n{managed}"
        )
    return text + (WORKSPACE if "workspace" in parts else "") + ("broken = [" if "broken" in parts else "")


def write_layout(root: Path, layout: dict[str, dict[str, set[str]]]) -> None:
    for folder, files in layout.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        if "pyproject" in files:
            (root / folder / "pyproject.toml").write_text(pyproject(folder, files["pyproject"]))
        if "uv" in files:
            name = folder.replace("/", "-") or "root"
            (root / folder / "uv.toml").write_text(f'find-links = ["/links/uv-{name}"]\n')


def write_shared(root: Path, places: set[str]) -> dict[str, str]:
    """Write the files of the user and of the system, and return the variables that name their folders."""
    for place in places:
        (root / place / "uv").mkdir(parents=True)
        (root / place / "uv" / "uv.toml").write_text(f'find-links = ["/links/{place}"]\n')
    return {
        "HOME": str(root / "home"),
        "XDG_CONFIG_HOME": f"{root}/user",
        "XDG_CONFIG_DIRS": f"{root}/sys1:{root}/sys2",
    }


parts = st.sets(st.sampled_from(("project", "settings", "settings", "pip", "unmanaged", "broken")))
workspace_parts = st.sets(st.sampled_from(("project", "settings", "workspace", "workspace", "pip")))
layouts = st.fixed_dictionaries(
    {"": st.fixed_dictionaries({}, optional={"pyproject": workspace_parts, "uv": st.just(set())})},
    optional={
        folder: st.fixed_dictionaries({}, optional={"pyproject": parts, "uv": st.just(set())}) for folder in FOLDERS[1:]
    },
)


@settings(
    deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    layout=layouts,
    shared=st.sets(st.sampled_from(("user", "sys1", "sys2"))),
    folder=st.sampled_from(FOLDERS),
    data=st.data(),
)
def test_the_files_are_those_of_uv(layout: dict[str, Any], shared: set[str], folder: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        cwd = root / "projects" / folder
        cwd.mkdir(parents=True)
        write_layout(root / "projects", layout)
        environ = write_shared(root, shared)
        environ |= data.draw(st.sampled_from([{}, {}, {"UV_NO_CONFIG": "1"}, {"UV_NO_SYSTEM_CONFIG": "1"}]))

        expected = links_of_uv(cwd, environ)

        event(f"{len(expected)} files")
        assert links_of_ours(cwd, environ) == expected
        assert bool(uv_files.fingerprint(environ, str(cwd))) or not expected


@pytest.mark.parametrize(
    ("environ", "options"),
    [
        ({"UV_CONFIG_FILE": "chosen.toml"}, ()),
        ({"UV_CONFIG_FILE": "chosen.toml", "UV_NO_CONFIG": "1"}, ()),
        ({"UV_CONFIG_FILE": "absent.toml"}, ("--config-file=chosen.toml",)),
        ({}, ("--no-config",)),
        ({"UV_NO_CONFIG": "0"}, ()),
        ({"UV_WORKING_DIR": "other"}, ()),
        ({"UV_PROJECT": "other"}, ()),
        ({"UV_WORKING_DIR": "other", "UV_CONFIG_FILE": "inner.toml"}, ()),
    ],
)
def test_variables_and_options_choose_the_files_as_with_uv(
    environ: dict[str, str], options: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    for path in ("uv.toml", "chosen.toml", "other/uv.toml", "other/inner.toml"):
        (tmp_path / path).write_text(f'find-links = ["/links/{path.replace("/", "-")}"]\n')
    environ = {**environ, "HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "none")}

    assert links_of_ours(tmp_path, environ, *options) == links_of_uv(tmp_path, environ, *options)


def test_settings_for_pip_win_and_lists_are_joined(tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text(
        'resolution = "lowest"\nfind-links = ["a"]\n[pip]\nresolution = "lowest-direct"\nfind-links = ["b"]\n'
    )
    environ = write_shared(tmp_path, {"user"})
    shown = show_settings(tmp_path, environ)

    configuration = uv.load(environ, str(tmp_path))

    assert configuration.value("resolution") == "lowest-direct"
    assert "resolution: LowestDirect" in shown
    assert configuration.value("find-links") == [f"{tmp_path}/b", f"{tmp_path}/a", "/links/user"]
    assert list(dict.fromkeys(re.findall(rf"({tmp_path}/[ab]|/links/user)\b", shown))) == configuration.value(
        "find-links"
    )


def test_an_invalid_uv_toml_is_an_error_as_with_uv(tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text("no = [")
    environ = {"HOME": str(tmp_path / "home")}

    assert "Failed to parse" in show_settings(tmp_path, environ)
    with pytest.raises(UsageError, match=f"cannot read uv's configuration in {tmp_path}/uv.toml"):
        uv.load(environ, str(tmp_path))


def test_the_text_that_replaces_a_configuration_has_all_but_the_place_to_install(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\n[tool.uv]\nmanaged = true\ndev-dependencies = ["a"]\noffline = true\n'
        'constraint-dependencies = ["b<2 ; python_version > \'3\'"]\nconfig-settings = { "é\\u007f" = ["x\\"y"] }\n'
        '[[tool.uv.index]]\nname = "own"\nurl = "relative"\n[tool.uv.pip]\ntarget = "elsewhere"\nno-deps = true\n'
    )
    environ = write_shared(tmp_path, {"user"})
    configuration = uv.load(environ, str(tmp_path))

    text = configuration.without_replaced()

    assert text is not None
    assert tomllib.loads(text) == {
        "offline": True,
        "constraint-dependencies": ["b<2 ; python_version > '3'"],
        "config-settings": {"é\x7f": ['x"y']},
        "index": [{"name": "own", "url": f"{tmp_path}/relative"}],
        "find-links": ["/links/user"],
        "pip": {"no-deps": True},
    }
    (tmp_path / "written.toml").write_text(text)
    assert "GlobalSettings" in show_settings(tmp_path, environ, "--config-file=written.toml")


def test_uv_reads_a_configuration_itself_that_says_nothing_of_the_place(tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text('[pip]\nfind-links = ["a"]\n')
    assert uv.load({"HOME": str(tmp_path)}, str(tmp_path)).without_replaced() is None


@pytest.mark.parametrize("table", ["", "[pip]\n"])
def test_every_setting_is_sorted(table: str, tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text(f"{table}nonsense = 1\n")
    message = show_settings(tmp_path, {"HOME": str(tmp_path)})

    names = set(re.findall(r"`([\w-]+)`", message.partition("expected one of")[2]))

    assert len(names) > 40
    assert sorted(names.difference(*SORTS)) == []


def test_no_setting_is_sorted_twice() -> None:
    counts = Counter(name for names in SORTS for name in names)
    assert {name for name, count in counts.items() if count > 1} == set()


@pytest.mark.parametrize("platform", ["win32", "linux"])
def test_the_files_of_windows(platform: str) -> None:
    """These cannot be compared here; the documentation of uv names them."""
    environ = {"APPDATA": "C:\\Roaming", "SYSTEMDRIVE": "C:", "HOME": "/home/me", "XDG_CONFIG_DIRS": "/none"}
    if platform == "win32":
        (user,) = uv_files.shared_files({**environ, "UV_NO_SYSTEM_CONFIG": "1"}, platform)
        assert user.startswith("C:\\Roaming")
    else:
        assert uv_files.shared_files(environ, platform) == ["/home/me/.config/uv/uv.toml", "/etc/uv/uv.toml"]

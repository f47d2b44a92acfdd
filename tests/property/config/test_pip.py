"""pip's configuration means here what it means to pip: the same files count, and the same values win."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.version import Version

from support import ROOT
from thinvenv.config import pip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Config = Mapping[str, Mapping[str, str]]

SCRIPT = ROOT / "tests" / "support" / "_pip_defaults.py"
OLDEST = re.search(r'"(?P<pip>pip>=(?P<version>[\d.]+))"', (ROOT / "pyproject.toml").read_text())["version"]  # type: ignore[index]

URLS = ("https://a.example/simple", "https://me:p%40ss@b.example/x", '"https://quoted.example"', "")
LISTS = (*URLS, "https://a.example https://b.example", "\n  https://a.example\n  https://b.example", "one two\n\tthree")
FORMATS = (
    "alpha",
    "Alpha_B,gamma",
    "gamma",
    ":all:",
    ":none:",
    ":all:,:none:,Beta.C",
    "alpha,:all:,beta",
    "alpha beta",
    "",
)
BOOLEANS = ("true", "False", "1", "0", "yes", "no", "on", "off", "T", "f", "")
VALUES: dict[str, tuple[str, ...]] = {
    "index-url": URLS,
    "pypi-url": URLS,
    "extra-index-url": LISTS,
    "find-links": LISTS,
    "trusted-host": LISTS,
    "constraint": LISTS,
    "no-binary": FORMATS,
    "only-binary": FORMATS,
    "all-releases": FORMATS,
    "only-final": FORMATS,
    "build-constraint": LISTS,
    "requirement": LISTS,
    "editable": LISTS,
    "no-build-isolation": BOOLEANS,
    "timeout": ("3", "2.5", ""),
    "default-timeout": ("7", ""),
    "retries": ("1", ""),
    "proxy": ("http://proxy.example:3128", "'quoted'"),
    "cert": ("/ca.pem", "with blank.pem"),
    "client-cert": ("/own.pem", ""),
    "keyring-provider": ("import", "disabled"),
    **dict.fromkeys(("pre", "no-index", "no-deps", "no-dependencies", "upgrade"), BOOLEANS),
    **dict.fromkeys(("force-reinstall", "require-hashes", "prefer-binary", "ignore-requires-python"), BOOLEANS),
    "nonsense": ("x",),
}
ATTRIBUTES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "index-url": ("index_url", str),
    "extra-index-url": ("extra_index_urls", str.split),
    "find-links": ("find_links", str.split),
    "trusted-host": ("trusted_hosts", str.split),
    "constraint": ("constraints", str.split),
    "timeout": ("timeout", float),
    "retries": ("retries", int),
    **{name: (name.replace("-", "_"), str) for name in ("proxy", "cert", "client-cert", "keyring-provider")},
    **{name: (name.replace("-", "_"), pip.is_true) for name in ("pre", "no-index", "upgrade", "force-reinstall")},
    **{name: (name.replace("-", "_"), pip.is_true) for name in ("require-hashes", "prefer-binary")},
    "ignore-requires-python": ("ignore_requires_python", pip.is_true),
    "no-deps": ("ignore_dependencies", pip.is_true),
    "build-constraint": ("build_constraints", str.split),
    "requirement": ("requirements", str.split),
    "editable": ("editables", str.split),
    "no-build-isolation": ("build_isolation", lambda value: not pip.is_false(value)),
}
"""The attribute of pip's options for each of its settings that count here, and the type of its values."""

PATHS = ("HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "PIP_CONFIG_FILE")
FILES = ("xdg1/pip", "xdg2/pip", "home/.pip", "home/.config/pip", "home/config/pip", "prefix", "chosen")
"""The folders that may have a configuration file. ``home/config`` is that of ``XDG_CONFIG_HOME``."""


def items(keys: Iterable[str], *spellings: Callable[[str], str]) -> st.SearchStrategy[dict[str, str]]:
    """Return a strategy for settings with some keys, each in one spelling."""
    pairs = st.sampled_from(sorted(keys)).flatmap(lambda key: st.tuples(st.just(key), st.sampled_from(VALUES[key])))
    entries = st.lists(st.tuples(pairs, st.sampled_from(spellings)), max_size=5, unique_by=lambda entry: entry[0][0])
    return entries.map(lambda chosen: {spell(key): value for (key, value), spell in chosen})


def files(keys: Iterable[str]) -> st.SearchStrategy[dict[str, dict[str, dict[str, str]]]]:
    """Return a strategy for configuration files with some keys."""
    sections = st.sampled_from(("global", "install", "list", ":env:", "DEFAULT"))
    config = st.dictionaries(sections, items(keys, str, str.upper, lambda key: key.replace("-", "_")), max_size=3)
    return st.dictionaries(st.sampled_from(FILES), config, max_size=4)


def variables(keys: Iterable[str]) -> st.SearchStrategy[dict[str, str]]:
    """Return a strategy for ``PIP_*`` variables."""
    return items(keys, lambda key: f"PIP_{key.replace('-', '_').upper()}")


places = st.fixed_dictionaries(
    {"HOME": st.just("home"), "XDG_CONFIG_DIRS": st.just("xdg1:xdg2")},
    optional={
        "XDG_CONFIG_HOME": st.sampled_from(("home/config", "", "none")),
        "PIP_CONFIG_FILE": st.sampled_from(("chosen/pip.conf", "chosen/none.conf", os.devnull, "")),
    },
)


class PipProcess:
    """A pip that answers what it reads from a configuration."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        unconfigured = {"PIP_CONFIG_FILE": os.devnull, "ALLUSERSPROFILE": "/", "APPDATA": "/", "LOCALAPPDATA": "/"}
        self.defaults = self.ask(unconfigured, "/none")["values"]

    def ask(self, environ: Mapping[str, str], prefix: str) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"environ": environ, "prefix": prefix}), file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def running(python_path: Path | None = None, platform: str = "linux") -> Iterator[PipProcess]:
    command = [sys.executable, str(SCRIPT), platform]
    environ = {**os.environ, "PYTHONPATH": str(python_path or ""), "LOCALAPPDATA": "/AppData/Local"}
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield PipProcess(process)


@pytest.fixture(scope="module")
def own_pip() -> Iterator[PipProcess]:
    """Return the pip of the environment that the tests run in."""
    with running() as process:
        yield process


@pytest.fixture
def registry_pip(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PipProcess]:
    """Return a pip of another version."""
    monkeypatch.delenv("PIP_CONFIG_FILE")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(tmp_path), request.param]
    subprocess.run(command, check=True)
    with running(tmp_path) as process:
        yield process


def write_files(root: Path, configs: Mapping[str, Config]) -> None:
    for folder, config in configs.items():
        path = root / folder / "pip.conf"
        path.parent.mkdir(parents=True)
        lines: list[str] = []
        for section, entries in config.items():
            lines += [f"[{section}]", *(f"{key} = {value}" for key, value in entries.items())]
        path.write_text("\n".join(lines), encoding="utf-8")


def absolute(root: Path, paths: Mapping[str, str]) -> dict[str, str]:
    """Return variables with their paths, of which one may have several, made absolute."""
    parts = {name: [str(root / path) for path in value.split(":") if path] for name, value in paths.items()}
    return {name: ":".join(absolute_paths) for name, absolute_paths in parts.items()}


NAMES = {"format_control": ("no-binary", "only-binary"), "release_control": ("all-releases", "only-final")}
"""The options whose values are combined names, by the attribute that holds both."""


def our_values(loaded: Mapping[str, str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return our settings as the attributes of pip's options."""
    values = {
        attribute: of_type(loaded[name]) if name in loaded else defaults[attribute]
        for name, (attribute, of_type) in ATTRIBUTES.items()
        if attribute in defaults
    }
    names = [name for attribute, pair in NAMES.items() if attribute in defaults for name in pair]
    return values | {name: sorted(filter(None, loaded.get(name, "").split(","))) for name in names}


def pip_values(values: Mapping[str, Any]) -> dict[str, Any]:
    own = {attribute: values[attribute] for attribute, _ in ATTRIBUTES.values() if attribute in values}
    pairs = [(values[attribute], name) for attribute, pair in NAMES.items() if attribute in values for name in pair]
    return own | {name: combined[name.replace("-", "_")] for combined, name in pairs}


def compare(pip_process: PipProcess, configs: Mapping[str, Config], environ: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), configs)
        paths = absolute(Path(folder), {name: value for name, value in environ.items() if name in PATHS})
        environ, prefix = {**environ, **paths}, str(Path(folder, "prefix"))
        answer = pip_process.ask(environ, prefix)

        assert pip.config_files(environ, "/", prefix) == list(filter(None, answer["files"]))
        assert our_values(pip.load(environ, "/", prefix), pip_process.defaults) == pip_values(answer["values"])


def examples(keys: Iterable[str], count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a test configuration files with some keys, and variables."""
    environ = st.tuples(places, variables(keys)).map(lambda parts: {**parts[0], **parts[1]})
    quietly = settings(
        deadline=None,
        max_examples=count,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    return lambda test: quietly(given(configs=files(keys), environ=environ)(test))


@examples(VALUES, 150)
def test_settings_are_those_of_pip(own_pip: PipProcess, configs: dict[str, Config], environ: dict[str, str]) -> None:
    compare(own_pip, configs, environ)


@examples(("no-binary", "only-binary", "all-releases", "only-final"), 150)
def test_the_formats_are_combined_as_by_pip(
    own_pip: PipProcess, configs: dict[str, Config], environ: dict[str, str]
) -> None:
    compare(own_pip, configs, environ)


@pytest.mark.registry
@pytest.mark.parametrize("registry_pip", [f"pip=={OLDEST}", "pip"], indirect=True)
@examples(VALUES, 300)
def test_settings_are_those_of_the_oldest_and_the_newest_pip(
    registry_pip: PipProcess, configs: dict[str, Config], environ: dict[str, str]
) -> None:
    compare(registry_pip, configs, environ)


SORTS = (pip.IN_REQUEST, pip.CARRIED_TO_UV, pip.NAMED_WITH_UV, pip.NAMED, pip.ELSEWHERE, pip.MEANINGLESS)


def assert_sorted(names: Iterable[str]) -> None:
    """Assert that it is known of every option of ``pip install`` what becomes of it as a setting."""
    assert sorted({*names}.difference(pip._ALIASES, *SORTS)) == []


def test_no_option_is_sorted_twice() -> None:
    counts = Counter(name for names in SORTS for name in names)
    assert {name for name, count in counts.items() if count > 1} == set()


def test_every_option_is_sorted(own_pip: PipProcess) -> None:
    assert_sorted(own_pip.ask({}, "/none")["names"])


@pytest.mark.registry
@pytest.mark.parametrize("registry_pip", [f"pip=={OLDEST}", "pip"], indirect=True)
def test_every_option_of_the_oldest_and_the_newest_pip_is_sorted(registry_pip: PipProcess) -> None:
    assert_sorted(registry_pip.ask({}, "/none")["names"])


WINDOWS = pytest.param(
    "win32",
    marks=pytest.mark.skipif(
        Version(version("pip")) < Version("26.2"), reason="the platformdirs in this pip finds another folder"
    ),
)


@pytest.mark.parametrize("platform", ["darwin", WINDOWS])
@pytest.mark.parametrize("has_library", [True, False])
def test_files_are_those_of_pip_on_other_platforms(platform: str, has_library: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test
    """Those that pip names when it is imported as on that platform, without its registry and its system calls."""
    if has_library:
        (tmp_path / "Library" / "Application Support" / "pip").mkdir(parents=True)
    (tmp_path / "chosen.conf").touch()
    windows = {"ALLUSERSPROFILE": "/ProgramData", "APPDATA": f"{tmp_path}/Roaming", "LOCALAPPDATA": "/AppData/Local"}
    environ = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), **windows}
    with running(platform=platform) as pip_process:
        for chosen in ({}, {"PIP_CONFIG_FILE": str(tmp_path / "chosen.conf")}):
            answer = pip_process.ask({**environ, **chosen}, "/prefix")

            assert pip.config_files({**environ, **chosen}, "/", "/prefix", platform) == answer["files"]


def test_files_are_those_that_pip_lists_for_an_environment(tmp_path: Path) -> None:
    prefix = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PIP_CONFIG_FILE": "relative.conf"}
    (tmp_path / "relative.conf").touch()

    command = [sys.executable, "-m", "pip", "--python", str(prefix / "bin" / "python"), "config", "debug"]
    listed = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True).stdout

    files = [os.path.join(tmp_path, path) for path in re.findall(r"^ +(\S+), exists: ", listed, re.MULTILINE)]
    user = {str(tmp_path / ".pip" / "pip.conf"), str(tmp_path / ".config" / "pip" / "pip.conf")}  # listed, but not read
    assert {*pip.config_files(environ, str(tmp_path), str(prefix))} == {*files} - user

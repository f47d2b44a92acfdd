"""uv's configuration as settings of pip."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from thinvenv.backends import pip_settings
from thinvenv.cache import Cache
from thinvenv.config import pip, uv
from thinvenv.context.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Configure = Callable[..., Context]

URL = "https://own.example/simple"


@pytest.fixture(params=["project", "user"])
def configure(request: pytest.FixtureRequest, tmp_path: Path) -> Configure:
    """Return a function that writes a file of uv and returns a context in which it counts."""

    def write(text: str, **environ: str) -> Context:
        tables = text.replace("[pip]", "[tool.uv.pip]").replace("[[", "[[tool.uv.")
        content = {
            "project": f'[project]\nname = "p"\nversion = "1"\n[tool.uv]\n{tables}\n',
            "user": f"{text}\n",
        }[request.param]
        path = tmp_path / {"project": "here/pyproject.toml", "user": "here/uv/uv.toml"}[request.param]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        home = str(tmp_path / "here")
        variables = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CONFIG_DIRS": str(tmp_path / "none"), **environ}
        return Context(variables, home, Cache(tmp_path / "cache"))

    return write


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'index-url = "{URL}"', {"index-url": URL}),
        (f'[pip]\nindex-url = "{URL}"', {"index-url": URL}),
        (f'[[index]]\nname = "own"\nurl = "{URL}"\ndefault = true', {"index-url": URL}),
        (f'extra-index-url = ["{URL}"]', {"extra-index-url": URL}),
        (f'[[index]]\nname = "own"\nurl = "{URL}"', {"extra-index-url": URL}),
        (f'[[index]]\nname = "own"\nurl = "{URL}"\nexplicit = true', {}),
        ('[[index]]\nname = "own"\nurl = "/files"\nformat = "flat"', {"find-links": "/files"}),
        ('find-links = ["/files"]', {"find-links": "/files"}),
        ('find-links = ["/files"]\nno-index = true', {"find-links": "/files", "no-index": "true"}),
        ('prerelease = "allow"\nno-build = true', {"pre": "true", "only-binary": ":all:"}),
        ('no-binary-package = ["a", "b"]\nno-build-package = ["c"]', {"no-binary": "a,b", "only-binary": "c"}),
        ("[pip]\nno-binary = [':all:']", {"no-binary": ":all:"}),
        ('allow-insecure-host = ["own.example"]', {"trusted-host": "own.example"}),
        ('keyring-provider = "subprocess"', {"keyring-provider": "subprocess"}),
    ],
)
def test_settings_that_pip_has_a_counterpart_for(text: str, expected: dict[str, str], configure: Configure) -> None:
    assert pip_settings.with_uv({}, (), configure(text)) == expected


def test_a_relative_path_is_relative_to_its_file(configure: Configure) -> None:
    context = configure('find-links = ["files"]')

    (path,) = pip_settings.with_uv({}, (), context).values()

    ((file, _),) = uv.load(context.environ, context.cwd).tables
    assert path == f"{file.rpartition('/')[0]}/files"


@pytest.mark.parametrize(
    "setting",
    ['target = "/x"', 'prefix = "/x"', 'python = "/x/bin/python"', "system = true", "break-system-packages = true"],
)
def test_nothing_is_installed_elsewhere(setting: str, configure: Configure) -> None:
    context = configure(f"[pip]\n{setting}\nno-deps = true")

    assert pip_settings.with_uv({}, (), context) == {}
    text = uv.load(context.environ, context.cwd).without_replaced()
    assert text is not None
    assert tomllib.loads(text) == {"pip": {"no-deps": True}}


def test_a_variable_of_uv_wins_over_pips_and_that_over_a_file_of_uv(configure: Configure) -> None:
    by_pip = configure(f'index-url = "{URL}"', PIP_INDEX_URL="https://pip.example")
    by_uv = by_pip._replace(environ={**by_pip.environ, "UV_DEFAULT_INDEX": "own=https://uv.example"})

    settings = pip.variables(by_pip.environ)

    assert pip_settings.with_uv(settings, (), by_pip) == {"index-url": "https://pip.example"}
    assert pip_settings.with_uv(settings, (), by_uv) == {"index-url": "https://uv.example"}
    assert pip_settings.with_uv({"index-url": "https://conf.example"}, (), configure(f'index-url = "{URL}"')) == {
        "index-url": URL
    }


@pytest.mark.parametrize("option", ["--no-config", "--isolated"])
def test_options_switch_the_configuration_off(option: str, configure: Configure) -> None:
    assert pip_settings.with_uv({}, [option], configure(f'index-url = "{URL}"')) == {}

"""pip's configuration means the same to uv."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from thinvenv.backends.uv_options import environ_for_uv, for_uv, not_carried
from thinvenv.cache import Cache
from thinvenv.context.context import Context

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    (tmp_path / ".config" / "pip" / "pip.conf").write_text(
        "[global]\nindex-url = https://conf.example/simple\nextra-index-url =\n  https://a.example\n  https://b.example\n"
        "[install]\nno-binary = alpha\n"
    )
    return tmp_path


def context(home: Path, **environ: str) -> Context:
    variables = {"HOME": str(home), "XDG_CONFIG_DIRS": str(home / "none"), **environ}
    return Context(variables, str(home), Cache(home / "cache"))


def test_options_from_the_pip_configuration_file(home: Path) -> None:
    assert for_uv((), context(home)) == [
        "--default-index=https://conf.example/simple",
        "--extra-index-url=https://a.example",
        "--extra-index-url=https://b.example",
        "--no-binary=alpha",
        "--index-strategy=unsafe-best-match",
    ]


def test_options_override_variables_and_variables_override_the_file(home: Path) -> None:
    alone = context(
        home, PIP_INDEX_URL="https://env.example", PIP_EXTRA_INDEX_URL="https://c.example", PIP_NO_BINARY=""
    )
    assert "--default-index=https://env.example" in for_uv((), alone)
    assert "--extra-index-url=https://c.example" in for_uv((), alone)
    assert "--extra-index-url=https://a.example" not in for_uv((), alone)
    assert "--default-index=https://env.example" not in for_uv(["--index-url=https://option.example"], alone)


def test_the_install_section_overrides_the_global_section(home: Path) -> None:
    (home / "none" / "pip").mkdir(parents=True)
    (home / "none" / "pip" / "pip.conf").write_text("[install]\nindex-url = https://install.example\n")

    assert "--default-index=https://install.example" in for_uv((), context(home))


def test_uv_variables_override_pip_settings(home: Path) -> None:
    configured = context(home, UV_DEFAULT_INDEX="https://uv.example", UV_INDEX="https://uv2.example", UV_NO_BINARY="1")
    assert for_uv((), configured) == []


def test_a_disabled_configuration_file_is_ignored(home: Path) -> None:
    assert for_uv((), context(home, PIP_CONFIG_FILE=os.devnull)) == []


def test_an_invalid_configuration_file_is_ignored(home: Path) -> None:
    (home / ".config" / "pip" / "pip.conf").write_text("no section\n")
    assert for_uv((), context(home)) == []


@pytest.mark.parametrize(
    ("variable", "value", "option"),
    [
        ("PIP_FIND_LINKS", "wheels", "--find-links=wheels"),
        ("PIP_NO_INDEX", "1", "--no-index"),
        ("PIP_KEYRING_PROVIDER", "subprocess", "--keyring-provider=subprocess"),
        ("PIP_TRUSTED_HOST", "index.example", "--allow-insecure-host=index.example"),
        ("PIP_PRE", "true", "--prerelease=allow"),
        ("PIP_ONLY_BINARY", ":all:", "--only-binary=:all:"),
    ],
)
def test_each_pip_variable_becomes_an_option(variable: str, value: str, option: str, tmp_path: Path) -> None:
    assert for_uv((), context(tmp_path, **{variable: value, "PIP_CONFIG_FILE": os.devnull})) == [option]


def test_a_flag_that_is_off_is_left_out(tmp_path: Path) -> None:
    assert for_uv((), context(tmp_path, PIP_NO_INDEX="0", PIP_CONFIG_FILE=os.devnull)) == []


def test_settings_that_uv_reads_from_variables(tmp_path: Path) -> None:
    configured = context(
        tmp_path, PIP_CERT="/ca.pem", PIP_TIMEOUT="6.5", SSL_CERT_FILE="/mine.pem", PIP_CONFIG_FILE=os.devnull
    )
    assert environ_for_uv(["--proxy=http://proxy.example"], configured) == {
        "UV_HTTP_TIMEOUT": "7",
        "HTTP_PROXY": "http://proxy.example",
        "HTTPS_PROXY": "http://proxy.example",
    }


def test_options_without_an_equivalent_are_listed(tmp_path: Path) -> None:
    options = ["--prefer-binary", "--index-url=x", "--no-index"]
    assert not_carried(options, context(tmp_path, PIP_CONFIG_FILE=os.devnull)) == ["--prefer-binary"]


def test_settings_without_an_equivalent_are_listed(tmp_path: Path) -> None:
    environ = {"PIP_PREFER_BINARY": "1", "PIP_INDEX_URL": "x", "PIP_NO_COLOR": "1", "PIP_CONFIG_FILE": os.devnull}
    assert not_carried([], context(tmp_path, **environ)) == ["--prefer-binary"]


def test_requests_ca_bundle_is_passed_to_uv(tmp_path: Path) -> None:
    configured = context(tmp_path, REQUESTS_CA_BUNDLE="/ca.pem", PIP_CONFIG_FILE=os.devnull)
    assert environ_for_uv([], configured) == {"SSL_CERT_FILE": "/ca.pem"}

"""pip's configuration means the same to uv."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from uv import find_uv_bin

from thinvenv.backends.uv_options import _SET_BY_UV, environ_for_uv, for_uv, into_root, not_carried
from thinvenv.cache import Cache
from thinvenv.context.context import Context
from thinvenv.errors import UsageError

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
    configured = context(home, UV_DEFAULT_INDEX="https://uv.example", UV_INDEX="https://uv2.example", PIP_NO_BINARY="")
    assert for_uv((), configured) == ["--no-binary=alpha"]


@pytest.mark.parametrize(("name", "variable"), [(name, var) for name, vs in _SET_BY_UV.items() for var in vs])
def test_the_variables_that_override_pip_settings_are_those_of_uv(name: str, variable: str, home: Path) -> None:
    """A variable that uv does not read would switch off the setting of pip, such as ``no-index``, for nothing."""
    values = {"timeout": "7", "retries": "7", "pre": "allow", "keyring-provider": "subprocess"}
    value = values.get(name, "allow" if variable == "UV_PRERELEASE" else "2021-01-01" if "NEWER" in variable else "1")
    command = [find_uv_bin(), "pip", "install", "--show-settings", "alpha"]
    environ = {"HOME": str(home), "UV_NO_CONFIG": "1"}
    shown = [
        subprocess.run(command, env=extra, cwd=home, capture_output=True, text=True, check=True).stdout
        for extra in (environ, {**environ, variable: value})
    ]
    assert shown[0] != shown[1]


@pytest.mark.parametrize("variable", ["UV_NO_INDEX", "UV_NO_BINARY", "UV_NO_BUILD"])
def test_variables_that_uv_pip_does_not_read_override_nothing(variable: str, home: Path) -> None:
    configured = context(home, PIP_NO_INDEX="1", **{variable: "0"})
    assert {"--no-index", "--no-binary=alpha"} <= set(for_uv((), configured))


def test_a_disabled_configuration_file_is_ignored(home: Path) -> None:
    assert for_uv((), context(home, PIP_CONFIG_FILE=os.devnull)) == []


def test_an_invalid_configuration_file_is_an_error_as_with_pip(home: Path) -> None:
    path = home / ".config" / "pip" / "pip.conf"
    path.write_text("no section\n")
    with pytest.raises(UsageError, match=f"cannot read pip's configuration in {path}"):
        for_uv((), context(home))


@pytest.mark.parametrize(
    ("variable", "value", "option"),
    [
        ("PIP_FIND_LINKS", "wheels", "--find-links=wheels"),
        ("PIP_NO_INDEX", "1", "--no-index"),
        ("PIP_KEYRING_PROVIDER", "subprocess", "--keyring-provider=subprocess"),
        ("PIP_TRUSTED_HOST", "index.example", "--allow-insecure-host=index.example"),
        ("PIP_PRE", "true", "--prerelease=allow"),
        ("PIP_ONLY_BINARY", ":all:", "--only-binary=:all:"),
        ("PIP_BUILD_CONSTRAINT", "limits.txt", "--build-constraints=limits.txt"),
        ("PIP_CONFIG_SETTINGS", "key=value", "--config-settings=key=value"),
        ("PIP_UPLOADED_PRIOR_TO", "2021-01-01T00:00:00Z", "--exclude-newer=2021-01-01T00:00:00+00:00"),
        ("PIP_ALL_RELEASES", ":all:", "--prerelease=allow"),
        ("PIP_ALL_RELEASES", "alpha", "--prerelease-package=alpha=allow"),
        ("PIP_ONLY_FINAL", "alpha", "--prerelease-package=alpha=disallow"),
        ("PIP_REFRESH_PACKAGE", "alpha", "--refresh-package=alpha"),
        ("PIP_REFRESH_PACKAGE", ":all:", "--refresh"),
    ],
)
def test_each_pip_variable_becomes_an_option(variable: str, value: str, option: str, tmp_path: Path) -> None:
    assert for_uv((), context(tmp_path, **{variable: value, "PIP_CONFIG_FILE": os.devnull})) == [option]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PIP_NO_INDEX", "0"),
        ("PIP_KEYRING_PROVIDER", "auto"),  # what uv does not know would be an error of uv
        ("PIP_KEYRING_PROVIDER", "import"),
    ],
)
def test_a_setting_that_is_off_is_left_out(variable: str, value: str, tmp_path: Path) -> None:
    assert for_uv((), context(tmp_path, **{variable: value, "PIP_CONFIG_FILE": os.devnull})) == []


@pytest.mark.parametrize(("value", "days"), [("P0D", 0), ("P3D", 3)])
def test_a_number_of_days_is_counted_from_today(value: str, days: int, tmp_path: Path) -> None:
    (option,) = for_uv([f"--uploaded-prior-to={value}"], context(tmp_path, PIP_CONFIG_FILE=os.devnull))
    moment = datetime.fromisoformat(option.removeprefix("--exclude-newer="))
    assert abs(datetime.now(UTC) - timedelta(days=days) - moment) < timedelta(minutes=5)


@pytest.mark.parametrize("value", ["yesterday", "P1W", "P99999999999D"])
def test_a_guard_that_cannot_be_read_is_an_error(value: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`--uploaded-prior-to` cannot be"):
        for_uv([], context(tmp_path, PIP_UPLOADED_PRIOR_TO=value, PIP_CONFIG_FILE=os.devnull))


def test_proxies_of_the_variables_are_not_used_if_pip_is_not_to_use_them(tmp_path: Path) -> None:
    configured = context(tmp_path, PIP_NO_PROXY_ENV="1", HTTPS_PROXY="http://proxy.example", PIP_CONFIG_FILE=os.devnull)
    assert environ_for_uv([], configured) == {"NO_PROXY": "*", "no_proxy": "*"}
    assert "NO_PROXY" not in environ_for_uv(["--proxy=http://own.example"], configured)


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


def test_a_keyring_provider_that_only_pip_knows_is_listed(tmp_path: Path) -> None:
    configured = context(tmp_path, PIP_KEYRING_PROVIDER="import", PIP_CONFIG_FILE=os.devnull)
    assert not_carried([], configured) == ["--keyring-provider=import"]


def test_requests_ca_bundle_is_passed_to_uv(tmp_path: Path) -> None:
    configured = context(tmp_path, REQUESTS_CA_BUNDLE="/ca.pem", PIP_CONFIG_FILE=os.devnull)
    assert environ_for_uv([], configured) == {"SSL_CERT_FILE": "/ca.pem"}


@pytest.mark.skipif(os.name == "nt", reason="copies all files")
def test_files_come_into_a_store_as_copies_where_these_are_wanted(tmp_path: Path) -> None:
    def mode(*options: str, **environ: str) -> str:
        return into_root("root", [*options], context(tmp_path, **environ))[-1].partition("=")[2]

    assert mode() == mode("--link-mode=symlink") == mode(UV_LINK_MODE="hardlink") == "clone"
    assert mode("--link-mode=hardlink", UV_LINK_MODE="copy") == "clone"
    assert mode("--link-mode=hardlink", "--link-mode=copy") == mode(UV_LINK_MODE="copy") == "copy"
    assert into_root("", ["--link-mode=copy"], context(tmp_path)) == ["--link-mode=copy"]

"""Options of pip and uv, over a base."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from support.audit import recorded_audit_events
from support.projects import Project, make_source
from support.venv import Indexer, Venv, actions
from thinvenv.errors import UsageError
from thinvenv.installation import check

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base


def test_lowest_resolution_shadows_higher_base_versions(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "2.0"), Project("beta", "1.0"))
    index(
        *(Project("alpha", version) for version in ("1.0", "2.0")),
        *(Project("beta", version) for version in ("1.0", "2.0")),
    )

    plan = venv.install("alpha>=1", "beta", "--resolution", "lowest-direct")

    assert actions(plan) == {"alpha": "shadow", "beta": "reuse"}
    assert venv.version("alpha") == "1.0"


def test_an_install_without_arguments_keeps_constraints_and_reuse_settings(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path
) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))
    index(*(Project(name, version) for name in ("alpha", "beta") for version in ("1.0", "2.0")))
    (tmp_path / "limits.txt").write_text("alpha<2\n")
    venv.install("alpha", "beta", "-c", str(tmp_path / "limits.txt"), never_reuse=("beta",))
    for name in ("alpha", "beta"):
        shutil.rmtree(base.site / name)
        shutil.rmtree(base.site / f"{name}-1.0.dist-info")
        base.install(Project(name, "2.0"))

    assert actions(venv.install()) == {"alpha": "shadow"}
    assert [venv.version(name) for name in ("alpha", "beta")] == ["1.0", "2.0"]
    assert venv.install().changes == ()


def test_lowest_direct_resolution_applies_to_direct_requirements_only(
    venv: Venv, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("alpha", requires=("beta",)))
    index(*(Project(name, version) for name in ("beta", "gamma") for version in ("1.0", "2.0")))
    monkeypatch.setenv("UV_RESOLUTION", "lowest-direct")

    venv.install("alpha", "gamma>=1")

    assert [venv.version(name) for name in ("beta", "gamma")] == ["2.0", "1.0"]


@pytest.mark.parametrize("by", ["argument", "variable"])
def test_an_override_replaces_requirements(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    base.install(Project("alpha", requires=("gamma>=2",)), Project("gamma", "2.0"))
    index(
        Project("beta", requires=("gamma>=1", "delta")),
        *(Project("gamma", version) for version in ("1.0", "2.0", "3.0")),
    )
    path = tmp_path / "overrides.txt"
    path.write_text("gamma==1.0\ndelta; python_version < '3'\n")
    if by == "variable":
        monkeypatch.setenv("UV_OVERRIDE", str(path))
    words = ("alpha", "beta", *(("--override", str(path)) if by == "argument" else ()))

    plan = venv.install(*words)

    assert actions(plan) == {"alpha": "reuse", "beta": "install", "gamma": "shadow"}
    assert venv.version("gamma") == "1.0"
    assert check.check(venv.prefix, venv.context).ok
    with recorded_audit_events() as events:
        assert venv.install(*words).changes == ()
    assert not [event for event, _ in events if event == "subprocess.Popen"]
    monkeypatch.delenv("UV_OVERRIDE", raising=False)
    assert venv.install().changes == venv.install("alpha").changes == ()  # overrides of earlier installs still apply
    path.write_text("gamma==2.0\ndelta; python_version < '3'\n")
    words = ("alpha", "beta", "--override", str(path))
    assert actions(venv.install(*words)) == {"alpha": "reuse", "gamma": "reuse"}
    assert venv.version("gamma") == "2.0"


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_reinstall_package_reinstalls_one_distribution(venv: Venv, index: Indexer, backend: str) -> None:
    index(Project("alpha"), Project("beta"))
    venv.install("alpha", "beta", backend=backend)
    module = venv.site / "alpha" / "__init__.py"
    module.unlink()  # it may be a hard link into the cache of uv
    module.write_text("__version__ = 'spoilt'\n")

    plan = venv.install("alpha", "beta", "--reinstall-package", "alpha", backend=backend)

    assert actions(plan) == {"alpha": "install"}
    assert venv.version("alpha") == "1.0"


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_upgrade_package_upgrades_only_the_named_distributions(
    venv: Venv, base: Base, index: Indexer, backend: str
) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))
    index(*(Project(name, version) for name in ("alpha", "beta", "gamma") for version in ("1.0", "2.0")))
    venv.install("gamma<2", backend=backend)

    plan = venv.install("alpha", "beta", "gamma", "-P", "Alpha", "--upgrade-package=gamma", backend=backend)

    assert actions(plan) == {"alpha": "shadow", "beta": "reuse", "gamma": "install"}
    assert [venv.version(name) for name in ("alpha", "beta", "gamma")] == ["2.0", "1.0", "2.0"]


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_upgrade_package_keeps_the_newest_version(venv: Venv, base: Base, index: Indexer, backend: str) -> None:
    base.install(Project("alpha", "2.0"))
    index(Project("alpha", "2.0"), Project("beta", "1.0"), Project("beta", "2.0"))
    venv.install("beta", backend=backend)

    plan = venv.install("alpha", "beta", "-Palpha", "-P", "beta", "-P", "absent", backend=backend)

    assert actions(plan) == {"alpha": "reuse"}


def test_upgrade_package_respects_a_version_limit(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index(*(Project("alpha", version) for version in ("1.0", "1.5", "2.0")))

    venv.install("alpha", "-P", "alpha<2")

    assert venv.version("alpha") == "1.5"


def test_upgrade_package_rebuilds_a_local_project(venv: Venv, index: Indexer, tmp_path: Path) -> None:
    index()
    source = str(make_source(tmp_path / "mine", Project("mine")))
    venv.install(source)

    assert actions(venv.install(source, "-P", "mine")) == {"mine": "install"}


def test_an_invalid_name_for_upgrade_package_is_rejected(venv: Venv) -> None:
    with pytest.raises(UsageError, match="`--upgrade-package` cannot be `no name`"):
        venv.install("alpha", "-P", "no name")


@pytest.mark.parametrize("words", [("alpha[Tset]",), ("wants-it",), ("-e", "mine[tset]")], ids=str)
def test_an_unknown_extra_is_reported(
    venv: Venv,
    base: Base,
    index: Indexer,
    notes: list[str],
    tmp_path: Path,
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base.install(Project("alpha", "1.0", extras=("test",)))
    index(Project("wants-it", requires=("beta[tset]",)), Project("beta", "2.0", extras=("test",)))
    make_source(tmp_path / "mine", Project("mine", "3.0"))
    monkeypatch.chdir(tmp_path)

    plan = venv.install(*words)

    (message,) = (*plan.warnings, *notes)
    assert message in {
        f"`{distribution}` has no extra `tset`" for distribution in ("alpha 1.0", "beta 2.0", "mine 3.0")
    }


def test_an_option_that_only_uv_supports_is_rejected_with_pip(venv: Venv, index: Indexer) -> None:
    index()

    with pytest.raises(UsageError, match="pip has no option like `--exclude-newer=2026-01-01`"):
        venv.install("alpha", "--exclude-newer", "2026-01-01", backend="pip")


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_the_last_file_wins_where_two_set_the_same_option(
    venv: Venv, index: Indexer, tmp_path: Path, backend: str
) -> None:
    url = index(Project("alpha"), Project("beta"))
    for name, where in (("alpha", "file:///nowhere"), ("beta", url)):
        (tmp_path / f"{name}.txt").write_text(f"--index-url {where}\n--no-cache-dir\n{name}\n")

    venv.install("-r", str(tmp_path / "alpha.txt"), "-r", str(tmp_path / "beta.txt"), backend=backend)

    assert venv.version("alpha") == venv.version("beta") == "1.0"


@pytest.mark.parametrize(
    "words",
    [
        ("--index-strategy", "first-index", "--extra-index-url", "file:///nowhere"),
        ("--keyring-provider=disabled",),
        ("--pre", "--prerelease=if-necessary"),
        ("--no-cache", "--no-cache-dir", "--resolution=highest", "--resolution=highest"),
    ],
    ids=str,
)
def test_an_option_given_twice_is_passed_to_uv_once(
    venv: Venv, index: Indexer, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    index(Project("alpha"))
    monkeypatch.setenv("PIP_KEYRING_PROVIDER", "disabled")

    venv.install("alpha", *words)

    assert venv.version("alpha") == "1.0"


@pytest.mark.parametrize(
    ("variables", "words", "version"),
    [
        ({"PIP_PRE": "1"}, (), "2.0a1"),
        ({"PIP_PRE": "1"}, ("--pre",), "2.0a1"),
        ({"PIP_PRE": "1", "UV_PRERELEASE": "disallow"}, (), "1.0"),
        ({}, ("--pre", "--prerelease", "allow"), "2.0a1"),
        ({}, (), "1.0"),
    ],
)
def test_each_way_to_allow_pre_releases(
    venv: Venv,
    index: Indexer,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    words: tuple[str],
    version: str,
) -> None:
    index(Project("alpha", "1.0"), Project("alpha", "2.0a1"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    venv.install("alpha", *words, backend="uv")

    assert venv.version("alpha") == version


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_the_configuration_of_the_environment_wins_over_the_users_and_not_the_bases(
    backend: str,
    venv: Venv,
    base: Base,
    index: Indexer,
    empty_index: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = index(Project("alpha", "1.0"), Project("alpha", "2.0"))
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "limits.txt").write_text("alpha<2\n")
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip" / "pip.conf").write_text(f"[global]\nindex-url = {empty_index}\n")
    (base.prefix / "pip.conf").write_text("[install]\nno-binary = alpha\nno-index = true\n")
    (venv.prefix / "pip.conf").write_text(f"[global]\nindex-url = {url}\nconstraint = {tmp_path}/limits.txt\n")

    assert actions(venv.install("alpha", backend=backend)) == {"alpha": "install"}
    assert venv.version("alpha") == "1.0"

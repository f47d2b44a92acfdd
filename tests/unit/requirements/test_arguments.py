"""Arguments of ``pip install``, and values, become a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support import NO_PIP_FILES
from thinvenv.errors import UsageError
from thinvenv.model import Policy, Request, Root
from thinvenv.requirements.arguments import build_request, request_from

if TYPE_CHECKING:
    from pathlib import Path


def texts(request: Request) -> list[str]:
    return [root.text for root in request.roots]


def test_pip_arguments_become_a_request(tmp_path: Path, project: Path) -> None:
    (tmp_path / "limits.txt").write_text("alpha<2\n")
    words = ["alpha", "-U", "--pre", f"-e{project}", "-climits.txt", "-i", "https://u:p@example.org/simple", "-vv"]
    words += [
        "--find-links=wheels",
        "--no-index",
        "--no-deps",
        "--force-reinstall",
        "-C",
        "a=b",
        "--progress-bar",
        "off",
    ]

    request = request_from([*words, "--", "beta"], str(tmp_path), NO_PIP_FILES)

    assert texts(request) == ["alpha", str(project), "beta"]
    assert request.roots[1].editable
    assert [constraint.text for constraint in request.policy.constraints] == ["alpha<2"]
    assert request.options == (
        "--index-url=https://u:p@example.org/simple",
        "--find-links=wheels",
        "--no-index",
        "--config-settings=a=b",
    )
    assert (request.upgrade, request.pre, request.no_deps, request.reinstall) == (True, True, True, True)


def test_an_option_without_its_value_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`-r` needs a value"):
        request_from(["-r"], str(tmp_path), NO_PIP_FILES)


@pytest.mark.parametrize(
    ("words", "alone"),
    [
        (["-ve.[test]"], ["-v", "-e", ".[test]"]),
        (["-qU", "numpy"], ["-q", "-U", "numpy"]),
        (["-Urrequirements.txt"], ["-U", "-r", "requirements.txt"]),
        (["-qqq", "numpy"], ["numpy"]),
    ],
)
def test_short_options_can_be_combined(words: list[str], alone: list[str], project: Path) -> None:
    (project / "requirements.txt").write_text("numpy\n")

    assert request_from(words, str(project), NO_PIP_FILES) == request_from(alone, str(project), NO_PIP_FILES)


def test_uv_options_are_kept() -> None:
    request = request_from(
        ["--prerelease=allow", "--exclude-newer", "2026-01-01", "--no-sources", "a"], "/", NO_PIP_FILES
    )

    assert request == Request(
        roots=(Root("a"),), options=("--prerelease=allow", "--exclude-newer=2026-01-01", "--no-sources")
    )


def test_uv_spellings_of_pip_options(tmp_path: Path) -> None:
    (tmp_path / "asked.txt").write_text("a")
    (tmp_path / "limits.txt").write_text("b<2")
    words = [
        "--requirements",
        "asked.txt",
        "--constraints=limits.txt",
        "--allow-insecure-host=h",
        "--strict",
        "--debug",
    ]

    request = request_from(words, str(tmp_path), NO_PIP_FILES)

    assert (texts(request), [constraint.text for constraint in request.policy.constraints]) == (["a"], ["b<2"])
    assert request.options == ("--trusted-host=h",)


def test_lowest_resolution_implies_upgrade() -> None:
    assert request_from(["--resolution=lowest-direct", "a"], "/", NO_PIP_FILES).upgrade
    assert not request_from(["--resolution=highest", "a"], "/", NO_PIP_FILES).upgrade


def test_reinstall_package_names_a_distribution() -> None:
    request = request_from(["--reinstall-package", "My_Own", "--reinstall-package=b", "a"], "/", NO_PIP_FILES)

    assert (request.reinstall_names, request.ignores_installed, texts(request)) == (("my-own", "b"), True, ["a"])


@pytest.mark.parametrize(("extra", "hint"), [(["--extra", "test"], "`.[test]`"), (["--all-extras"], None)])
def test_extras_without_a_project_are_rejected_with_a_hint(extra: list[str], hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        request_from([*extra, "a"], "/", NO_PIP_FILES)

    assert caught.value.hint == hint


def test_settings_of_pip_apply_to_every_request(tmp_path: Path) -> None:
    (tmp_path / "limits.txt").write_text("alpha<2\n")
    environ = {**NO_PIP_FILES, "PIP_CONSTRAINT": "limits.txt", "PIP_PRE": "yes", "PIP_NO_DEPS": "0"}

    request = request_from(["alpha"], str(tmp_path), environ)

    assert [constraint.text for constraint in request.policy.constraints] == ["alpha<2"]
    assert (request.pre, request.no_deps) == (True, False)
    assert not request_from(["alpha"], str(tmp_path), {**environ, "UV_CONSTRAINT": ""}).policy.constraints


def test_values_make_the_same_request_as_arguments(project: Path, tmp_path: Path) -> None:
    (tmp_path / "-r odd name.txt").write_text("alpha\n--no-index\n")
    (tmp_path / "limits.txt").write_text("beta<2\n")
    with (project / "pyproject.toml").open("a") as file:
        file.write('[dependency-groups]\ntest = ["pytest>=8"]\n')
    group = f"{project}:test"

    request = build_request(
        str(tmp_path),
        NO_PIP_FILES,
        requirements=["gamma"],
        requirement_files=["-r odd name.txt"],
        constraint_files=["limits.txt"],
        editables=[str(project)],
        groups=[group],
        options=["--pre", "-i", "https://example.org/simple"],
        policy=Policy(never_reuse=("delta",)),
        upgrade=True,
    )

    arguments = ["--pre", "-i", "https://example.org/simple", "-r", "-r odd name.txt", "-c", "limits.txt", "-U"]
    arguments += ["-e", str(project), "--group", group, "--", "gamma"]
    expected = request_from(arguments, str(tmp_path), NO_PIP_FILES)
    assert request == expected._replace(policy=expected.policy._replace(never_reuse=("delta",)))
    with pytest.raises(TypeError, match="unheard_of"):
        build_request(str(tmp_path), NO_PIP_FILES, unheard_of=True)


def test_the_configuration_of_an_environment_counts_for_no_other(tmp_path: Path) -> None:
    (tmp_path / "limits.txt").write_text("alpha<2\n")
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "pip.conf").write_text(f"[install]\nconstraint = {tmp_path}/limits.txt\n")
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)}

    constraints = {
        name: request_from(["alpha"], "/", environ, str(tmp_path / name)).policy.constraints
        for name in ("one", "other")
    }

    assert {root.text for root in constraints["one"]} - {root.text for root in constraints["other"]} == {"alpha<2"}

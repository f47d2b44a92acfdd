"""The command line: output, exit status and errors."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support import ROOT
from support.bases import make_base
from support.command_line import thinvenv, thinvenv_process
from support.projects import Project, make_source
from thinvenv.creation import create
from thinvenv.errors import NotAnEnvironmentError

if TYPE_CHECKING:
    from support.bases import Base
    from support.venv import Indexer, Venv


def test_create_install_list_and_check(tmp_path: Path, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("beta", "2.0", requires=("alpha",)))
    env = tmp_path / "env"

    assert thinvenv("create", env, "--python", base.python).code == 0
    done = thinvenv("install", "--env", env, "beta")
    listed = thinvenv("list", "--env", env, "--json").json["distributions"]
    checked = thinvenv("check", "--env", env)

    assert (done.code, done.err) == (0, "")
    assert "install" in done.out
    assert re.search(r"reused 1 from base \(\d+ B saved\), installed 1 \(", done.out)
    assert [(entry["name"], entry["version"], entry["kind"]) for entry in listed] == [
        ("alpha", "1.0", "base"),
        ("beta", "2.0", "venv"),
    ]
    assert (checked.code, checked.out) == (0, f"{env}: ok\n")


def test_plan_shows_all_steps_and_changes_nothing(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"), Project("delta", "1.0"))
    index(Project("alpha", "2.0"), Project("beta", "2.0", requires=("alpha>=2", "delta")))

    done = thinvenv("plan", "--env", venv.prefix, "beta")

    assert done.code == 0
    rows = [line.split() for line in done.out.splitlines()]
    assert ["shadow", "alpha", "2.0", "(hides", "1.0)", "index", "beta", "->", "alpha"] in rows
    assert any(row[:3] == ["reuse", "delta", "1.0"] for row in rows)
    assert not list(venv.site.glob("*.dist-info"))


def test_plan_as_json(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"), Project("delta", "1.0"))
    index(Project("alpha", "2.0"), Project("beta", "2.0", requires=("alpha>=2", "delta")))

    document = thinvenv("install", "--dry-run", "--json", "--env", venv.prefix, "beta").json

    assert document["schema"] == 1
    assert document["environment"] == str(venv.prefix)
    steps = {step["name"]: step for step in document["steps"]}
    assert {name: step["action"] for name, step in steps.items()} == {
        "alpha": "shadow",
        "beta": "install",
        "delta": "reuse",
    }
    assert steps["alpha"]["replaces"]["version"] == "1.0"
    assert steps["alpha"]["because"][0] == "beta"
    assert steps["delta"]["location"] == str(base.site / "delta-1.0.dist-info")


def test_the_active_environment_is_the_default(venv: Venv, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    base.install(Project("alpha"))
    monkeypatch.setenv("VIRTUAL_ENV", str(venv.prefix))

    assert thinvenv("install", "alpha").err == "nothing to install: 1 reused from the base\n"
    assert thinvenv("check").code == 0


def test_all_invalid_requirements_are_reported_at_once(venv: Venv, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("alpha<\nbeta\n-r more.txt\n-c limits.txt\n")
    (tmp_path / "more.txt").write_text("gamma=>1\n")
    (tmp_path / "limits.txt").write_text("delta ~ 1\n")
    wrong = thinvenv("install", "--env", venv.prefix, "-r", tmp_path / "requirements.txt").err
    (tmp_path / "requirements.txt").write_text("./absent\n-r absent.txt\n")
    gone = thinvenv("install", "--env", venv.prefix, "-r", tmp_path / "requirements.txt").err

    assert wrong.startswith(
        "error: 3 requirements cannot be read [requirement-error]\n  cannot read the requirement `alpha<`\n"
    )
    assert "requirement `gamma=>1`\n    -r more.txt, line 1\n" in wrong
    assert "requirement `delta ~ 1`\n    -c limits.txt, line 1\n" in wrong
    assert gone.startswith(
        "error: 2 requirements cannot be read [requirement-error]\n  there is no project or archive at "
    )
    assert "/absent.txt\n    requested by -r " in gone
    assert "/requirements.txt, line 2\n    there is no such file" in gone


def test_the_environment_of_the_interpreter_is_the_default_unless_it_was_called_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "thinvenv"
    link.symlink_to(Path(sys.executable).parent / "thinvenv")

    through = subprocess.run([link, "list"], capture_output=True, text=True, check=False)

    assert through.returncode == 1
    assert through.stderr.startswith("error: no environment is active [not-an-environment-error]\n")
    assert thinvenv_process("list").code == 0


@pytest.mark.registry
@pytest.mark.parametrize("way", ["run", "install"])
def test_the_environment_of_a_uv_tool_is_not_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    root = str(ROOT)
    run = ["uv", "tool", "run", "--from", root, "thinvenv", "list"]
    if way == "install":
        monkeypatch.setenv("UV_TOOL_DIR", str(tmp_path / "tools"))
        monkeypatch.setenv("UV_TOOL_BIN_DIR", str(tmp_path / "bin"))
        subprocess.run(["uv", "tool", "install", "--quiet", root], check=True)
        run = [str(next((tmp_path / "tools").glob("*/bin/thinvenv"))), "list"]

    done = subprocess.run(run, capture_output=True, text=True, check=False)

    assert "no environment is active" in done.stderr


def test_a_misspelt_name_is_compared_with_those_of_the_base(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("numbers-py", "1.0"))
    index(Project("other"))

    failed = thinvenv("install", "--env", venv.prefix, "nubmers-py", "--json")

    assert (failed.code, failed.json["error"]["hint"]) == (1, "did you mean `numbers-py`?")


def test_check_goes_on_after_an_environment_that_is_missing(venv: Venv, base: Base) -> None:
    base.install(Project("alpha", "1.0"))
    venv.install("alpha")
    absent = venv.prefix.parent / "absent"

    shown = thinvenv("check", "absent", venv.prefix, cwd=venv.prefix.parent)
    document = thinvenv("check", absent, "--env", venv.prefix, "--json").json

    lines = [f"{absent}: not as planned", f"  unreadable: there is no environment at {absent}", f"{venv.prefix}: ok"]
    assert (shown.code, shown.out.splitlines()) == (1, lines)
    assert {env["environment"]: env["ok"] for env in document["environments"]} == {
        str(venv.prefix): True,
        str(absent): False,
    }


def test_an_error_is_json_if_the_output_is(tmp_path: Path) -> None:
    failed = thinvenv("check", "--json", tmp_path)

    assert (failed.code, failed.json["error"]["type"]) == (1, "NotAnEnvironmentError")
    assert failed.err.startswith(f"error: {failed.json['error']['what']} [not-an-environment-error]\n")


def test_check_reports_a_lost_base_distribution(venv: Venv, base: Base) -> None:
    base.install(Project("alpha", "1.0"))
    venv.install("alpha")
    (base.site / "alpha-1.0.dist-info").rename(base.prefix / "gone")

    checked = thinvenv("check", "--env", venv.prefix, "--json")

    assert checked.code == 1
    findings = checked.json["environments"][0]["findings"]
    assert [finding["kind"] for finding in findings] == ["requirement", "drift"]


def test_requirements_files_groups_and_editables_are_installed(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path
) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("alpha", "1.5"), Project("beta", "1.0"), Project("beta", "2.0"), *map(Project, ("gamma", "delta")))
    project = make_source(tmp_path / "project", Project("mine", "0.1", requires=("alpha",)))
    with (project / "pyproject.toml").open("a") as file:
        file.write('[project.optional-dependencies]\nmore = ["delta"]\n[dependency-groups]\ntest = ["gamma"]\n')
    (tmp_path / "wanted.txt").write_text("beta  # whichever fits\n-c limits.txt\n")
    (tmp_path / "limits.txt").write_text("beta<2\n")

    words = ("-e", ".", "--group", "test", "-r", "../wanted.txt")
    done = thinvenv("install", "--env", venv.prefix, *words, cwd=project)

    assert done.code == 0, done.err
    assert [venv.version(name) for name in ("mine", "alpha", "beta", "gamma")] == ["0.1", "1.0", "1.0", "1.0"]
    assert venv.run("import mine; print(mine.__file__)").startswith(str(project))
    assert thinvenv("install", "--env", venv.prefix, *words, cwd=project).err.startswith("nothing to install")
    for extra in (["--extra", "more"], ["--all-extras"]):
        planned = thinvenv("plan", "--env", venv.prefix, *extra, "-r", "pyproject.toml", cwd=project)
        assert "install  delta" in planned.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("install", "--env", "nowhere", "alpha"), 1, "there is no environment at {cwd}/nowhere"),
        (("install", "--env", ".", "alpha"), 1, "{cwd} is not a virtual environment"),
        (("install", "--env", "{venv}", "alpha<"), 1, "cannot read the requirement `alpha<`"),
        (("install", "--env", "{venv}", "-r", "none.txt"), 1, "cannot read {cwd}/none.txt"),
        (("install", "--env", "{venv}", "-r", "broken.txt"), 1, "-r broken.txt, line 2"),
        (("install", "--env", "{venv}", "./nothing"), 1, "there is no project or archive at {cwd}/nothing"),
        (("install", "--env", "{venv}", "-e", "."), 1, "is not a Python project"),
        (("install", "--env", "{venv}", "--group", "test"), 1, "cannot read {cwd}/pyproject.toml"),
        (("install", "--env", "{venv}", "absent"), 1, "absent was not found"),
        (("install", "--env", "{venv}", "--offline", "absent"), 1, "hint: drop `--offline`"),
        (("install", "--env", "{venv}", "--target", "x", "alpha"), 2, "--target"),
        (("create", "made", "--python", "no-such-python"), 1, "there is no interpreter `no-such-python`"),
        (("create", "made", "--python", "broken-python"), 1, "does not start"),
        (("create", "made", "--base", "no-such-base"), 1, "there is no base at {cwd}/no-such-base"),
        (("create", "{venv}"), 1, "there is already an environment at {venv}"),
        (("plan", "--env", "{venv}", "--extra-index", "x", "alpha"), 2, "--extra-index"),
        (("frobnicate",), 2, "invalid choice"),
    ],
)
def test_bad_input_gets_one_clear_error(
    words: tuple[str, ...],
    code: int,
    message: str,
    venv: Venv,
    index: Indexer,
    tmp_path: Path,
) -> None:
    index()
    cwd = tmp_path / "here"
    cwd.mkdir()
    (cwd / "broken.txt").write_text("alpha\nbeta <> 2\n")
    (cwd / "broken-python").write_text("#!/bin/sh\necho no >&2\nexit 3\n")
    (cwd / "broken-python").chmod(0o755)
    names = {"cwd": cwd, "venv": venv.prefix}

    done = thinvenv(*(word.format(**names) for word in words), cwd=cwd)

    assert done.code == code
    assert done.out == ""
    assert message.format(**names) in done.err
    assert done.err.count("error:") >= 1
    assert not (cwd / "made").exists()
    assert not list(venv.site.glob("*.dist-info"))


def test_upgrade_package_and_reinstall_package(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))
    index(*(Project(name, version) for name in ("alpha", "beta") for version in ("1.0", "2.0")))

    thinvenv("install", "--env", venv.prefix, "-P", "alpha", "alpha", "beta")
    assert (venv.version("alpha"), venv.version("beta")) == ("2.0", "1.0")
    assert "installed 1 (" in thinvenv("install", "--env", venv.prefix, "--reinstall-package", "alpha", "alpha").out


def test_broken_metadata_are_reported_and_ignored(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha"), Project("broken"))
    (base.site / "broken-1.0.dist-info" / "METADATA").write_text("this is no metadata")
    index()

    done = thinvenv("install", "--env", venv.prefix, "alpha")

    assert done.code == 0
    assert f"warning: passed over {base.site / 'broken-1.0.dist-info'}" in done.err


def test_version_option() -> None:
    done = thinvenv_process("--version")

    assert (done.code, done.out.split()[0]) == (0, "thinvenv")


def test_an_interpreter_can_be_selected_by_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one that starts is used: shims of pyenv on PATH may lead nowhere."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    shim = tmp_path / "shims" / name
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\necho no such version >&2\nexit 127\n")
    shim.chmod(0o755)
    real = tmp_path / "real"
    real.mkdir()
    (real / name).symlink_to(sys.executable)
    monkeypatch.setenv("PATH", f"{shim.parent}:{real}:/usr/bin:/bin")

    done = thinvenv("create", tmp_path / "env", "--python", name.removeprefix("python"))

    assert (done.code, done.err.startswith(f"created {tmp_path / 'env'} for Python 3.")) == (0, True)


def test_an_interpreter_that_is_too_old_is_rejected(tmp_path: Path) -> None:
    old = tmp_path / "python2.7"
    old.write_text("#!/bin/sh\necho 'SyntaxError: invalid syntax' >&2\nexit 1\n")
    old.chmod(0o755)

    done = thinvenv("create", tmp_path / "env", "--python", old)

    assert done.code == 1
    assert done.err.splitlines() == [
        f"error: the Python of {old} is older than 3.7 [interpreter-error]",
        "  virtual environments need Python 3.8 or later",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("install", "--env", "", "alpha"),
        ("check", "--env", ""),
        ("list", "--env", " "),
        ("create", ""),
        ("create", "made", "--python", ""),
        ("create", "made", "--base", ""),
        ("install", "--only-reuse", "", "alpha"),
    ],
)
def test_an_empty_value_is_rejected(words: tuple[str, ...], tmp_path: Path) -> None:
    """``--env "$UNSET"`` must not select the environment that thinvenv itself runs in."""
    done = thinvenv(*words, cwd=tmp_path)

    assert (done.code, done.out) == (2, "")
    assert "the value is empty" in done.err
    assert not list(tmp_path.glob("made"))


def test_a_directory_is_not_an_interpreter(tmp_path: Path) -> None:
    done = thinvenv("create", tmp_path / "env", "--python", tmp_path)

    assert done.code == 1
    assert f"there is no interpreter `{tmp_path}`" in done.err


def test_the_hint_for_an_install_into_a_base_works(tmp_path: Path) -> None:
    base = make_base(tmp_path / "a base")
    refused = thinvenv("install", "--env", base.prefix, "alpha", cwd=tmp_path)
    hint = shlex.split(refused.err.partition("hint: thinvenv ")[2])

    done = thinvenv(*hint, cwd=tmp_path)

    assert (refused.code, done.code) == (1, 0)
    assert f"over {base.prefix}" in done.err


@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_concurrent_creates_make_one_environment(reuse: str, tmp_path: Path, base: Base) -> None:
    """The other processes fail, and do not damage the environment that the first one made."""
    words = ("create", tmp_path / "env", "--python", base.python, "--reuse", reuse)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: thinvenv_process(*words), range(4)))
        second = list(pool.map(lambda _: thinvenv_process(*words, "--clear"), range(3)))

    assert sorted(result.code for result in done) == [0, 1, 1, 1]
    assert all(f"there is already an environment at {tmp_path / 'env'}" in result.err for result in done if result.code)
    assert [(result.code, result.err.count("error")) for result in second] == [(0, 0)] * 3
    assert thinvenv("list", "--env", tmp_path / "env").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base", "env", "thinvenv-cache"]


def test_the_hint_for_a_missing_base_works(venv: Venv, base: Base) -> None:
    shutil.rmtree(base.prefix)
    done = thinvenv("check", "--env", venv.prefix)
    hint = shlex.split(done.err.partition("hint: thinvenv ")[2])

    assert (done.code, str(base.python) in done.err) == (1, True)
    assert thinvenv(*hint).code == 0
    assert thinvenv("list", "--env", venv.prefix).code == 0


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("check --env {env} >&-", 1, ""),
        ("install --env {env} alpha >&-", 0, ""),
        ("install --env {env} alpha 2>&-", 0, ""),
        ("list --env {env} --json >/dev/full", 1, "error: No space left on device"),
        ("check --env {env} >/dev/full", 1, "error: No space left on device"),
        ("--version >/dev/full", 1, "error: No space left on device"),
    ],
)
def test_unwritable_output_is_an_error_without_a_traceback(
    line: str, code: int, message: str, venv: Venv, base: Base, index: Indexer
) -> None:
    base.install(Project("alpha"))
    index()

    command = f"{shlex.quote(sys.executable)} -m thinvenv {line.format(env=shlex.quote(str(venv.prefix)))}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)

    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_removed_current_directory_is_reported(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"rmdir ../gone; {shlex.quote(sys.executable)} -P -m thinvenv install --env env alpha"

    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, cwd=gone)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: the current directory no longer exists")


def test_an_environment_that_cannot_be_moved_is_kept(venv: Venv, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self), None, str(target))

    monkeypatch.setattr("pathlib.Path.rename", refuse)  # as permissions do not stop root, who may run the tests
    with pytest.raises(NotAnEnvironmentError, match="cannot replace"):
        create.create(venv.prefix, venv.context, clear=True)

    assert venv.python.exists()

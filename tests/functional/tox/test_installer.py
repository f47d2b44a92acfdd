"""Everything that tox can install, over a base: it behaves as with the installer of tox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.bases import installed_interpreters
from support.projects import Project, build_wheel, make_source

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.tox_projects import ToxProject
    from support.venv import Indexer

SHOW = 'python -c "import alpha, beta; print(alpha.__version__, beta.__version__)"'
PYTHONS = installed_interpreters()


@pytest.fixture
def index_of_two(base: Base, index: Indexer) -> str:
    """Fill the base with ``alpha 1.0``, and the index with newer versions and ``beta``; return its URL."""
    base.install(Project("alpha", "1.0"))
    return index(Project("alpha", "2.0"), Project("alpha", "3.0a1"), Project("beta", "1.0"), Project("beta", "2.0"))


@pytest.fixture
def ini(project: ToxProject, base: Base, index_of_two: str) -> ToxProject:  # noqa: ARG001 - it fills the index
    """Return a project whose environments are over the base, with a package that requires ``beta``."""
    make_source(project.root, Project("mine", "0.1", requires=("beta<2",)))
    with (project.root / "pyproject.toml").open("a") as file:
        file.write(
            '[project.optional-dependencies]\nmore = ["gamma-is-not-there"]\nnewer = ["alpha>=2"]\ntested = ["tool"]\n'
        )
        file.write('[dependency-groups]\nnewer = ["alpha==2.0"]\n')
    project.base = base
    return project


def write(project: ToxProject, body: str = "", core: str = "") -> None:
    project.write("tox.ini", f"[tox]\n{core}\n[testenv]\nbase_python = {project.base.python}\n{body}\n")


@pytest.mark.parametrize("package", ["wheel", "sdist", "sdist-wheel", "editable", "editable-legacy"])
def test_each_package_type(ini: ToxProject, package: str) -> None:
    write(ini, f"system_site_packages = true\npackage = {package}\ndeps = alpha\ncommands = {SHOW}")

    assert ini.tox("run", "-e", "py").lines("1.0 1.0")

    where = ini.env("py").run("import mine; print(mine.__file__)")
    assert where.startswith(str(ini.root / "src")) == package.startswith("editable")


def test_package_deps_only(ini: ToxProject) -> None:
    write(ini, f"package = deps-only\nextras = newer\ncommands = {SHOW}")

    assert ini.tox("run", "-e", "py").lines("2.0 1.0")
    assert not list(ini.env("py").site.glob("mine*"))


def test_installpkg(ini: ToxProject, tmp_path: Path) -> None:
    wheel = build_wheel(Project("mine", "9.0", requires=("beta",)), tmp_path)
    write(ini, 'commands = python -c "import beta, mine; print(beta.__version__, mine.__version__)"')

    assert ini.tox("run", "-e", "py", "--installpkg", str(wheel)).lines("2.0 9.0")


def test_an_external_package(ini: ToxProject, tmp_path: Path) -> None:
    wheel = build_wheel(Project("mine", "9.0"), tmp_path)
    write(ini, 'package = external\ncommands = python -c "import mine; print(mine.__version__)"')
    with (ini.root / "tox.ini").open("a") as file:
        file.write(
            "[testenv:.pkg_external]\npackage_glob = {env_tmp_dir}/*.whl\n"
            f"commands = python -c \"import shutil; shutil.copy(r'{wheel}', r'{{env_tmp_dir}}')\"\n"
        )

    assert ini.tox("run", "-e", "py").lines("9.0")


@pytest.mark.parametrize(
    ("deps", "expected"),
    [
        ("alpha", "1.0"),
        ("alpha>=2", "2.0"),
        ("-r requirements.txt", "2.0"),
        ("alpha\n    -c requirements.txt", "2.0"),
        ("alpha @ {toxinidir}/files/alpha-5.0-py3-none-any.whl", "5.0"),
        ("{toxinidir}/files/alpha-5.0-py3-none-any.whl", "5.0"),
        ("./files/alpha-5.0-py3-none-any.whl", "5.0"),
        ("./alpha", "7.0"),
        ("-e ./alpha", "7.0"),
        ("--pre\n    alpha>=2", "3.0a1"),
    ],
)
def test_each_form_of_deps(ini: ToxProject, deps: str, expected: str) -> None:
    ini.write("requirements.txt", "alpha==2.0\n")
    build_wheel(Project("alpha", "5.0"), ini.root / "files")
    make_source(ini.root / "alpha", Project("alpha", "7.0"))
    deps = deps.replace("@ {toxinidir}", "@ file://{toxinidir}")
    write(ini, f"system_site_packages = true\nskip_install = true\ndeps = {deps}\n    beta\ncommands = {SHOW}")

    assert ini.tox("run", "-e", "py").lines(f"{expected} 2.0")


def test_groups_extras_and_constraints(ini: ToxProject) -> None:
    ini.write("limits.txt", "beta<2\n")
    reuse = "system_site_packages = true\n"
    write(ini, f"{reuse}dependency_groups = newer\ndeps = beta\nconstraints = limits.txt\ncommands = {SHOW}")
    assert ini.tox("run", "-e", "py").lines("2.0 1.0")

    write(ini, f"{reuse}extras = newer\ncommands = {SHOW}")
    assert ini.tox("run", "-e", "py", "-r").lines("2.0 1.0")


@pytest.mark.parametrize("frozen", ["false", "true"])
def test_constraints_of_deps_hold_for_the_package(ini: ToxProject, frozen: str) -> None:
    make_source(ini.root, Project("mine", "0.1", requires=("beta",)))
    keys = f"constrain_package_deps = true\nuse_frozen_constraints = {frozen}\ndeps = alpha\n    beta<2"
    write(ini, f"system_site_packages = true\n{keys}\ncommands = {SHOW}")

    assert ini.tox("run", "-e", "py").lines("1.0 1.0")


def test_force_dep(ini: ToxProject) -> None:
    write(ini, f"system_site_packages = true\ndeps = alpha\ncommands = {SHOW}")

    assert ini.tox("-e", "py", "--force-dep", "beta==2.0").lines("1.0 2.0")
    assert ini.tox("-e", "py").lines("1.0 1.0")


def test_pip_pre(ini: ToxProject) -> None:
    write(ini, f"pip_pre = true\ndeps = alpha\ncommands = {SHOW}")

    assert ini.tox("run", "-e", "py").lines("3.0a1 1.0")


def test_pylock(ini: ToxProject, index_of_two: str) -> None:
    files = index_of_two.replace("/simple", "/files")
    pages = ini.root.parent / "index" / "simple"
    lines = ['lock-version = "1.0"', 'created-by = "tests"']
    for name in ("alpha", "beta"):
        sha = (pages / name / "index.html").read_text().split("-2.0-py3-none-any.whl#sha256=")[1][:64]
        wheel = f"{name}-2.0-py3-none-any.whl"
        lines += [f'[[packages]]\nname = "{name}"\nversion = "2.0"']
        lines += [f'wheels = [{{name = "{wheel}", url = "{files}/{wheel}", hashes = {{sha256 = "{sha}"}}}}]']
    ini.write("pylock.toml", "\n".join(lines) + "\n")
    write(ini, f"skip_install = true\npylock = pylock.toml\ncommands = {SHOW}")

    assert ini.tox("run", "-e", "py").lines("2.0 2.0")


def test_skipped_installs(ini: ToxProject) -> None:
    write(ini, "deps = alpha\ncommands = python -c \"print('ran')\"")

    assert not ini.tox("run", "-e", "py", "--notest").lines("ran")
    assert list(ini.env("py").site.glob("mine-*"))
    assert not ini.tox("run", "-e", "py", "-r", "--skip-pkg-install").lines("install_package>")
    assert not ini.tox("run", "-e", "py", "-r", "--skip-env-install").lines("thinvenv install")


def test_exec_and_devenv(ini: ToxProject) -> None:
    write(ini, f"system_site_packages = true\ndeps = alpha\n    beta\ncommands = {SHOW}")

    assert ini.tox("exec", "-e", "py", "--", "python", "-c", "import alpha; print(alpha.__version__)").lines("1.0")
    ini.tox("devenv", "-e", "py", "dev")

    assert (ini.root / "dev" / "thinvenv.json").exists()


def test_a_custom_install_command_is_used_and_reported(ini: ToxProject) -> None:
    body = "install_command = python -m pip install --no-deps {opts} {packages}\ndeps = alpha"
    write(ini, f"{body}\n    beta\ncommands = {SHOW}\n    python -m pip --version", "no_package = true")

    run = ini.tox("run", "-e", "py")

    assert run.lines("2.0 2.0")
    assert run.lines("python -m pip install --no-deps alpha beta")
    assert len(run.lines("this environment has an install_command of its own")) == 1


@pytest.mark.parametrize("words", ["python -I -m pip install", "python -m pip install {opts} {packages}"])
def test_the_default_install_command_of_tox_is_replaced(ini: ToxProject, words: str) -> None:
    write(ini, f"system_site_packages = true\ninstall_command = {words}\ndeps = alpha\n    beta", "no_package = true")

    run = ini.tox("run", "-e", "py")

    assert run.lines("> thinvenv install alpha beta")
    assert run.lines("thin reuse 1, install 1")


def test_thinvenv_options_in_the_install_command(ini: ToxProject) -> None:
    body = "system_site_packages = true\ninstall_command = thinvenv install --upgrade {opts} {packages}"
    write(ini, f"{body}\ndeps = alpha\n    beta\ncommands = {SHOW}", "no_package = true")

    assert ini.tox("run", "-e", "py").lines("2.0 2.0")


def test_used_distributions_are_listed_with_their_layer(ini: ToxProject, tmp_path: Path) -> None:
    ini.base.install(Project("unused"))
    write(ini, "system_site_packages = true\ndeps = alpha\n    beta", "no_package = true")

    run = ini.tox("run", "-e", "py", "--result-json", str(tmp_path / "result.json"), "--list-dependencies")

    answer = json.loads((tmp_path / "result.json").read_text())["testenvs"]["py"]
    assert answer["installed_packages"] == [f"alpha==1.0  # {ini.base.site}", "beta==2.0"]
    assert [line.partition(": ")[2] for line in run.lines("==")] == [f"alpha==1.0  # {ini.base.site}", "beta==2.0"]
    assert not list(ini.env("py").site.glob("pip*"))


@pytest.mark.parametrize("command", ["python -m pip --version", 'sh -c "echo a; pip --version"'])
def test_pip_is_installed_where_a_command_names_it(ini: ToxProject, command: str) -> None:
    write(ini, f"allowlist_externals = sh\ncommands = {command}", "no_package = true")

    assert ini.tox("run", "-e", "py").lines("pip ")


def test_a_failed_install_fails_the_environment(ini: ToxProject) -> None:
    write(ini, "system_site_packages = true\ndeps = alpha>=9", "no_package = true")

    run = ini.tox("run", "-e", "py", code=1)

    assert "alpha>=9" in run.err
    assert run.lines("py: FAIL code 1")
    assert run.lines("py: exit 1")


@pytest.mark.parametrize("version", [version for version in ("3.9",) if version in PYTHONS])
def test_a_pip_that_supports_the_interpreter_installs(ini: ToxProject, version: str) -> None:
    """The pip beside tox need not support the Python of each environment."""
    body = (
        f"base_python = {PYTHONS[version]}\nthin_backend = pip\ndeps = alpha==2.0\ncommands = python -c 'import alpha'"
    )
    ini.write("tox.ini", f"[tox]\nno_package = true\n[testenv]\n{body}\n")

    assert ini.tox("run", "-e", "py").lines("thin reuse 0, install 1")


@pytest.mark.parametrize("package", ["wheel", "editable"])
def test_a_project_without_a_name_is_installed_by_pip(ini: ToxProject, package: str) -> None:
    make_source(ini.root, Project("UNKNOWN", "0.0.0", requires=("beta<2",)))
    write(ini, f"system_site_packages = true\npackage = {package}\ndeps = alpha\ncommands = {SHOW}")

    run = ini.tox("run", "-e", "py")

    assert run.lines("1.0 1.0")
    assert len(run.lines("from a project without a name, which uv refuses: pip installs it")) == 1


def test_an_invalid_install_command_is_reported_by_tox(ini: ToxProject) -> None:
    write(ini, "install_command =\ndeps = alpha", "no_package = true")

    run = ini.tox("run", "-e", "py", code=1)

    assert run.lines("attempting to parse '' into a command")
    assert "Traceback" not in run.out + run.err


def test_the_ignored_exit_status_of_an_install_command_is_kept(ini: ToxProject) -> None:
    def shown(command: str) -> list[str]:
        write(ini, f"install_command = {command} {{opts}} {{packages}}", "no_package = true")
        return ini.tox("config", "-e", "py", "-k", "install_command").lines("thinvenv install")

    assert shown("- python -I -m pip install") == shown("- thinvenv install") != []


def test_invalid_commands_fail_only_when_they_are_run(ini: ToxProject) -> None:
    write(ini, "deps = alpha\ncommands = {[nowhere]commands}", "no_package = true")

    assert ini.tox("run", "-e", "py", "--notest").lines("thin reuse 0, install 1")
    assert ini.tox("run", "-e", "py", code=None).lines("commands")


@pytest.mark.parametrize(
    ("deps", "reuse"),
    [(".[tested]", "inherit"), ("-e .[tested]", "link"), ("mine[tested] @ file://{toxinidir}", "inherit")],
)
def test_extras_of_the_project_in_deps_are_kept_beside_its_package(ini: ToxProject, deps: str, reuse: str) -> None:
    tool = Project(
        "tool", modules={"tool.py": "def main(): print('a tool')\n"}, entry_points="[console_scripts]\ntool=tool:main\n"
    )
    ini.base.install(tool)
    write(
        ini, f"thin_reuse = {reuse}\npackage = wheel\ndeps = {deps}\ncommands =\n    tool\n    python -c 'import tool'"
    )

    first, second = ini.tox("run", "-e", "py"), ini.tox("run", "-e", "py")

    assert first.lines("a tool")
    assert second.lines("a tool")
    assert not (first.lines("no longer satisfied"))
    assert not (second.lines("no longer satisfied"))

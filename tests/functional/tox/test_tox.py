"""The tox plugin: environments over a base, in sequence and in parallel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.audit import recorded_audit_events
from support.projects import Project, make_source

if TYPE_CHECKING:
    import pytest

    from support.bases import Base
    from support.tox_projects import ToxProject
    from support.venv import Indexer

TOOL = Project(
    "tool",
    modules={"tool.py": "import sys\ndef main():\n    print('tool of', sys.prefix)\n"},
    entry_points="[console_scripts]\ntool = tool:main\n",
)


def test_deps_and_the_project_are_installed_over_the_base(project: ToxProject, base: Base, index: Indexer) -> None:
    base.install(TOOL, Project("alpha", "1.0"))
    index(Project("alpha", "2.0"), Project("beta", "3.0", requires=("alpha",)))
    make_source(project.root, Project("mine", "0.1", requires=("beta",)))
    project.write(
        "tox.ini",
        f"""
        [testenv]
        base_python = {base.python}
        system_site_packages = true
        deps = tool
        commands =
            tool
            python -c "import mine, beta, alpha; print(mine.__version__, beta.__version__, alpha.__version__)"
        """,
    )

    run = project.tox("run", "-e", "py")

    assert f"tool of {project.env('py').prefix}" in run.out
    assert "0.1 3.0 1.0" in run.out
    assert not list(project.env("py").site.glob("alpha*"))
    assert not list(project.env("py").site.glob("pip*"))


def test_an_environment_that_does_not_see_the_base_reuses_nothing(
    project: ToxProject, base: Base, index: Indexer
) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("alpha", "2.0"))
    commands = "python -c \"import alpha; print('alpha', alpha.__version__)\""
    project.configure(base.python, f"deps = alpha\ncommands = {commands}", sees_base=False)

    run = project.tox("run", "-e", "py")

    assert run.lines("alpha 2.0")
    assert run.lines("> thinvenv install alpha")


def test_reused_scripts_are_allowed_and_other_programs_are_not(project: ToxProject, base: Base, index: Indexer) -> None:
    base.install(TOOL, Project("other", entry_points="[console_scripts]\nother = other:main\n"))
    index()
    project.configure(base.python, "deps = tool\nallowlist_externals =\ncommands = {posargs}")
    bin_of_base = str(base.prefix / "bin")

    assert project.tox("run", "-e", "py", "--", "tool").lines("tool of")
    refused = project.tox("run", "-e", "py", "-x", f"testenv.set_env=PATH={bin_of_base}", "--", "other", code=1)

    assert refused.lines("other is not allowed")


def test_environments_run_in_parallel(project: ToxProject, base: Base, index: Indexer) -> None:
    base.install(Project("alpha"), TOOL)
    index(Project("beta"))
    project.write(
        "tox.ini",
        "[tox]\nenv_list = a, b, c\nno_package = true\n"
        f"[testenv]\nbase_python = {base.python}\nsystem_site_packages = true\ndeps = alpha\n    beta\n    tool\n"
        "commands = tool\n",
    )

    run = project.tox("run-parallel", "-p", "3", "--parallel-no-spinner", "-o")

    assert len(run.lines("tool of")) == 3
    assert run.lines("thin: 3 environments reuse 6, hold 3 of their own")


def test_version_lists_the_plugin(project: ToxProject) -> None:
    plugins = [line for line in project.tox("--version").lines("thinvenv-") if line.startswith("thinvenv-")]

    assert plugins[0].endswith(tuple("0123456789"))


def test_another_runner_is_used_and_reported(project: ToxProject, base: Base, index: Indexer) -> None:
    index()
    project.configure(base.python, "runner = virtualenv\ncommands = python -c pass")

    assert project.tox("run", "-e", "py").lines("`runner = virtualenv` is set for this environment")
    assert not project.tox("run", "-e", "py", "--runner", "virtualenv").lines("thinvenv")


def test_parallel_environments_share_one_scan_of_the_base(project: ToxProject, base: Base, index: Indexer) -> None:
    base.install(*(Project(f"part{number}") for number in range(60)))
    index()
    project.configure(base.python, "deps = part0", env_list="a, b, c, d, e, f")

    with recorded_audit_events() as events:
        run = project.tox("run-parallel", "-p", "6", "--parallel-no-spinner", "-o")

    read = [what for event, what in events if event == "open" and str(base.site) in what and "METADATA" in what]
    probes = [what for event, what in events if event == "subprocess.Popen" and "'-B', '-c'" in what]
    assert len(read) == 60
    assert len(probes) == 1
    assert len(run.lines("thin reuse 1")) == 6


def test_a_setting_that_uv_does_not_support_is_reported_once(
    project: ToxProject, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(Project("alpha"))
    monkeypatch.setenv("PIP_PREFER_BINARY", "1")
    project.configure(base.python, "deps = alpha", env_list="a, b, c")

    assert len(project.tox("run").lines("uv has no option like `--prefer-binary`")) == 1
    assert len(project.tox("run-parallel", "-r", "--parallel-no-spinner", "-o").lines("uv has no option like")) == 1


def test_the_summary_leaves_out_environments_without_an_interpreter(
    project: ToxProject, base: Base, index: Indexer
) -> None:
    index()
    project.write(
        "tox.ini",
        f"""
        [tox]
        env_list = a, b, missing
        no_package = true
        skip_missing_interpreters = true
        [testenv]
        base_python = {base.python}
        set_env = DATA = {{env_site_packages_dir}}
        deps = alpha
        commands = python -c "import os; print('data', os.environ['DATA'])"
        [testenv:missing]
        base_python = no-such-python
        set_env = {{[testenv]set_env}}
            MORE = yes
        """,
    )
    base.install(Project("alpha"))

    run = project.tox("run", "--thin-reuse", "inherit")

    assert run.lines("thin: 2 environments reuse 2")
    assert run.lines("missing: SKIP")


def test_commands_of_other_environments_are_not_evaluated(project: ToxProject, base: Base, index: Indexer) -> None:
    index()
    make_source(project.root, Project("mine", "0.1"))
    project.write(
        "tox.ini",
        f"""
        [testenv]
        base_python = {base.python}
        commands = python -c "import mine; print('mine', mine.__version__)"
        [testenv:release]
        package = wheel
        change_dir =
        commands = python -m pip list {{posargs}}
        """,
    )

    assert project.tox("run", "-e", "py", "--", "word").lines("mine 0.1")

"""Installing into a thin environment; each test is a contract of the design."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.bases import Base, snapshot
from support.projects import Project, make_source
from support.venv import Indexer, Venv, actions
from thinvenv.errors import ResolutionError, UnwritableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BACKENDS = ("uv", "pip")


@pytest.mark.parametrize("backend", BACKENDS)
def test_only_the_difference_is_installed(venv: Venv, base: Base, index: Indexer, backend: str) -> None:
    base.install(Project("alpha", "1.0", requires=("beta>=1",)), Project("beta", "1.5"))
    index(Project("beta", "2.0"), Project("gamma", "3.0", requires=("alpha",)))

    plan = venv.install("gamma", backend=backend)

    assert actions(plan) == {"gamma": "install", "alpha": "reuse", "beta": "reuse"}
    assert (venv.version("gamma"), venv.version("beta")) == ("3.0", "1.5")
    assert not list(venv.site.glob("beta*"))


def test_a_base_version_that_does_not_fit_is_shadowed_with_its_dependents(
    venv: Venv, base: Base, index: Indexer
) -> None:
    base.install(Project("arrays", "1.26"), Project("science", "1.10", requires=("arrays<2",)))
    index(Project("arrays", "2.2"), Project("science", "1.18", requires=("arrays>=2",)))

    plan = venv.install("arrays>=2", "science")

    assert actions(plan) == {"arrays": "shadow", "science": "shadow"}
    assert (venv.version("arrays"), venv.version("science")) == ("2.2", "1.18")


def test_a_broken_dependent_that_was_not_requested_is_reported(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("arrays", "1.26"), Project("science", "1.10", requires=("arrays<2",)))
    index(Project("arrays", "2.2"))

    plan = venv.install("arrays>=2")

    warning = "`science 1.10` of the base requires `arrays<2` and will find 2.2"
    assert plan.warnings == (f"{warning}; reuse mode `link` leaves it out",)


@pytest.mark.parametrize("words", [(), ("-e",)], ids=str)
def test_a_local_project_without_a_known_version_causes_no_warning(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path, words: tuple[str, ...]
) -> None:
    base.install(Project("arrays", "1.26"), Project("science", "1.10", requires=("arrays>=1",)))
    index()
    source = make_source(tmp_path / "arrays", Project("arrays", "2.0"))

    plan = venv.install(*words, str(source))

    assert plan.warnings == ()
    assert [step.version for step in plan.installed] == ["2.0"]


def test_the_base_is_never_written(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))
    index(Project("alpha", "2.0"))
    before = snapshot(base.prefix)

    venv.install("alpha>=2", "beta")
    with pytest.raises(ResolutionError):
        venv.install("alpha>=3")

    assert snapshot(base.prefix) == before


def test_a_second_install_starts_no_process(
    venv: Venv, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("alpha"))
    index(Project("beta"))
    venv.install("alpha", "beta")

    def no_process(*_args: object, **_options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen", no_process)
    plan = venv.install("alpha", "beta")

    assert (plan.changes, actions(plan)) == ((), {"alpha": "reuse"})


def test_a_changed_base_is_replanned(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("alpha", "1.1"))
    venv.install("alpha")
    for entry in base.site.glob("alpha*"):
        entry.rename(base.prefix / entry.name)

    plan = venv.install("alpha")

    assert actions(plan) == {"alpha": "install"}
    assert venv.version("alpha") == "1.1"


def test_scripts_of_reused_distributions_run_the_interpreter_of_the_environment(venv: Venv, base: Base) -> None:
    base.install(
        Project(
            "tool",
            modules={"tool.py": "import sys\ndef main():\n    print(sys.prefix)\n"},
            entry_points="[console_scripts]\ntool = tool:main\n",
            scripts={"plain": "#!python\nimport sys\nprint(sys.prefix)\n"},
        )
    )

    venv.install("tool")

    assert venv.call(venv.prefix / "bin" / "tool") == str(venv.prefix)
    assert venv.call(venv.prefix / "bin" / "plain") == str(venv.prefix)


def test_an_option_that_uv_does_not_support_is_reported(venv: Venv, index: Indexer) -> None:
    index(Project("alpha"))

    venv.install("alpha", "--prefer-binary", backend="uv")

    assert venv.notes == ["uv has no option like `--prefer-binary`, which is ignored; the backend pip has it"]


def test_an_install_without_dependencies_keeps_the_scripts_of_reused_distributions(
    venv: Venv, base: Base, index: Indexer
) -> None:
    """tox installs `deps` first and then the project with `--no-deps`: the scripts of `deps` must stay."""
    base.install(
        Project("tool", requires=("helper",)),
        Project("helper", modules={"helper.py": ""}, entry_points="[console_scripts]\nhelp-me = helper:main\n"),
    )
    index(Project("mine", requires=("absent",)))
    venv.install("tool")

    venv.install("mine", no_deps=True, keep=False)

    assert (venv.prefix / "bin" / "help-me").exists()
    assert venv.install("tool").changes == ()


def test_a_separate_install_reports_what_it_breaks(venv: Venv, index: Indexer) -> None:
    index(Project("alpha", "1.0"), Project("alpha", "2.0"), Project("beta", requires=("alpha<2",)))
    venv.install("beta")

    venv.install("alpha>=2", keep=False)

    assert venv.version("alpha") == "2.0"
    assert [note.partition(", found")[0] for note in venv.notes] == [
        "a requirement of an earlier install is no longer satisfied: `beta -> alpha<2` requires `<2`"
    ]


def test_an_install_without_requirements_repairs_earlier_ones(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("alpha", "1.1"))
    venv.install("alpha")
    for entry in base.site.glob("alpha*"):
        entry.rename(base.prefix / entry.name)

    plan = venv.install()

    assert actions(plan) == {"alpha": "install"}
    assert venv.version("alpha") == "1.1"


@pytest.mark.parametrize("backend", BACKENDS)
def test_constraints_of_the_pip_configuration_apply_to_the_base(
    venv: Venv, base: Base, index: Indexer, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("alpha", "2.0"))
    index(Project("alpha", "1.0"))
    (tmp_path / "limits.txt").write_text("alpha<2\n")
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "limits.txt"))

    assert actions(venv.install("alpha", backend=backend)) == {"alpha": "shadow"}
    assert venv.version("alpha") == "1.0"


@pytest.mark.parametrize(("words", "backend"), [((), "uv"), (("-e",), "uv"), (("-e",), "pip")], ids=str)
def test_a_project_in_a_folder_with_an_odd_name(
    venv: Venv, index: Indexer, tmp_path: Path, backend: str, words: tuple[str, ...]
) -> None:
    index()
    hash_mark = "#" if backend == "pip" else ""  # uv reads it as the start of a URL fragment, even if it is quoted
    source = make_source(tmp_path / f""" a -b{hash_mark}c%20d;e[f]"g'${{HOME}}""" / "mine", Project("mine"))

    assert actions(venv.install(*words, str(source), backend=backend)) == {"mine": "install"}
    assert venv.version("mine") == "1.0"
    assert venv.install(*words, str(source), backend=backend).changes == ()


def test_a_read_only_environment_that_satisfies_the_request_is_accepted(
    venv: Venv, base: Base, index: Indexer, notes: list[str]
) -> None:
    """As in a container image of another user, where pip reports that the requirement is already satisfied."""
    base.install(Project("alpha"), Project("tool", scripts={"tool": "#!python\n"}))
    index(Project("beta"), Project("gamma"))
    venv.install("beta")
    (venv.prefix / ".thinvenv.lock").unlink(missing_ok=True)
    (venv.prefix / ".thinvenv.lock").mkdir()  # so that the lock cannot be acquired, even by root

    assert actions(venv.install("alpha", "beta")) == {"alpha": "reuse"}
    assert "cannot be written. Nothing had to be installed" in notes[-1]
    for requirement in ("gamma", "tool"):  # the script of `tool` cannot be written
        with pytest.raises(UnwritableError, match="cannot write to"):
            venv.install(requirement)


def test_a_read_only_environment_without_the_links_is_an_error(base: Base, make_venv: Callable[..., Venv]) -> None:
    base.install(Project("alpha"))
    venv = make_venv(python=str(base.python), reuse="link")
    (venv.prefix / ".thinvenv.lock").unlink(missing_ok=True)
    (venv.prefix / ".thinvenv.lock").mkdir()

    with pytest.raises(UnwritableError, match="cannot write to"):
        venv.install("alpha")

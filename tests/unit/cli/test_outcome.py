"""What people read about plans: one line, short names of layers, and a repr."""

from __future__ import annotations

import pytest

from thinvenv.cli import outcome, tables
from thinvenv.cli.create import activation
from thinvenv.model import Candidate, Distribution, Install, Plan, Remove, Reuse, Shadow

CONDA = "/opt/conda/lib/python3.12/site-packages"


def reuse(name: str, layer: str) -> Reuse:
    return Reuse(Distribution(name, "1.0", f"{layer}/{name}-1.0.dist-info", layer), (name,))


def install(name: str, version: str | None = "2.0") -> Install:
    return Install(Candidate(name, version), (name,))


def test_the_line_about_an_install_names_bases_and_sizes() -> None:
    removed = Remove(Distribution("gone", "1.0", "", "/venv"), ("gone",))
    plan = Plan((removed, install("alpha"), install("beta"), reuse("numpy", CONDA)), stored=frozenset({"beta"}))

    line = outcome.outcome(plan, 1_400_000, 0.12)

    assert line == "reused 1 from conda, linked 1 from the store, installed 1 (1.4 MB), removed 1 in 0.1 s"
    assert outcome.outcome(Plan(), 0, 2) == "changed nothing in 2.0 s"
    many = Plan(tuple(reuse(f"d{number}", f"/opt/b{number}/lib/python3/site-packages") for number in range(4)))
    assert outcome.outcome(many, 0, 0) == "reused 4 from 4 directories in 0.0 s"


def test_what_the_installer_has_listed_is_not_listed_again(capsys: pytest.CaptureFixture[str]) -> None:
    shadow = Shadow(Candidate("numpy", "1.0"), reuse("numpy", CONDA).distribution, ("numpy<2",))
    plan = Plan((install("alpha"), install("beta"), shadow), stored=frozenset({"beta"}))

    tables.show_plan(plan, done=True, listed=True)
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[1:]] == ["beta", "numpy"]
    tables.show_plan(plan, done=True, listed=True, complete=True)
    assert "alpha" in capsys.readouterr().out
    tables.show_plan(Plan((install("alpha"),)), done=True, listed=True)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (CONDA, "conda"),
        ("/usr/lib/python3/dist-packages", "/usr/lib/python3/dist-packages"),
        ("/usr/local/lib/python3.12/site-packages", "/usr/local/lib/python3.12/site-packages"),
        ("/srv/apps", "/srv/apps"),
        ("/home/me/.pyenv/versions/3.12.1/lib/python3.12/site-packages", "versions/3.12.1"),
        ("/home/me/project/.venv/lib/python3.12/site-packages", "project/.venv"),
    ],
)
def test_a_base_has_the_name_of_its_root(layer: str, name: str) -> None:
    assert outcome.base_name(layer) == name


def test_layers_are_numbered_in_their_order() -> None:
    assert outcome.layer_names(["/a", "/b", "/a"]) == {"/a": "base", "/b": "base2"}


def test_a_plan_reads_in_one_line() -> None:
    removed = Remove(Distribution("gone", "1.0", "", "/venv"), ("gone",))
    plan = Plan((removed, install("alpha"), install("local", None), reuse("numpy", CONDA)))

    assert repr(plan) == "<Plan: reuse 1, install 2, remove 1: remove gone 1.0, install alpha 2.0, install local>"
    assert repr(Plan((install("alpha"),), stored=frozenset({"alpha"}))) == (
        "<Plan: reuse 0, link 1 from the store: install alpha 2.0>"
    )


@pytest.mark.parametrize(
    ("environ", "command"),
    [
        ({"SHELL": "/bin/bash"}, ". 'my env/bin/activate'"),
        ({"SHELL": "/usr/bin/fish"}, "source 'my env/bin/activate.fish'"),
        ({"SHELL": "/bin/tcsh"}, "source 'my env/bin/activate.csh'"),
        ({"PSModulePath": "x"}, "& 'my env/bin/Activate.ps1'"),
        ({}, ". 'my env/bin/activate'"),
    ],
)
def test_how_to_activate_depends_on_the_shell(environ: dict[str, str], command: str) -> None:
    assert activation("my env", "/tmp/my env/bin", environ) == command

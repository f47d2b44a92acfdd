"""The data files of what is reused are below ``sys.prefix``, as after a full install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, make_base, snapshot
from support.projects import Project
from thinvenv import engine
from thinvenv.environments import receipt
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.venv import Indexer, Venv
    from thinvenv.choices import BackendName

CODE = """
import os, sys
def main():
    print(open(os.path.join(sys.prefix, "share", "conv", "template.txt")).read())
"""


def conv(version: str = "1.0", **data: str) -> Project:
    """Return a project that prints a template below ``sys.prefix``."""
    files = {"share/conv/template.txt": f"template {version}", "etc/conv.d/conv.json": "{}"} | data
    return Project(
        "conv",
        version,
        modules={"conv.py": CODE} | {f"conv-{version}.data/data/{path}": text for path, text in files.items()},
        entry_points="[console_scripts]\nconv = conv:main\n",
    )


def data_of(venv: Venv) -> dict[str, str]:
    """Return the content of all files below ``share`` and ``etc`` by their paths."""
    files = [path for name in ("share", "etc") for path in (venv.prefix / name).rglob("*") if path.is_file()]
    return {str(path.relative_to(venv.prefix)): path.read_text() for path in files}


def replace_in(base: Base, project: Project) -> None:
    """Install another version of a project into a base."""
    for dist_info in base.site.glob(f"{project.name}-*.dist-info"):
        shutil.rmtree(dist_info)
    base.install(project)


@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_data_files_of_what_is_reused_are_below_the_prefix(
    base: Base, make_venv: Callable[..., Venv], reuse: str
) -> None:
    base.install(conv())
    before = snapshot(base.prefix)
    venv = make_venv(python=str(base.python), reuse=reuse)

    venv.install("conv")

    assert data_of(venv) == {"share/conv/template.txt": "template 1.0", "etc/conv.d/conv.json": "{}"}
    assert (venv.prefix / "share" / "conv" / "template.txt").is_symlink()
    assert not (venv.prefix / "share" / "conv").is_symlink()
    assert check.check(venv.prefix, venv.context).ok
    assert snapshot(base.prefix) == before
    assert venv.call(venv.prefix / "bin" / "conv") == "template 1.0"


@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_kernels_that_start_the_interpreter_of_the_base_are_left_out(
    base: Base, make_venv: Callable[..., Venv], reuse: str
) -> None:
    kernels = {"own": "python", "conda": str(base.python)}
    data = {f"share/jupyter/kernels/{name}/kernel.json": f'{{"argv": ["{argv}"]}}' for name, argv in kernels.items()}
    base.install(conv(**data))
    venv = make_venv(python=str(base.python), reuse=reuse)

    venv.install("conv")

    assert [path.parent.name for path in (venv.prefix / "share").rglob("kernel.json")] == ["own"]


def test_data_files_go_when_their_distribution_is_no_longer_used(venv: Venv, base: Base) -> None:
    base.install(conv(), Project("alpha", requires=("conv",)))
    (venv.prefix / "share" / "mine").mkdir(parents=True)
    venv.install("alpha")
    assert set(data_of(venv)) == {"share/conv/template.txt", "etc/conv.d/conv.json"}

    replace_in(base, Project("alpha", "1.1"))
    venv.install("alpha")

    assert data_of(venv) == {}
    assert not (venv.prefix / "etc").exists()
    assert [path.name for path in (venv.prefix / "share").iterdir()] == ["mine"]


def test_files_of_others_are_neither_overwritten_nor_removed(venv: Venv, base: Base) -> None:
    base.install(conv(), Project("alpha", requires=("conv",)))
    template, settings = venv.prefix / "share" / "conv" / "template.txt", venv.prefix / "etc" / "conv.d" / "conv.json"
    template.parent.mkdir(parents=True)
    template.write_text("mine")
    venv.install("alpha")
    settings.unlink()
    settings.write_text("mine")

    replace_in(base, Project("alpha", "1.1"))
    venv.install("alpha")

    assert template.read_text() == settings.read_text() == "mine"


def test_a_folder_that_leads_out_of_the_environment_is_left_alone(venv: Venv, base: Base, tmp_path: Path) -> None:
    base.install(conv())
    (tmp_path / "elsewhere").mkdir()
    (venv.prefix / "share").symlink_to(tmp_path / "elsewhere")
    (venv.prefix / "etc").write_text("a file")

    venv.install("conv")

    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (venv.prefix / "etc").read_text() == "a file"


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_an_installed_version_replaces_the_links(venv: Venv, base: Base, index: Indexer, backend: BackendName) -> None:
    base.install(conv())
    index(conv("2.0"), Project("third", modules={"third.py": "", "third-1.0.data/data/etc/conv.d/conv.json": "third"}))
    venv.install("conv")
    before = snapshot(base.prefix)

    venv.install("third", backend=backend)

    assert data_of(venv)["etc/conv.d/conv.json"] == "third"
    assert snapshot(base.prefix) == before

    venv.install("conv==2.0", backend=backend)

    assert venv.call(venv.prefix / "bin" / "conv") == "template 2.0"
    assert not (venv.prefix / "share" / "conv" / "template.txt").is_symlink()
    assert snapshot(base.prefix) == before


def test_links_follow_a_base_that_changes(venv: Venv, base: Base) -> None:
    base.install(conv(**{"share/conv/old.txt": "old"}))
    venv.install("conv")
    (base.prefix / "share" / "conv" / "old.txt").unlink()
    replace_in(base, conv("1.1", **{"share/conv/new.txt": "new"}))

    assert any(
        "data file share/conv/old.txt" in finding.text for finding in check.check(venv.prefix, venv.context).findings
    )
    venv.install("conv")

    assert set(data_of(venv)) == {"share/conv/template.txt", "share/conv/new.txt", "etc/conv.d/conv.json"}
    assert not os.path.lexists(venv.prefix / "share" / "conv" / "old.txt")
    assert check.check(venv.prefix, venv.context).ok


def test_a_further_environment_gets_the_same_data_files(
    base: Base, make_venv: Callable[..., Venv], monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(conv())
    first, second, third = (make_venv(name, str(base.python)) for name in ("first", "second", "third"))
    first.install("conv")
    resolved: list[object] = []
    monkeypatch.setattr(engine, "_resolve_and_apply", lambda *arguments: resolved.append(arguments))

    second.install("conv")

    assert resolved == []
    assert data_of(second) == data_of(first)
    saved, original = receipt.load(second.prefix), receipt.load(first.prefix)
    assert saved
    assert original
    assert saved.data_files == original.data_files

    monkeypatch.undo()
    (base.prefix / "share" / "conv" / "template.txt").unlink()
    third.install("conv")
    assert not os.path.lexists(third.prefix / "share" / "conv")


def test_data_files_of_a_further_base_and_of_a_folder_of_pip_target(
    tmp_path: Path, base: Base, make_venv: Callable[..., Venv]
) -> None:
    other = make_base(tmp_path / "other")
    other.install(conv())
    venv = make_venv("over-two", str(base.python), bases=[str(other.prefix)])

    venv.install("conv")

    assert venv.call(venv.prefix / "bin" / "conv") == "template 1.0"

    wheel = other.prefix / "wheels" / "conv-1.0-py3-none-any.whl"
    target = tmp_path / "target"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-index", "--target", target, wheel], check=True)
    over_target = make_venv("over-target", str(base.python), bases=[str(target)])

    over_target.install("conv")

    assert over_target.call(over_target.prefix / "bin" / "conv") == "template 1.0"
    assert Path(os.readlink(over_target.prefix / "share" / "conv" / "template.txt")).is_relative_to(target)


@pytest.mark.registry
def test_jupyter_finds_its_templates_extensions_and_kernels(tmp_path: Path, make_venv: Callable[..., Venv]) -> None:
    full = make_venv("full", reuse="off")
    full.install("nbconvert", "ipykernel", "jupyterlab-pygments", "jupyter-server")
    notebook = tmp_path / "notebook.ipynb"
    notebook.write_text(
        '{"cells": [{"cell_type": "code", "source": ["print(6 * 7)"], "metadata": {}, "outputs": [], "id": "a", '
        '"execution_count": null}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    for reuse in ("inherit", "link"):
        thin = make_venv(reuse, str(full.python), reuse=reuse)
        thin.install("nbconvert", "ipykernel", "jupyterlab-pygments", "jupyter-server")

        words = ("nbconvert", "--to", "html", "--execute", "--output", reuse, notebook)
        thin.call(thin.prefix / "bin" / "jupyter", *words)
        kernels = thin.call(thin.prefix / "bin" / "jupyter", "kernelspec", "list")

        assert ">42" in (tmp_path / f"{reuse}.html").read_text()
        share = thin.prefix / "share" / "jupyter"
        assert str(share / "kernels" / "python3") in kernels
        assert (share / "labextensions" / "jupyterlab_pygments" / "package.json").is_file()

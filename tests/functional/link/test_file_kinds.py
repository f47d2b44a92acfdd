"""Reuse mode ``link``: every kind of file and metadata is linked, and visible to Python, pip and uv."""

from __future__ import annotations

import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, snapshot
from support.projects import Project, make_source
from support.sample_projects import SAMPLE_NAMES, SAMPLE_PROJECTS
from support.venv import Indexer, Venv, actions
from thinvenv.backends.uv_program import find_uv
from thinvenv.creation import create
from thinvenv.creation.pyvenv_cfg import sync_config
from thinvenv.installation import check

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def rich(linked: Venv, base: Base) -> Venv:
    base.install(*SAMPLE_PROJECTS)
    linked.install(*SAMPLE_NAMES)
    return linked


def _egg_info(site: Path, name: str, version: str, files: dict[str, str], **metadata: str) -> None:
    info = site / f"{name}-{version}.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text(f"Metadata-Version: 1.1\nName: {name}\nVersion: {version}\nSummary: Old.\n")
    for key, text in metadata.items():
        (info / key.replace("_txt", ".txt")).write_text(text)
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)


def _links(venv: Venv) -> dict[str, str]:
    return {str(path): str(path.readlink()) for path in venv.prefix.rglob("*") if path.is_symlink()}


def test_pip_and_uv_list_linked_distributions(rich: Venv, index: Indexer) -> None:
    index()
    uv = find_uv(rich.context.environ)
    assert uv
    before = _links(rich)
    pip = (sys.executable, "-m", "pip", "--python", str(rich.python))

    listed = [line.partition("==")[0] for line in rich.call(*pip, "list", "--format=freeze").splitlines()]
    by_uv = [line.partition("==")[0] for line in rich.call(uv, "pip", "freeze", "--python", rich.python).splitlines()]
    rich.call(*pip, "check")
    rich.call(uv, "pip", "check", "--python", rich.python)
    rich.call(uv, "pip", "install", "--python", rich.python, *SAMPLE_NAMES)
    rich.call(*pip, "install", *SAMPLE_NAMES)

    assert set(SAMPLE_NAMES) <= set(listed)
    assert set(SAMPLE_NAMES) <= set(by_uv)
    assert _links(rich) == before


def test_the_standard_library_sees_linked_distributions(rich: Venv) -> None:
    assert (
        rich.run("import pkgutil, tree; print(*(m.name for m in pkgutil.iter_modules(tree.__path__)))") == "inner leaf"
    )
    assert (
        rich.run("import pkgutil, ns.deep; print(*(m.name for m in pkgutil.iter_modules(ns.deep.__path__)))")
        == "one two"
    )
    assert rich.run("import importlib.resources as r; print(r.read_text('tree', 'data.txt').strip())") == "data"
    assert rich.run("from importlib import metadata as m; print(*m.packages_distributions()['tree'])") == "tree"
    assert rich.run("import tree; print(tree.__file__)") == str(rich.site / "tree" / "__init__.py")
    script = "import importlib.metadata as m; print([p.name for p in m.distribution('tree').entry_points])"
    assert rich.run(script) == "['tree', 'tree']"


def test_data_headers_libraries_stubs_and_scripts_are_linked(rich: Venv) -> None:
    assert (rich.prefix / "share" / "tree" / "readme.txt").read_text() == "read me\n"
    assert (rich.prefix / "include" / "tree.h").read_text() == "/* tree */\n"
    assert (rich.site / "tree.libs").is_symlink()
    assert (rich.site / "tree-stubs" / "__init__.pyi").is_symlink()
    assert rich.call(rich.prefix / "bin" / "tree") == "leaf"
    assert rich.call(rich.prefix / "bin" / "plant") == str(rich.prefix)


def test_an_egg_info_is_linked_by_its_top_level_names(linked: Venv, base: Base) -> None:
    files = {"old/__init__.py": "", "old_single.py": "", "not_mine.py": ""}
    _egg_info(base.site, "old", "1.0", files, top_level_txt="old\nold_single\n", requires_txt="alpha>=1\n")
    base.install(Project("alpha", "1.2"))

    linked.install("old")

    assert linked.run("import old, old_single, alpha") == ""
    assert not (linked.site / "not_mine.py").exists()
    script = "import importlib.metadata as m; print(m.version('old'), m.requires('old'), m.metadata('old')['Summary'])"
    assert linked.run(script) == "1.0 ['alpha>=1'] Old."


def test_base_directories_that_are_symbolic_links(linked: Venv, base: Base, tmp_path: Path) -> None:
    """Linux distributions store data elsewhere, and link to them."""
    _egg_info(base.site, "old", "1.0", {"old/__init__.py": "", "old/sub/__init__.py": ""}, top_level_txt="old\n")
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "data.txt").write_text("data\n")
    (base.site / "old" / "data").symlink_to(tmp_path / "share")
    before = snapshot(base.prefix)

    linked.install("old")

    script = "import importlib.resources as r; print(r.files('old').joinpath('data', 'data.txt').read_text().strip())"
    assert linked.run(script) == "data"
    assert check.check(linked.prefix, linked.context).ok
    linked.call(sys.executable, "-m", "pip", "--python", str(linked.python), "uninstall", "--yes", "old")
    assert snapshot(base.prefix) == before
    assert (tmp_path / "share" / "data.txt").is_file()


def test_an_egg_info_is_linked_by_its_installed_files(linked: Venv, base: Base) -> None:
    _egg_info(
        base.site, "old", "1.0", {"named/__init__.py": ""}, installed_files_txt="../named/__init__.py\nPKG-INFO\n"
    )
    (base.site / "old-1.0.egg-info" / "installed_files.txt").rename(
        base.site / "old-1.0.egg-info" / "installed-files.txt"
    )

    linked.install("old")

    assert linked.run("import named") == ""


def test_a_dist_info_without_record_is_linked_by_its_name(linked: Venv, base: Base) -> None:
    base.install(Project("Old-Style"))
    (base.site / "old_style-1.0.dist-info" / "RECORD").unlink()

    linked.install("old-style")

    assert linked.run("import old_style") == ""


def test_a_distribution_without_known_files_is_installed_and_reported(
    linked: Venv, base: Base, index: Indexer, notes: list[str]
) -> None:
    index(Project("riddle", modules={"answer.py": ""}))
    base.install(Project("riddle", modules={"answer.py": ""}))
    (base.site / "riddle-1.0.dist-info" / "RECORD").unlink()

    plan = linked.install("riddle")

    assert actions(plan) == {"riddle": "shadow"}
    assert notes == [f"no metadata list the files of riddle 1.0 in {base.site}, so it is not linked"]
    assert linked.run("import answer") == ""


@pytest.mark.parametrize("kind", ["directory", "archive"])
def test_an_egg_is_linked(linked: Venv, base: Base, kind: str) -> None:
    files = {
        "EGG-INFO/PKG-INFO": "Metadata-Version: 1.1\nName: egged\nVersion: 1.0\n",
        "EGG-INFO/top_level.txt": "egged\n",
        "egged/__init__.py": "__version__ = '1.0'\n",
    }
    egg = base.site / "egged-1.0-py3.egg"
    if kind == "archive":
        with zipfile.ZipFile(egg, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
    else:
        for name, text in files.items():
            (egg / name).parent.mkdir(parents=True, exist_ok=True)
            (egg / name).write_text(text)
    (base.site / "easy-install.pth").write_text(f"./{egg.name}\n")
    sync_config(linked.prefix, linked.context, reuse="off")
    sync_config(linked.prefix, linked.context, reuse="link")

    linked.install("egged")

    assert linked.version("egged") == "1.0"
    assert linked.run("import importlib.metadata as m; print(m.version('egged'))") == "1.0"


def test_an_editable_of_the_base_is_linked(linked: Venv, base: Base, tmp_path: Path) -> None:
    source = make_source(tmp_path / "work", Project("worked", modules={"worked/__init__.py": "__version__ = '1'\n"}))
    pip = (
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(base.python),
        "install",
        "--no-build-isolation",
        "-e",
        str(source),
    )
    linked.call(*pip)

    plan = linked.install("worked")

    assert actions(plan) == {"worked": "reuse"}
    assert linked.version("worked") == "1"
    (source / "src" / "worked" / "__init__.py").write_text("__version__ = '2, edited'\n")
    assert linked.version("worked") == "2, edited"
    assert "dir_info" in linked.run(
        "import importlib.metadata as m; print(m.distribution('worked').read_text('direct_url.json'))"
    )


def test_pth_files_of_a_linked_distribution_are_executed(linked: Venv, base: Base) -> None:
    base.install(Project("pathed", modules={"pathed.pth": "import sys; sys.pathed = True\n", "pathed.py": ""}))

    linked.install("pathed")

    assert linked.run("import sys; print(sys.pathed)") == "True"


def test_linked_and_installed_parts_share_a_namespace(linked: Venv, base: Base, index: Indexer) -> None:
    base.install(*SAMPLE_PROJECTS)
    index(
        Project("ns-three", modules={"ns/deep/three/__init__.py": ""}),
        Project(
            "pk-three", modules={"pk/__init__.py": SAMPLE_PROJECTS[-2].modules["pk/__init__.py"], "pk/three.py": ""}
        ),
    )
    before = snapshot(base.prefix)

    linked.install("ns-one", "pk-one")
    linked.install("ns-three", "pk-three")

    assert linked.run("import ns.deep.one, ns.deep.three, pk.one, pk.three") == ""
    assert (
        linked.run("import importlib.util as u; print(u.find_spec('ns.deep.two'), u.find_spec('pk.two'))")
        == "None None"
    )
    assert snapshot(base.prefix) == before


def test_a_linked_environment_can_be_a_base(rich: Venv, base: Base, tmp_path: Path, notes: list[str]) -> None:
    upper = Venv(tmp_path / "upper", notes)
    create.create(upper.prefix, upper.context, python=str(base.python), bases=[str(rich.prefix)], reuse="link")
    before = snapshot(rich.prefix), snapshot(base.prefix)

    upper.install("tree", "ns-one", "pk-two")

    assert upper.run("import tree.leaf, ns.deep.one, pk.two") == ""
    assert (snapshot(rich.prefix), snapshot(base.prefix)) == before

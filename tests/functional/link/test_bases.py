"""Reuse mode ``link`` over every kind of base: a linked environment equals a full install."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.bases import installed_interpreters, make_base, snapshot
from support.metadata_formats import FORMATS, DistributionSpec, RequirementSpec, write, write_files
from support.projects import Project, install_into, unpack_into
from support.sample_projects import SAMPLE_NAMES, SAMPLE_PROJECTS
from support.venv import Indexer, Venv, actions
from thinvenv.backends.uv_program import find_uv
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base

_DESCRIBE = """
import json, os, sys
from importlib import import_module, metadata
from pkgutil import walk_packages
ours = ("_thinvenv", "_virtualenv")
site = [path for path in sys.path if path.startswith(sys.prefix)]
walked = sorted(module.name for module in walk_packages(site) if not module.name.startswith(ours))
def inside(path):
    return os.path.relpath(os.path.normpath(str(path)), sys.prefix)
files, points, names = {}, {}, []
for top in ("lib", "share", "include"):
    for folder, _, file_names in os.walk(os.path.join(sys.prefix, top), followlinks=True):
        for name in file_names:
            path = inside(os.path.join(folder, name))
            if not name.startswith(ours) and not name.endswith(".pyc") and ".dist-info" not in path:
                files[path] = open(os.path.join(folder, name)).read()
for dist in metadata.distributions():
    text = [dist.metadata["Name"], dist.version, dist.requires, dist.read_text("direct_url.json")]
    names.append(text)
    points[dist.metadata["Name"]] = sorted(map(str, dist.entry_points))
    for path in dist.files or ():
        exists = os.path.exists(str(path.locate())) or path.parts[-2:-1] == ("__pycache__",)
        assert exists, (dist.metadata["Name"], str(path))
for name in walked:
    import_module(name)
imported = sorted(key for key in sys.modules if key.split(".")[0] in {name.split(".")[0] for name in walked})
scripts = sorted(name for name in os.listdir(os.path.join(sys.prefix, "bin")) if name in sys.argv[1:])
owners = {key: sorted(set(names)) for key, names in getattr(metadata, "packages_distributions", dict)().items()}
print(json.dumps([walked, imported, files, sorted(names), points, scripts, owners]))
"""
"""Code that prints the modules, files, metadata, entry points and scripts of an environment as JSON."""


def _described(venv: Venv) -> list[Any]:
    description: list[Any] = json.loads(venv.run(_DESCRIBE, "tree", "plant"))
    return description


def _full(tmp_path: Path, python: str, *projects: Project) -> Venv:
    """Return an environment in which projects are installed by an installer."""
    venv = Venv(tmp_path / "full", [])
    subprocess.run([python, "-m", "venv", "--without-pip", str(venv.prefix)], check=True)
    install_into(venv.prefix, venv.python, *projects)
    return venv


def _uv(venv: Venv, *words: str) -> str:
    uv = find_uv(venv.context.environ)
    assert uv
    return venv.call(uv, "pip", *words, "--python", venv.python)


@pytest.mark.parametrize("python", installed_interpreters().values(), ids=installed_interpreters())
def test_a_linked_environment_equals_a_full_install_on_each_python(
    tmp_path: Path, make_venv: Callable[..., Venv], python: str
) -> None:
    base = make_base(tmp_path / "base", python).install(*SAMPLE_PROJECTS)
    linked = make_venv("linked", python=str(base.python), reuse="link")

    linked.install(*SAMPLE_NAMES)

    assert _described(linked) == _described(_full(tmp_path, str(base.python), *SAMPLE_PROJECTS))


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_linking_from_a_target_folder(
    tmp_path: Path, base: Base, make_venv: Callable[..., Venv], index: Indexer, installer: str
) -> None:
    """Data, headers and scripts lie in the target folder; pip does not change RECORD for that, uv does."""
    index(*SAMPLE_PROJECTS)
    folder = tmp_path / "target"
    pip = (sys.executable, "-m", "pip", "--python", str(base.python), "install", "--target", str(folder), *SAMPLE_NAMES)
    uv = (
        str(find_uv(os.environ)),
        "pip",
        "install",
        "--python",
        str(base.python),
        "--target",
        str(folder),
        *SAMPLE_NAMES,
    )
    subprocess.run(pip if installer == "pip" else uv, check=True, capture_output=True)
    linked = make_venv("linked", python=str(base.python), bases=[str(folder)], reuse="link")
    before = snapshot(folder)

    linked.install(*SAMPLE_NAMES)

    full = _described(_full(tmp_path, str(base.python), *SAMPLE_PROJECTS))
    description = _described(linked)
    headers = {path for path in full[2] if path.startswith("include")}
    assert {path for path in description[2] if path.startswith("include")}
    assert {path: text for path, text in description[2].items() if not path.startswith("include")} == {
        path: text for path, text in full[2].items() if path not in headers
    }
    assert (description[0], description[1], description[4:]) == (full[0], full[1], full[4:])
    assert check.check(linked.prefix, linked.context).ok
    _uv(linked, "uninstall", *SAMPLE_NAMES)
    assert not [path for path in linked.prefix.rglob("*.*") if path.is_symlink() and path.parent.name != "bin"]
    assert snapshot(folder) == before


def test_linking_from_a_folder_of_the_home_scheme(tmp_path: Path, base: Base, make_venv: Callable[..., Venv]) -> None:
    site = tmp_path / "home" / "lib" / "python"
    unpack_into(site, Project("alpha", modules={"alpha.py": "", ".hidden": ""}))
    write_files(tmp_path / "home", {"share/.alpha/data.txt": "data\n", "bin/alpha": "#!/bin/sh\n"})
    record = site / "alpha-1.0.dist-info" / "RECORD"
    record.write_text(record.read_text() + "../../share/.alpha/data.txt,,\n../../bin/alpha,,\n")
    linked = make_venv("linked", python=str(base.python), bases=[str(tmp_path / "home")], reuse="link")

    linked.install("alpha")

    assert (linked.prefix / "share" / ".alpha" / "data.txt").read_text() == "data\n"
    assert {"alpha.py", ".hidden"} <= {path.name for path in linked.site.iterdir()}
    assert not (linked.site / "bin").exists()
    assert check.check(linked.prefix, linked.context).ok


@pytest.mark.parametrize("form", FORMATS)
def test_linking_each_metadata_format(base: Base, make_venv: Callable[..., Venv], form: str) -> None:
    text = "[console_scripts]\nasking = asking:main\n[host]\nplugin = asking:plug\n"
    spec = DistributionSpec(
        "asking",
        "1.5",
        (RequirementSpec("asked", ">=1"), RequirementSpec("more", extra="full")),
        ("full",),
        entry_points=text,
    )
    write(base.site, form, spec)
    write(base.site, form, DistributionSpec("asked", "1.1"))
    write(base.site, form, DistributionSpec("undeclared"))
    linked = make_venv("linked", python=str(base.python), reuse="link")
    before = snapshot(base.prefix)

    plan = linked.install("asking")

    assert actions(plan) == {"asking": "reuse", "asked": "reuse"}
    assert linked.run("import asking, asked; print(asking.__version__, asked.__version__)") == "1.5 1.1"
    script = "import importlib.metadata as m; print(m.version('asking'), sorted(m.requires('asking')), "
    script += "sorted(p.name for p in m.distribution('asking').entry_points))"
    output = linked.run(script).replace("'", '"').replace(" ;", ";")
    points = [] if form == "egg-info file" else ["asking", "plugin"]  # it cannot have entry points
    assert output == f"1.5 ['asked>=1', 'more; extra == 'full''] {points}".replace("'", '"')
    # The directory of a development install makes all of its modules importable, so it has only one project.
    assert linked.run("import importlib.util as u; print(u.find_spec('undeclared'))") == "None"
    assert _uv(linked, "freeze").splitlines() == ["asked==1.1", "asking==1.5"]
    _uv(linked, "check")
    linked.call(sys.executable, "-m", "pip", "--python", str(linked.python), "check")
    _uv(linked, "uninstall", "asking", "asked")
    assert not [path for path in linked.site.iterdir() if "ask" in path.name]
    assert snapshot(base.prefix) == before


_NSPKG = "__import__('pkg_resources').declare_namespace(__name__)\n"


@pytest.mark.parametrize("init", [None, "", _NSPKG], ids=["native", "a plain package", "pkg_resources"])
def test_namespace_parts_without_a_file_list(base: Base, make_venv: Callable[..., Venv], init: str | None) -> None:
    parts = ("deep.part", "deep.other_part")
    for name in parts:
        write_files(base.site, {f"{name.replace('.', '/')}/__init__.py": "", f"{name.replace('.', '/')}/m.py": ""})
        info = {"METADATA": f"Name: {name.replace('_', '-')}\nVersion: 1.0\n\n", "top_level.txt": "deep\n"}
        write_files(base.site / f"{name.replace('.', '_')}-1.0.dist-info", info)
    write_files(base.site, {"deep/unnamed/__init__.py": ""})
    if init is not None:
        write_files(base.site, {"deep/__init__.py": init})
    linked = make_venv("linked", python=str(base.python), reuse="link")

    linked.install("deep.part")

    shared = init != ""
    names = {path.name for path in (linked.site / "deep").iterdir()} - {"__init__.py"}
    assert names == {"part", "unnamed"} | (set() if shared else {"other_part"})


def test_a_share_folder_in_the_site_directory_is_linked_there(base: Base, make_venv: Callable[..., Venv]) -> None:
    """Some projects install ``share`` beside their modules, and read it there."""
    careless = Project("careless", modules={"careless.py": "", "share/careless.txt": "data\n"})
    unpack_into(base.site, careless)
    linked = make_venv("linked", python=str(base.python), reuse="link")

    linked.install("careless")

    assert (linked.site / "share" / "careless.txt").read_text() == "data\n"

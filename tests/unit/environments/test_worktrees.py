"""An environment over that of another checkout imports its own code, however both are installed.

A model of what build backends write for editable installs: a path file, a finder behind that of the path, or one in
front of everything. ``functional/installation/test_worktrees.py`` has the backends themselves.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from support.start_files import MODELS, model_start
from thinvenv.creation import bases
from thinvenv.environments import probe

if TYPE_CHECKING:
    from thinvenv.model import Environment

FINDER = """\
import os, sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location

class Finder:
    def find_spec(self, name, path=None, target=None):
        parts = name.split(".")
        if parts[0] != {top!r}:
            return None
        folder = os.path.join({root!r}, *parts)
        if os.path.isfile(os.path.join(folder, "__init__.py")):
            return spec_from_file_location(name, os.path.join(folder, "__init__.py"))
        if os.path.isfile(folder + ".py"):
            return spec_from_file_location(name, folder + ".py")
        if os.path.isdir(folder):
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [os.path.join(__file__, *parts)]
            return spec
        return None
"""
INSTALL = {
    "front": "def install(): sys.meta_path.insert(0, Finder())\n",
    "end": "def install(): sys.meta_path.append(Finder())\n",
}
STEMS = ["proj", "_proj", "__editable__.proj-1.0", "Proj", "zoo", "_zoo-editable"]


def write_package(root: Path, package: str, label: str) -> None:
    """Write a package with a module; both have the label."""
    folder = root.joinpath(*package.split("."))
    (folder / "sub").mkdir(parents=True)
    for path in (folder / "__init__.py", folder / "sub" / "__init__.py", folder / "sub" / "deep.py"):
        path.write_text(f"LABEL = {label!r}\n")


def install(form: str, root: Path, package: str, site: Path, stem: str, finder: str) -> None:
    """Install a checkout as a build backend does, or copy it."""
    if form == "copy":
        write_package(site, package, root.name)
    elif form == "path":
        (site / f"{stem}.pth").write_text(f"{root}\n")
    else:
        top = package.partition(".")[0]
        (site / f"{finder}.py").write_text(FINDER.format(top=top, root=str(root)) + INSTALL[form])
        (site / f"{stem}.pth").write_text(f"import {finder}; {finder}.install()\n")
        (site / f"{stem}.start").write_text(f"{finder}:install\n")


forms = st.sampled_from(["path", "end", "front", "copy"])
stems = st.sampled_from(STEMS)


@settings(max_examples=30, deadline=None)
@given(
    own=forms,
    others=forms,
    own_stem=stems,
    other_stem=stems,
    in_namespace=st.booleans(),
    same_finder=st.booleans(),
    version=st.sampled_from(["", *MODELS]),
)
def test_an_environment_imports_its_own_checkout(
    own: str, others: str, own_stem: str, other_stem: str, version: str, *, in_namespace: bool, same_finder: bool
) -> None:
    prefix = "space." if in_namespace else ""
    with TemporaryDirectory() as folder:
        site, base, tree, main, second = (Path(folder, name) for name in ("site", "base", "tree", "main", "second"))
        for path in (site, base, tree, main, second):
            path.mkdir()
        write_package(tree, f"{prefix}proj", "tree")
        write_package(main, f"{prefix}proj", "main")
        write_package(second, f"{prefix}other", "second")
        bases.write_path_file(environment_at(site), [str(base)])
        install(own, tree, f"{prefix}proj", site, own_stem, "own_finder")
        install(others, main, f"{prefix}proj", base, other_stem, "own_finder" if same_finder else "base_finder")
        install("end" if others == "front" else others, second, f"{prefix}other", base, "another", "second_finder")

        modules = [f"{prefix}{name}" for name in ("proj", "proj.sub.deep", "other.sub")]
        if own == "front" and in_namespace:  # such a finder claims the whole namespace, in any environment
            modules.pop()

        labels = imported_labels(site, version, modules)

    assert labels == ["tree", "tree", "second"][: len(modules)]


def environment_at(site: Path) -> Environment:
    return probe.probe(Path(sys.executable), {})._replace(purelib=str(site))


def imported_labels(site: Path, version: str, modules: list[str]) -> list[str]:
    """Return the labels of modules as an interpreter imports them that starts with a site directory."""
    start = model_start(version).replace("model.start()", "model.replace_functions()") if version else ""
    imports = f"import importlib\nfor name in {modules}: print(importlib.import_module(name).LABEL)"
    script = f"{start}\nimport site\nsite.addsitedir({str(site)!r})\n{imports}"
    command = [sys.executable, "-I", "-S", "-B", "-c", script]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return process.stdout.split()

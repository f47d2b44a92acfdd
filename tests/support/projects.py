"""Projects of the tests: their wheels, source trees, a static index of them, and installs into a base."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile
from packaging.utils import canonicalize_name
from uv import find_uv_bin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Project:
    """A project to build a wheel of; by default it has one module of its name with a ``__version__``."""

    name: str
    version: str = "1.0"
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    requires_python: str = ""
    modules: Mapping[str, str] = field(default_factory=dict)
    entry_points: str = ""
    scripts: Mapping[str, str] = field(default_factory=dict)
    tag: str = "py3-none-any"
    pure: bool = True

    @property
    def stem(self) -> str:
        return f"{canonicalize_name(self.name).replace('-', '_')}-{self.version}"

    def files(self) -> dict[str, str]:
        """Return the content of the files in the wheel by path, RECORD left out."""
        module = canonicalize_name(self.name).replace("-", "_")
        modules = self.modules or {f"{module}/__init__.py": f"__version__ = {self.version!r}\n"}
        files = {**modules, f"{self.stem}.dist-info/METADATA": self.metadata()}
        files[f"{self.stem}.dist-info/WHEEL"] = (
            f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {str(self.pure).lower()}\nTag: {self.tag}\n"
        )
        if self.entry_points:
            files[f"{self.stem}.dist-info/entry_points.txt"] = self.entry_points
        for name, text in self.scripts.items():
            files[f"{self.stem}.data/scripts/{name}"] = text
        return files

    def metadata(self) -> str:
        """Return the text of METADATA."""
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        lines += [f"Requires-Python: {self.requires_python}"] if self.requires_python else []
        lines += [f"Provides-Extra: {extra}" for extra in self.extras]
        lines += [f"Requires-Dist: {requirement}" for requirement in self.requires]
        return "\n".join(lines) + "\n\nA project of the tests.\n"


def build_wheel(project: Project, folder: Path) -> Path:
    """Write the wheel of a project into a folder, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{project.stem}-{project.tag}.whl"
    record = ""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in project.files().items():
            data = text.encode("utf-8", "surrogateescape")  # a binary file is text from os.fsdecode
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(data)}\n"
            archive.writestr(name, data)
        archive.writestr(f"{project.stem}.dist-info/RECORD", f"{record}{project.stem}.dist-info/RECORD,,\n")
    return path


def make_index(folder: Path, projects: Iterable[Project]) -> str:
    """Write a static index (PEP 503) of some projects, or add them to the one in the folder; return its URL."""
    for project in projects:
        wheel = build_wheel(project, folder / "files")
        page = folder / "simple" / canonicalize_name(project.name)
        page.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        with (page / "index.html").open("a") as file:
            file.write(f'<a href="../../files/{wheel.name}#sha256={digest}">{wheel.name}</a><br>\n')
    (folder / "simple").mkdir(parents=True, exist_ok=True)
    return (folder / "simple").as_uri()


def install_into(prefix: Path, python: Path, *projects: Project) -> None:
    """Install projects into the environment at a prefix as an installer does, with scripts and RECORD."""
    site = next((prefix / "lib").glob("python3*")) / "site-packages"
    scheme = {
        "purelib": site,
        "platlib": site,
        "scripts": prefix / "bin",
        "data": prefix,
        "headers": prefix / "include",
    }
    for project in projects:
        wheel = build_wheel(project, prefix / "wheels")
        destination = SchemeDictionaryDestination(
            {key: str(value) for key, value in scheme.items()},
            interpreter=str(python),
            script_kind="posix",
            overwrite_existing=True,
        )
        with WheelFile.open(wheel) as source:
            install(source, destination, additional_metadata={"INSTALLER": b"tests\n"})


def unpack_into(site: Path, *projects: Project) -> None:
    """Unpack projects into a directory without an interpreter, as ``pip install --target`` does."""
    site.mkdir(parents=True, exist_ok=True)
    for project in projects:
        for name, text in project.files().items():
            path = site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (site / f"{project.stem}.dist-info" / "RECORD").write_text("".join(f"{name},,\n" for name in project.files()))


def make_source(folder: Path, project: Project) -> Path:
    """Write the source tree of a project, whose build backend lies beside it and requires nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        f'[project]\nname = "{project.name}"\nversion = "{project.version}"\n'
        f"dependencies = {list(project.requires)!r}\n"
        + (f'requires-python = "{project.requires_python}"\n' if project.requires_python else "")
    )
    for name, text in project.files().items():
        if ".dist-info/" not in name:
            path = folder / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    (folder / "backend.py").write_text((Path(__file__).parent / "_backend.py").read_text())
    return folder


def lock_project(folder: Path) -> None:
    """Lock a project with uv for the Python that runs the tests: without ``requires-python``, it counts."""
    subprocess.run([find_uv_bin(), "lock", "--quiet", "--python", sys.executable], cwd=folder, check=True)

"""Writers of distributions in every metadata format since eggs, as no current tool writes them all."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMATS = ("dist-info", "egg-info", "egg-info file", "egg", "zipped egg", "egg-link")


@dataclass(frozen=True)
class RequirementSpec:
    """A requirement of a distribution, as its parts."""

    name: str
    specifier: str = ""
    extra: str = ""
    marker: str = ""

    def __str__(self) -> str:
        marker = f"({self.marker})" if self.marker and self.extra else self.marker
        conditions = [
            condition for condition in (marker, f'extra == "{self.extra}"' if self.extra else "") if condition
        ]
        return f"{self.name}{self.specifier}" + (f" ; {' and '.join(conditions)}" if conditions else "")

    @property
    def section(self) -> str:
        """The header of the section of ``requires.txt`` that lists this requirement."""
        return f"[{self.extra}{':' if self.marker else ''}{self.marker}]" if self.extra or self.marker else ""


@dataclass(frozen=True)
class DistributionSpec:
    """A distribution to write, in any format."""

    name: str
    version: str = "1.0"
    requires: tuple[RequirementSpec, ...] = ()
    extras: tuple[str, ...] = ()
    requires_python: str = ""
    entry_points: str = ""

    @property
    def module(self) -> str:
        """The name of its only module."""
        return self.name.lower().replace("-", "_").replace(".", "_")

    def headers(self) -> str:
        """Return the fields of METADATA and PKG-INFO without the requirements."""
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        return "\n".join([*lines, *([f"Requires-Python: {self.requires_python}"] if self.requires_python else [])])

    def metadata(self) -> str:
        """Return the text of METADATA."""
        lines = [f"Provides-Extra: {extra}" for extra in self.extras]
        lines += [f"Requires-Dist: {requirement}" for requirement in self.requires]
        return "\n".join([self.headers(), *lines, "", "A description.", "Name: not this one", ""])

    def requires_txt(self) -> str:
        """Return the text of ``requires.txt``."""
        sections: dict[str, list[str]] = {name: [] for name in ("", *(f"[{extra}]" for extra in self.extras))}
        for requirement in self.requires:
            sections.setdefault(requirement.section, []).append(f"{requirement.name}{requirement.specifier}")
        return "\n\n".join("\n".join([*([name] if name else []), *lines]) for name, lines in sections.items()) + "\n"

    def egg_info(self) -> dict[str, str]:
        """Return the files of an ``egg-info`` directory by name."""
        files = {"PKG-INFO": f"{self.headers()}\n\nA description.\n", "requires.txt": self.requires_txt()}
        return files | {"top_level.txt": f"{self.module}\n", "entry_points.txt": self.entry_points}


def write(site: Path, form: str, spec: DistributionSpec) -> None:
    """Write a distribution and its module into a site directory, in one of ``FORMATS``."""
    stem = f"{spec.name.replace('-', '_')}-{spec.version.replace('-', '_')}"
    module = {f"{spec.module}.py": f"__version__ = {spec.version!r}\n"}
    egg = {**module, **{f"EGG-INFO/{name}": text for name, text in spec.egg_info().items()}}
    if form == "dist-info":
        metadata = {"METADATA": spec.metadata(), "entry_points.txt": spec.entry_points}
        write_files(site, {**module, **{f"{stem}.dist-info/{name}": text for name, text in metadata.items()}})
    elif form == "egg-info":
        write_files(site, {**module, **{f"{stem}-py3.egg-info/{name}": text for name, text in spec.egg_info().items()}})
    elif form == "egg-info file":
        write_files(site, {**module, f"{stem}.egg-info": spec.metadata()})
    elif form == "egg":
        write_files(site / f"{stem}-py3.egg", egg)
        add_to_path(site, f"./{stem}-py3.egg")
    elif form == "zipped egg":
        write_zip(site / f"{stem}-py3.egg", egg)
        add_to_path(site, f"./{stem}-py3.egg")
    elif form == "egg-link":
        project = site.parent / "projects" / spec.name
        info = {f"{spec.module}.egg-info/{name}": text for name, text in spec.egg_info().items()}
        write_files(project, {**module, **info})
        write_files(site, {f"{spec.name}.egg-link": f"{project}\n."})
        add_to_path(site, str(project))


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder, by their relative paths."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def write_zip(path: Path, files: Mapping[str, str]) -> None:
    """Write a zip archive of files, by their relative paths."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def add_to_path(site: Path, *entries: str) -> None:
    """Add entries to ``easy-install.pth`` of a site directory, as setuptools' commands did."""
    with (site / "easy-install.pth").open("a") as file:
        file.writelines(f"{entry}\n" for entry in entries)


LIST_DISTRIBUTIONS = """
import json, sys
from importlib.metadata import distributions
listed = {}
for distribution in distributions():
    name = distribution.metadata["Name"] if distribution.metadata is not None else None
    if name:
        listed.setdefault(name, [distribution.version, str(distribution.locate_file(""))])
print(json.dumps(listed))
"""
"""Code that prints the first distribution of each name that :mod:`importlib.metadata` finds, as JSON."""

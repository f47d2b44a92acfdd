"""Metadata as each age of Python wrote them, by hand: no tool that is left writes them all."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FORMATS = ("dist-info", "egg-info", "egg-info file", "egg", "zipped egg", "egg-link")


@dataclass(frozen=True)
class Need:
    """One requirement of a distribution."""

    name: str
    specifier: str = ""
    extra: str = ""
    marker: str = ""

    def __str__(self) -> str:
        marker = f"({self.marker})" if self.marker and self.extra else self.marker
        conditions = [one for one in (marker, f'extra == "{self.extra}"' if self.extra else "") if one]
        return f"{self.name}{self.specifier}" + (f" ; {' and '.join(conditions)}" if conditions else "")

    @property
    def section(self) -> str:
        """The section of ``requires.txt`` that it stands in."""
        return f"[{self.extra}{':' if self.marker else ''}{self.marker}]" if self.extra or self.marker else ""


@dataclass(frozen=True)
class Described:
    """A distribution, as metadata of any format describe it."""

    name: str
    version: str = "1.0"
    needs: tuple[Need, ...] = ()
    extras: tuple[str, ...] = ()
    requires_python: str = ""
    entry_points: str = ""

    @property
    def module(self) -> str:
        return self.name.lower().replace("-", "_").replace(".", "_")

    def headers(self) -> str:
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        return "\n".join([*lines, *([f"Requires-Python: {self.requires_python}"] if self.requires_python else [])])

    def metadata(self) -> str:
        lines = [f"Provides-Extra: {one}" for one in self.extras] + [f"Requires-Dist: {one}" for one in self.needs]
        return "\n".join([self.headers(), *lines, "", "A description.", "Name: not this one", ""])

    def requires_txt(self) -> str:
        sections: dict[str, list[str]] = {name: [] for name in ("", *(f"[{one}]" for one in self.extras))}
        for one in self.needs:
            sections.setdefault(one.section, []).append(f"{one.name}{one.specifier}")
        return "\n\n".join("\n".join([*([name] if name else []), *lines]) for name, lines in sections.items()) + "\n"

    def egg_info(self) -> dict[str, str]:
        files = {"PKG-INFO": f"{self.headers()}\n\nA description.\n", "requires.txt": self.requires_txt()}
        return files | {"top_level.txt": f"{self.module}\n", "entry_points.txt": self.entry_points}


def write(site: Path, form: str, one: Described) -> None:
    """Put a distribution into a site directory, its module included, in one of ``FORMATS``."""
    stem = f"{one.name.replace('-', '_')}-{one.version.replace('-', '_')}"
    module = {f"{one.module}.py": f"__version__ = {one.version!r}\n"}
    egg = {**module, **{f"EGG-INFO/{name}": text for name, text in one.egg_info().items()}}
    if form == "dist-info":
        metadata = {"METADATA": one.metadata(), "entry_points.txt": one.entry_points}
        write_files(site, {**module, **{f"{stem}.dist-info/{name}": text for name, text in metadata.items()}})
    elif form == "egg-info":
        write_files(site, {**module, **{f"{stem}-py3.egg-info/{name}": text for name, text in one.egg_info().items()}})
    elif form == "egg-info file":
        write_files(site, {**module, f"{stem}.egg-info": one.metadata()})
    elif form == "egg":
        write_files(site / f"{stem}-py3.egg", egg)
        add_to_path(site, f"./{stem}-py3.egg")
    elif form == "zipped egg":
        write_zip(site / f"{stem}-py3.egg", egg)
        add_to_path(site, f"./{stem}-py3.egg")
    elif form == "egg-link":
        project = site.parent / "projects" / one.name
        info = {f"{one.module}.egg-info/{name}": text for name, text in one.egg_info().items()}
        write_files(project, {**module, **info})
        write_files(site, {f"{one.name}.egg-link": f"{project}\n."})
        add_to_path(site, str(project))


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def write_zip(path: Path, files: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def add_to_path(site: Path, *entries: str) -> None:
    """Let the site directory's ``easy-install.pth`` add entries, as setuptools' commands did."""
    with (site / "easy-install.pth").open("a") as file:
        file.writelines(f"{entry}\n" for entry in entries)


FIRST_FOUND = """
import json, sys
from importlib.metadata import distributions
found = {}
for one in distributions():
    name = one.metadata["Name"] if one.metadata is not None else None
    if name:
        found.setdefault(name, [one.version, str(one.locate_file(""))])
print(json.dumps(found))
"""
"""Print what :mod:`importlib.metadata` finds in this interpreter, of each name the first."""


def versions(found: Iterable[object]) -> list[str]:
    """Return things as their texts, sorted."""
    return sorted(str(one) for one in found)

"""A system that dpkg installs into, written by hand, and the formats of Debian's metadata."""

from __future__ import annotations

from pathlib import Path

from support.metadata_formats import write_files

PYTHON = Path("/usr/bin/python3")
"""Debian's interpreter, if this is Debian."""
SITE = Path("/usr/lib/python3/dist-packages")
"""The directory of its distributions."""


class Debian:
    """A system at a root directory.

    Attributes:
        site: Its site directory.
        database: The directory of dpkg's database.

    """

    def __init__(self, root: Path) -> None:
        self.site = root / "usr" / "lib" / "python3" / "dist-packages"
        self.database = root / "var" / "lib" / "dpkg"
        self.site.mkdir(parents=True)
        (self.database / "info").mkdir(parents=True)

    def add(self, package: str, depends: str, files: dict[str, str], *, version: str = "1.0-1", more: str = "") -> None:
        """Install a package.

        Args:
            package: Its name.
            depends: The packages that it depends on.
            files: The content of its files, by their paths relative to the site directory.
            version: Its version.
            more: Further fields of its stanza in the status file, with line breaks.

        """
        write_files(self.site, files)
        folders = {str(parent) for path in files for parent in Path(path).parents} - {"."}
        paths = [f"/usr/lib/python3/dist-packages/{name}\n" for name in sorted((*files, *folders))]
        (self.database / "info" / f"{package}.list").write_text("/.\n/usr\n" + "".join(paths))
        fields = f"Package: {package}\nStatus: install ok installed\nVersion: {version}\nDepends: {depends}\n{more}"
        with (self.database / "status").open("a") as file:
            file.write(f"{fields}Description: one\n\n")


def egg_info(name: str, top: str, requires: str | None = "\n[docs]\nsphinx\n", version: str = "1.0") -> dict[str, str]:
    """Return an ``egg-info`` directory: the content of its files by their paths. ``None`` writes no requires.txt."""
    texts = {"PKG-INFO": f"Name: {name}\nVersion: {version}\n\n", "top_level.txt": f"{top}\n"}
    texts |= {} if requires is None else {"requires.txt": requires}
    return {f"{name}-{version}.egg-info/{path}": text for path, text in texts.items()}


def egg_info_file(name: str, version: str = "1.0") -> dict[str, str]:
    """Return the ``egg-info`` that distutils writes, which is one file."""
    return {f"{name}-{version}.egg-info": f"Metadata-Version: 1.1\nName: {name}\nVersion: {version}\n\n"}


def dist_info(name: str, *files: str, version: str = "1.0", requires: str = "") -> dict[str, str]:
    """Return a ``dist-info`` directory whose RECORD lists some files."""
    folder = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}"
    record = "".join(f"{path},,\n" for path in (*files, f"{folder}/METADATA", f"{folder}/RECORD"))
    return {f"{folder}/METADATA": metadata, f"{folder}/RECORD": record}

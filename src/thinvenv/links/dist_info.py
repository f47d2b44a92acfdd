"""The ``dist-info`` of a linked distribution: a real directory that lists nothing but the links.

Whoever uninstalls takes what RECORD lists, so nobody can reach into the base.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import RECORD, format_record
from thinvenv.distributions.metadata_files import dist_info_name, read_text
from thinvenv.inventory.linked import INSTALLER
from thinvenv.links import strategy
from thinvenv.links.layout import Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.links.manifest import Manifest
    from thinvenv.model import Distribution, Environment

_OWN = frozenset({RECORD, "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "__pycache__"})
"""What each installer writes for itself."""
PATH_FILE = "_thinvenv_path_"
"""How the ``.pth`` files start that put an archive or a source tree on the path."""
_WHEEL = "Wheel-Version: 1.0\nGenerator: thinvenv\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
"""For what has none, as an ``egg-info``: uv takes a distribution without it for a broken one."""
_NO_TOP_LEVELS_OF_LINKS = "3.11."
"""The version whose ``packages_distributions()`` takes names from paths that end with ``.py`` alone."""
_OF_EGGS = ("entry_points.txt", "top_level.txt")


@dataclass(frozen=True, slots=True)
class Entry:
    """A linked distribution as it is to be.

    Attributes:
        name: The name of its ``dist-info`` directory.
        title: Name and version, as they are shown.
        links: The links, those in its ``dist-info`` included.
        texts: The files that are written, by their paths, RECORD apart.
        scripts: Further paths that belong to it and are not made here.

    """

    name: str
    title: str
    links: tuple[Link, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()

    @property
    def record(self) -> str:
        """The text of its RECORD: paths alone, since what a link leads to may change."""
        paths = [*(link.path for link in self.links), *self.texts, *self.scripts, f"{self.name}/{RECORD}"]
        return format_record(sorted(paths))


def make(
    distribution: Distribution,
    manifest: Manifest,
    links: tuple[Link, ...],
    scripts: Iterable[str],
    environment: Environment,
) -> Entry:
    """Return how a distribution is to be linked.

    Args:
        distribution: The distribution in the base.
        manifest: What it consists of.
        links: The links that stand for that.
        scripts: What was made of its scripts, relative to the site directory.
        environment: The venv.

    """
    source = Path(distribution.location)
    name = _entry_name(distribution)
    held = _metadata_links(name, source, deep=environment.linking == strategy.COPY)
    texts = {f"{name}/INSTALLER": f"{INSTALLER}\n"}
    names = {link.path for link in held}
    if f"{name}/METADATA" not in names:
        from thinvenv.distributions.metadata import convert_metadata  # noqa: PLC0415 - loads importlib.metadata for few

        texts[f"{name}/METADATA"] = convert_metadata(distribution)
    if f"{name}/WHEEL" not in names:
        texts[f"{name}/WHEEL"] = _WHEEL
    if os.path.isfile(distribution.layer) and (points := read_text(distribution.location, "entry_points.txt")):
        texts[f"{name}/entry_points.txt"] = points
    if f"{name}/top_level.txt" not in names and environment.version.startswith(_NO_TOP_LEVELS_OF_LINKS):
        texts[f"{name}/top_level.txt"] = _top_level(links)
    if manifest.paths:
        texts[f"{PATH_FILE}{distribution.name.replace('-', '_')}.pth"] = "".join(f"{one}\n" for one in manifest.paths)
    return Entry(name, str(distribution), (*links, *held), texts, tuple(sorted(scripts)))


def _entry_name(distribution: Distribution) -> str:
    name = os.path.basename(distribution.location)
    if name.endswith(".dist-info") and "-" in name:
        return name
    return dist_info_name(distribution)


def _metadata_links(name: str, source: Path, *, deep: bool) -> tuple[Link, ...]:
    """Return the links to the metadata that are good as they are, with ``deep`` one for each single file."""
    try:
        there = [one for one in sorted(os.listdir(source)) if one not in _OWN]
    except OSError:
        return ()
    if source.suffix != ".dist-info":
        there = [one for one in there if one in _OF_EGGS]
    paths = [path for one in there for path in (_files(source / one) if deep else (source / one,))]
    return tuple(Link(f"{name}/{path.relative_to(source).as_posix()}", str(path)) for path in paths)


def _files(path: Path) -> list[Path]:
    return sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def _top_level(links: Iterable[Link]) -> str:
    """Return the names of what can be imported."""
    tops = {link.path.partition("/")[0] for link in links if not link.path.startswith("../")}
    tops = {one for one in tops if not one.endswith(".libs")}
    names = sorted({one.partition(".")[0] for one in tops if one.partition(".")[0].isidentifier()})
    return "".join(f"{name}\n" for name in names)

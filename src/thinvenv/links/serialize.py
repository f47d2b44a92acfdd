"""The links of one environment as JSON, from which those of another over the same base are made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinvenv.environments import bootstrap
from thinvenv.inventory.linked import linked_entries
from thinvenv.links import sync
from thinvenv.links.dist_info import Entry
from thinvenv.links.layout import Link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.cache import Cache
    from thinvenv.model import Environment


def told(environment: Environment) -> list[Any]:
    """Return the links of an environment, nothing of which names the environment itself."""
    return [_told(one) for one in linked_entries(environment.purelib)]


def read(kept: Iterable[Any]) -> tuple[Entry, ...]:
    """Return what is to be linked, as :func:`told` told it.

    Raises:
        TypeError: It is not of that form.
        ValueError: It is not of that form.

    """
    return tuple(
        Entry(name, name, tuple(Link(path, target) for path, target in links), dict(texts), tuple(scripts))
        for name, links, texts, scripts in kept
    )


def names(entries: Iterable[Entry]) -> set[str]:
    """Return what links have brought to the top of a site directory."""
    tops = {path.partition("/")[0] for one in entries for path in (*(link.path for link in one.links), *one.texts)}
    return {*tops, *(one.name for one in entries), *bootstrap.LINK_FILES}


def is_whole(entries: Iterable[Entry]) -> bool:
    """Tell whether everything that would be linked still lies in the base."""
    return all(os.path.exists(link.target) for one in entries for link in one.links)


def make(entries: tuple[Entry, ...], environment: Environment, cache: Cache) -> None:
    """Link in an environment that has none what is linked in another.

    Raises:
        OSError: The venv cannot be written.

    """
    bootstrap.redirect_bytecode(environment, cache)
    sync.apply(sync.Change(fresh=entries), environment, cache.folder_if_any("links"))


def _told(there: Path) -> list[Any]:
    site, links, texts, scripts = str(there.parent), [], {}, []
    for path in sync.listed(there):
        inside = os.path.relpath(path, site).replace(os.sep, "/")
        if os.path.islink(path):
            links.append([inside, os.readlink(path)])
        elif inside.startswith(".."):
            scripts.append(inside)
        elif inside != f"{there.name}/RECORD":
            texts[inside] = Path(path).read_text("utf-8")
    return [there.name, links, texts, scripts]

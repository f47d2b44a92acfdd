"""One requirement as text -> :class:`~thinvenv.model.Root`.

Only what tells paths, URLs and specifiers apart is decided here; the grammar of PEP 508 is
left to ``packaging`` and read when a plan is really needed.
"""

from __future__ import annotations

import os
import re

from thinvenv.distributions.direct_url import path_of, redacted
from thinvenv.errors import RequirementError
from thinvenv.model import Root

ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
# Plain names are what is asked for most: no pattern is compiled for what they cannot be.
_EXTRAS = r"^(?P<path>.+?)\s*\[(?P<extras>[^\]]*)\]$"
_NAMED_URL = r"^\s*[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*@\s*(?P<url>\S+)"


def root(text: str, cwd: str, *, origin: str = "", hashes: tuple[str, ...] = ()) -> Root:
    """Return the root for one requirement.

    Args:
        text: A specifier (PEP 508), a URL, or the path of a project or an archive.
        cwd: The directory that a relative path starts from.
        origin: Where the requirement stands, for errors.
        hashes: Its ``--hash`` values.

    Raises:
        RequirementError: A path that is not there, or a URL that is none.

    """
    text = text.strip()
    if _is_url(text):
        return Root(text, origin, path=_file_path(text.partition(" ")[0], origin), hashes=hashes)
    named = re.match(_NAMED_URL, text) if "@" in text else None
    if named:
        return Root(text, origin, path=_file_path(named["url"], origin), hashes=hashes)
    if not _looks_like_path(text):
        return Root(text, origin, hashes=hashes)
    return _local(text, cwd, origin, hashes)


def editable_root(text: str, cwd: str, *, origin: str = "") -> Root:
    """Return the root for ``-e text``.

    Raises:
        RequirementError: It is neither a project directory nor a VCS URL.

    """
    text = text.strip()
    path = _file_path(text, origin) if _is_url(text) else text
    if not path:
        return Root(text, origin, editable=True)
    local = _local(path, cwd, origin, ())
    if not os.path.isdir(local.path):
        raise RequirementError(
            f"cannot install `{text}` in development mode", why=(*_at(origin), "it is not a project directory")
        )
    return Root(local.text, origin, path=local.path, extras=local.extras, editable=True)


def _local(text: str, cwd: str, origin: str, hashes: tuple[str, ...]) -> Root:
    path, extras = text, ""
    match = re.match(_EXTRAS, text)
    if match and not os.path.exists(os.path.join(cwd, text)):
        path, extras = match["path"], match["extras"]
    full = os.path.normpath(os.path.join(cwd, os.path.expanduser(path)))
    if "://" in text and not os.path.exists(full):
        raise RequirementError(f"cannot read the requirement `{redacted(text)}`", why=_at(origin))
    if not os.path.exists(full):
        raise RequirementError(f"there is no project or archive at {full}", why=_at(origin))
    if os.path.isdir(full) and not _is_project(full):
        why = (*_at(origin), "it has neither pyproject.toml nor setup.py")
        raise RequirementError(f"{full} is not a Python project", why=why)
    names = tuple(sorted(one.strip() for one in extras.split(",") if one.strip()))
    return Root(full + (f"[{','.join(names)}]" if names else ""), origin, path=full, extras=names, hashes=hashes)


def _is_project(path: str) -> bool:
    return any(os.path.isfile(os.path.join(path, one)) for one in ("pyproject.toml", "setup.py"))


def _at(origin: str) -> tuple[str, ...]:
    return (f"asked for by {origin}",) if origin else ()


def _is_url(text: str) -> bool:
    return ":" in text and " @ " not in text and bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(//|[^\\])", text))


def _file_path(url: str, origin: str) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415 - most requirements are names

    try:
        urlsplit(url)
    except ValueError as error:
        raise RequirementError(f"cannot read the URL `{redacted(url)}`", why=(*_at(origin), str(error))) from error
    path = path_of(url)
    return os.path.normpath(path) if path else ""


def _looks_like_path(text: str) -> bool:
    """Tell a path from a specifier, the way pip does."""
    bare = re.sub(_EXTRAS, r"\g<path>", text) if "[" in text else text
    separators = {os.sep, os.altsep or os.sep}
    return (
        bare.startswith((".", "~")) or any(one in bare.split(";")[0] for one in separators) or bare.endswith(ARCHIVES)
    )

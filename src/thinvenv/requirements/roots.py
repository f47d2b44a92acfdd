"""One requirement: a specifier, a URL or a path, read into a `Root`.

Only paths, URLs and specifiers are told apart here. The grammar of PEP 508 is left to
``packaging``, which parses the text when a plan is needed.
"""

from __future__ import annotations

import os
import re

from thinvenv.errors import RequirementError
from thinvenv.model import Root
from thinvenv.named_tuples import NamedTuple
from thinvenv.urls import path_of, redacted

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
_REQUIREMENT_FILES = (".txt", ".in", ".toml")
# These patterns are compiled only for a text that may match: most requirements are plain names.
_LOCK = r"pylock(\.[^.]+)?\.toml(\[[^\]]*\])?$"
_NAMED_URL = r"^\s*[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\]\s*)?@\s*(?P<url>\S+)"


class ReadContext(NamedTuple):
    """What the meaning of requirements and of requirements files depends on.

    Attributes:
        cwd: The directory that relative paths start from.
        environ: The values for ``${NAME}``, and the variables that name proxies, certificates and the netrc file.
        pip_settings: pip's settings, see :func:`thinvenv.config.pip.load`. Those about servers count for files on one.

    """

    cwd: str
    environ: Mapping[str, str]
    pip_settings: Mapping[str, str]


def root(text: str, cwd: str, *, origin: str = "", hashes: tuple[str, ...] = ()) -> Root:
    """Return the root for one requirement.

    Args:
        text: A specifier (PEP 508), a URL, or the path of a project or an archive.
        cwd: The directory that a relative path starts from.
        origin: Where the requirement was read, for errors.
        hashes: Its ``--hash`` values.

    Raises:
        RequirementError: A path does not exist, is no project or is a requirements file, or a URL cannot be parsed.

    """
    text = text.strip()
    if text.endswith(_REQUIREMENT_FILES) and os.path.isfile(os.path.join(cwd, text)):
        why = (*_requested_by(origin), "it is neither a requirement nor a project nor an archive")
        raise RequirementError(f"cannot install the file {text}", why=why, hint=f"-r {text} installs what it lists")
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

    Args:
        text: The path of a project, or a URL.
        cwd: The directory that a relative path starts from.
        origin: Where the requirement was read, for errors.

    Raises:
        RequirementError: It is neither a project directory nor a URL.

    """
    text = text.strip()
    path = _file_path(text, origin) if _is_url(text) else text
    if not path:
        return Root(text, origin, editable=True)
    local = _local(path, cwd, origin, ())
    if not os.path.isdir(local.path):
        raise RequirementError(
            f"cannot install `{text}` in development mode",
            why=(*_requested_by(origin), "it is not a project directory"),
        )
    return Root(local.text, origin, path=local.path, extras=local.extras, editable=True)


def is_lock(path: str) -> bool:
    """Return whether a file is named as lock files are (PEP 751): ``pylock.toml``, ``pylock.dev.toml``.

    pip writes extras behind the name: ``pylock.toml[test]``.
    """
    name = path.replace("\\", "/").rpartition("/")[2]
    return name.startswith("pylock") and bool(re.match(_LOCK, name))


def in_brackets(extras: Collection[str]) -> str:
    """Return extras as they follow a name: ``[cli,test]``; an empty string if there are none."""
    return f"[{','.join(sorted(extras))}]" if extras else ""


def _local(text: str, cwd: str, origin: str, hashes: tuple[str, ...]) -> Root:
    path, extras = (text, "") if os.path.exists(os.path.join(cwd, text)) else _split_extras(text)
    full = os.path.normpath(os.path.join(cwd, os.path.expanduser(path)))
    if "://" in text and not os.path.exists(full):
        raise RequirementError(f"cannot read the requirement `{redacted(text)}`", why=_requested_by(origin))
    if not os.path.exists(full):
        raise RequirementError(f"there is no project or archive at {full}", why=_requested_by(origin))
    if os.path.isdir(full) and not _is_project(full):
        why = (*_requested_by(origin), "it has neither pyproject.toml nor setup.py")
        raise RequirementError(f"{full} is not a Python project", why=why)
    names = tuple(sorted(name.strip() for name in extras.split(",") if name.strip()))
    return Root(full + in_brackets(names), origin, path=full, extras=names, hashes=hashes)


def _split_extras(text: str) -> tuple[str, str]:
    """Return a path without the extras in brackets behind it, and these."""
    start = text.find("[", text.rfind("]", 0, -1) + 1) if text.endswith("]") else -1
    path = text[: max(start, 0)].rstrip()
    return (path, text[start + 1 : -1]) if path else (text, "")


def _is_project(path: str) -> bool:
    return any(os.path.isfile(os.path.join(path, name)) for name in ("pyproject.toml", "setup.py"))


def _requested_by(origin: str) -> tuple[str, ...]:
    return (f"requested by {origin}",) if origin else ()


def _is_url(text: str) -> bool:
    return ":" in text and " @ " not in text and bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(//|[^\\])", text))


def _file_path(url: str, origin: str) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415 - most requirements are names

    try:
        urlsplit(url)
    except ValueError as error:
        raise RequirementError(
            f"cannot read the URL `{redacted(url)}`", why=(*_requested_by(origin), str(error))
        ) from error
    path = path_of(url)
    return os.path.normpath(path) if path else ""


def _looks_like_path(text: str) -> bool:
    """Return whether a text is a path rather than a specifier, by the rules of pip."""
    bare, _ = _split_extras(text)
    separators = {os.sep, os.altsep or os.sep}
    return (
        bare.startswith((".", "~"))
        or any(separator in bare.split(";")[0] for separator in separators)
        or bare.endswith(ARCHIVES)
    )

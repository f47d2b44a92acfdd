"""Requirements and constraints files, in the format that pip documents.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from thinvenv.distributions.direct_url import path_of, redacted
from thinvenv.errors import RequirementError, joined
from thinvenv.requirements.lines import folder_of, is_remote, lines_of, text_of, url_beside, words
from thinvenv.requirements.options import refused
from thinvenv.requirements.roots import editable_root, root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from thinvenv.model import Root
    from thinvenv.requirements.lines import Line

# Compiled when a line or a name has what they are for: few have.
_OPTIONS_AT = r"\s(?=--?[A-Za-z])"
_LOCK = r"pylock(\.[^.]+)?\.toml(\[[^\]]*\])?$"
_HASH = r"--hash[=\s]+(?P<value>\S+)"
_NESTED = {"-r": "-r", "--requirement": "-r", "-c": "-c", "--constraint": "-c"}
DEFAULT_GROUPS = ""
"""What stands for the groups that a lock file installs where none is named."""


class FileContent(NamedTuple):
    """What a requirements file holds, the files that it includes among it.

    Attributes:
        roots: Its requirements.
        constraints: What limits versions.
        options: Each option line with its origin, for whoever reads arguments.

    """

    roots: tuple[Root, ...] = ()
    constraints: tuple[Root, ...] = ()
    options: tuple[tuple[str, str], ...] = ()


def roots_in(path: str, cwd: str, environ: Mapping[str, str]) -> FileContent:
    """Read a requirements file.

    Args:
        path: The file, or a ``file:`` URL.
        cwd: The directory that relative paths start from, those of projects in the file too, as with pip
            and uv; what is not there is looked for beside the file.
        environ: The values for ``${NAME}``.

    Raises:
        RequirementError: A file is not there, or a line names a path that is not there.

    """
    return _read(path, cwd, _Taken(environ, cwd), flag="-r")


def constraints_in(path: str, cwd: str, environ: Mapping[str, str]) -> tuple[Root, ...]:
    """Read a constraints file.

    Raises:
        RequirementError: The file is not there.

    """
    content = _read(path, cwd, _Taken(environ, cwd), flag="-c")
    return (*content.roots, *content.constraints)


def _read(path: str, folder: str, taken: _Taken, *, flag: str) -> FileContent:
    """Read a file that is named in a folder; ``taken`` is empty as yet."""
    if is_lock(path):
        return _of_lock(path, folder, taken.environ, flag)
    full = _absolute(path, folder)
    if full in taken.seen:
        raise RequirementError(f"{path} includes itself", why=(" -> ".join([*taken.seen, full]),))
    taken.seen = (*taken.seen, full)
    wrong: list[RequirementError] = []
    for line in lines_of(full, f"{flag} {redacted(path)}", taken.environ):
        try:
            taken.take(line)
        except RequirementError as error:
            wrong.append(error)
    if wrong:
        raise joined(wrong)
    return FileContent(tuple(taken.roots), tuple(taken.constraints), tuple(taken.options))


class _Taken:
    """What the lines of a file have given so far. No dataclass: see :mod:`thinvenv.model`."""

    def __init__(self, environ: Mapping[str, str], cwd: str, seen: tuple[str, ...] = ()) -> None:
        self.environ, self.cwd, self.seen = environ, cwd, seen
        self.roots: list[Root] = []
        self.constraints: list[Root] = []
        self.options: list[tuple[str, str]] = []

    def take(self, line: Line) -> None:
        text = line.text.replace("=", " ", 1) if line.text.startswith("--") else line.text
        word, _, rest = text.partition(" ")
        nested = _NESTED.get(word) or _glued(line.text)
        if nested:
            self._file(_bare(rest if word in _NESTED else line.text[2:], line), line.folder, nested)
        elif word in {"-e", "--editable"}:
            project = _bare(rest, line)
            self.roots.append(self._found(line, lambda folder: editable_root(project, folder, origin=line.origin)))
        elif word in {"-f", "--find-links"}:
            self.options.append((_find_links(_bare(rest, line), line.folder), line.origin))
        elif line.text.startswith("-"):
            self.options.append((line.text, line.origin))
        else:
            self.roots.append(self._found(line, lambda folder: _requirement(line, folder)))

    def _found(self, line: Line, root_in: Callable[[str], Root]) -> Root:
        """Return a root, whose path starts where we are, as pip and uv have it, or else where the file lies."""
        try:
            return root_in(self.cwd)
        except RequirementError:
            if not is_remote(line.folder):
                with suppress(RequirementError):
                    return root_in(line.folder)
            raise

    def _file(self, path: str, folder: str, flag: str) -> None:
        content = _read(path, folder, _Taken(self.environ, self.cwd, self.seen), flag=flag)
        (self.constraints if flag == "-c" else self.roots).extend(content.roots)
        self.constraints.extend(content.constraints)
        self.options.extend(content.options)


def _bare(value: str, line: Line) -> str:
    """Return the value of an option without quotes around it; one with blanks needs none here."""
    value = value.strip()
    return " ".join(words(value, line.origin)) if value[:1] in {"'", '"'} else value


def _find_links(path: str, folder: str = "") -> str:
    """Return the option for archives: for those beside the file if they are there, as with pip."""
    import shlex  # noqa: PLC0415 - few files say so

    beside = os.path.join(folder, path)
    found = beside if not is_remote(folder) and os.path.exists(beside) else path
    return f"--find-links {shlex.quote(found)}"


def is_lock(path: str) -> bool:
    """Tell whether a file is a lock file, as its name says (PEP 751): ``pylock.toml``, ``pylock.dev.toml``.

    pip writes extras of it behind the name: ``pylock.toml[test]``.
    """
    name = path.replace("\\", "/").rpartition("/")[2]
    return name.startswith("pylock") and bool(re.match(_LOCK, name))


def lock_content(
    path: str,
    cwd: str,
    environ: Mapping[str, str],
    extras: Iterable[str] | None,
    groups: Iterable[str] = (DEFAULT_GROUPS,),
) -> FileContent:
    """Read a lock file.

    Args:
        path: The file, a ``file:`` URL or one on a server; extras may stand behind it.
        cwd: The directory that a relative path starts from.
        environ: The variables that name proxies and certificates.
        extras: Further extras; all where ``None``.
        groups: The dependency groups.

    Raises:
        RequirementError: It is not there, or not valid.

    """
    from thinvenv.requirements import locks  # noqa: PLC0415 - most files are none

    bare, _, more = path.partition("[")
    full = _absolute(bare, cwd)
    shown = redacted(bare)
    behind = (one.strip() for one in more.rstrip("]").split(",") if one.strip())
    named = None if extras is None else (*extras, *behind)
    text = text_of(full, f"-r {shown}", environ)
    roots, folders = locks.content(text, shown, folder_of(full), named, groups)
    options = ((_find_links(one), f"-r {shown}") for one in folders)
    return FileContent(tuple(roots), options=tuple(options))


def _of_lock(path: str, cwd: str, environ: Mapping[str, str], flag: str) -> FileContent:
    if flag == "-c":
        raise RequirementError(
            f"{redacted(path)} is a lock file and cannot be constraints", hint=f"-r {redacted(path)}"
        )
    return lock_content(path, cwd, environ, ())


def _glued(text: str) -> str | None:
    """Return the option of ``-rFILE`` and ``-cFILE``, which pip takes too."""
    return text[:2] if text[:2] in {"-r", "-c"} and text[2:3].strip() else None


def _may_have_options(text: str) -> bool:
    return "-" in text and any(map(str.isspace, text))


def _requirement(line: Line, folder: str) -> Root:
    """Return the root of a line, its hashes taken off.

    Raises:
        UsageError: It has another option: for this requirement alone none can be meant.

    """
    text, *options = re.split(_OPTIONS_AT, line.text) if _may_have_options(line.text) else (line.text,)
    found = [(one.strip(), re.match(_HASH, one.strip())) for one in options]
    for one in (one for one, match in found if not match):
        raise refused(re.split(r"[=\s]", one)[0], line.origin)
    hashes = tuple(match["value"] for _, match in found if match)
    return root(text, folder, origin=line.origin, hashes=hashes)


def _absolute(path: str, cwd: str) -> str:
    if is_remote(path):
        return path
    if is_remote(cwd):
        return url_beside(cwd, path)
    local = path_of(path) or path
    return os.path.normpath(os.path.join(cwd, os.path.expanduser(local)))

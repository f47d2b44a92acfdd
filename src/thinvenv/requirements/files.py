"""Requirements files and constraints files, in the format of pip.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import os
import re
from contextlib import suppress

from thinvenv.errors import RequirementError, ThinvenvError, UsageError, joined
from thinvenv.named_tuples import NamedTuple
from thinvenv.requirements.lines import folder_of, is_remote, join_url, read_lines, read_text, split_words
from thinvenv.requirements.options import Argument, parse
from thinvenv.requirements.roots import editable_root, is_lock, root
from thinvenv.urls import path_of, redacted

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thinvenv.model import Root
    from thinvenv.requirements.lines import Line
    from thinvenv.requirements.roots import ReadContext

# These patterns are compiled only for lines and names that may match: few do.
_OPTIONS_AT = r"\s(?=--?[A-Za-z])"
_HASH = r"--hash[=\s]+(?P<value>\S+)"
_MAX_DEPTH = 100
"""How many files deep files may include each other."""
_OTHER_FORMATS = {
    "uv.lock": "`thinvenv sync --locked` installs what the uv.lock of a project has",
    **dict.fromkeys(("setup.py", "setup.cfg"), "thinvenv install -e ."),
    "poetry.lock": "poetry export -o requirements.txt",
    "pdm.lock": "pdm export -o requirements.txt",
    **dict.fromkeys(("Pipfile", "Pipfile.lock"), "pipenv requirements > requirements.txt"),
    **dict.fromkeys(("environment.yml", "environment.yaml"), ""),
}
"""Files that people may take for requirements files, and what to do with them instead."""
_INCLUDES = {"-r": "-r", "--requirement": "-r", "-c": "-c", "--constraint": "-c"}


class FileContent(NamedTuple):
    """The content of a requirements file and of the files that it includes.

    Attributes:
        roots: The requirements.
        constraints: The constraints.
        options: The other options.

    """

    roots: tuple[Root, ...] = ()
    constraints: tuple[Root, ...] = ()
    options: tuple[Argument, ...] = ()


def read_file(
    flag: str,
    path: str,
    context: ReadContext,
    extras: Iterable[str] | None = (),
    groups: Iterable[str | None] = (None,),
) -> FileContent:
    """Read a requirements file, a lock file or a constraints file.

    Args:
        flag: ``-r`` for requirements, ``-c`` for constraints.
        path: The file, a ``file:`` URL, or the URL of a file on a server.
        context: The directory that relative paths start from, those of projects in the file too, as with pip
            and uv; a path that does not exist there is looked for beside the file. And the values of variables.

        extras: The extras of a lock file, besides those in brackets behind its path; all if ``None``.
        groups: The dependency groups of a lock file; ``None`` among them stands for its default groups.

    Returns:
        The content. For a constraints file, its lines are the constraints, and there are no roots.

    Raises:
        RequirementError: A file cannot be read, a line names a path that does not exist, or a lock file is not
            valid or lacks an extra or a group.
        UsageError: A requirement has an option that makes no sense here.

    """
    if flag == "-r" and is_lock(path):
        return _read_lock(path, context, extras, groups)
    content = _read(path, context.cwd, _FileReader(context), flag)
    if flag == "-r":
        return content
    return FileContent((), (*content.roots, *content.constraints), content.options)


def _read(path: str, folder: str, reader: _FileReader, flag: str, origin: str = "") -> FileContent:
    """Read a file that is named in a folder, or by the line of another file, with a new reader."""
    if is_lock(path):
        if flag == "-c":
            shown = redacted(path)
            raise RequirementError(f"{shown} is a lock file and cannot be constraints", hint=f"-r {shown}")
        return _read_lock(path, reader.context._replace(cwd=folder), (), (None,))
    full = _absolute(path, folder)
    if (hint := _OTHER_FORMATS.get(os.path.basename(full))) is not None:
        raise RequirementError(f"{redacted(path)} is not a requirements file", hint=hint or None)
    if full in reader.including:
        raise RequirementError(f"{path} includes itself", why=(" -> ".join([*reader.including, full]),))
    if len(reader.including) >= _MAX_DEPTH:
        raise RequirementError(f"{path} is included more than {_MAX_DEPTH} files deep", why=(reader.including[0],))
    if not reader.begin(full, flag):
        return FileContent()
    errors: list[ThinvenvError] = []
    for line in read_lines(full, f"{flag} {redacted(path)}", reader.context, origin):
        try:
            reader.add(line)
        except (RequirementError, UsageError) as error:
            errors.append(error)
    if errors:
        raise joined([*errors, *_invalid(reader.roots)])
    return FileContent(tuple(reader.roots), tuple(reader.constraints), tuple(reader.options))


def _invalid(roots: Iterable[Root]) -> Iterable[ThinvenvError]:
    """Return the errors of the requirements that cannot be read, so that one error shows all that a file has."""
    from thinvenv.distributions.requirement_cache import check_roots  # noqa: PLC0415 - loads `packaging`

    try:
        check_roots(roots)
    except RequirementError as error:
        return error.parts
    return ()


class _FileReader:
    """Collects the content of one file. Not a dataclass: see :mod:`thinvenv.model`."""

    def __init__(self, context: ReadContext, parent: _FileReader | None = None) -> None:
        self.context = context
        self.including: tuple[str, ...] = parent.including if parent else ()  # the files that led to this one
        self.flag: str = parent.flag if parent else ""  # `-c` if one of them was included as constraints
        self.read: set[tuple[str, str]] = parent.read if parent else set()  # all files of one call
        self.roots: list[Root] = []
        self.constraints: list[Root] = []
        self.options: list[Argument] = []

    def begin(self, path: str, flag: str) -> bool:
        """Return whether a file is still to be read. A file that is included twice adds nothing the second time."""
        self.including = (*self.including, path)
        self.flag = "-c" if "-c" in {flag, self.flag} else flag
        is_new = (path, self.flag) not in self.read
        self.read.add((path, self.flag))
        return is_new

    def add(self, line: Line) -> None:
        text = line.text.replace("=", " ", 1) if line.text.startswith("--") else line.text
        word, _, value = text.partition(" ")
        include = _INCLUDES.get(word) or _attached_include(line.text)
        if include:
            self._include(_unquoted(value if word in _INCLUDES else line.text[2:], line), line, include)
        elif word in {"-e", "--editable"}:
            project = _unquoted(value, line)
            self.roots.append(self._root(line, lambda folder: editable_root(project, folder, origin=line.origin)))
        elif word in {"-f", "--find-links"}:
            self.options.append(_find_links(_unquoted(value, line), line.folder, line.origin))
        elif line.text.startswith("-"):
            self.options.extend(parse(split_words(line.text, line.origin), line.origin))
        else:
            self.roots.append(self._root(line, lambda folder: _requirement(line, folder)))

    def _root(self, line: Line, root_in: Callable[[str], Root]) -> Root:
        """Return a root. Its path starts from the current directory, as with pip and uv, or else beside the file."""
        try:
            return root_in(self.context.cwd)
        except RequirementError:
            if not is_remote(line.folder):
                with suppress(RequirementError):
                    return root_in(line.folder)
            raise

    def _include(self, path: str, line: Line, flag: str) -> None:
        content = _read(path, line.folder, _FileReader(self.context, self), flag, line.origin)
        (self.constraints if flag == "-c" else self.roots).extend(content.roots)
        self.constraints.extend(content.constraints)
        self.options.extend(content.options)


def _unquoted(value: str, line: Line) -> str:
    """Return the value of an option without quotes. A value with blanks needs none here."""
    value = value.strip()
    return " ".join(split_words(value, line.origin)) if value[:1] in {"'", '"'} else value


def _find_links(path: str, folder: str, origin: str) -> Argument:
    """Return the option for a folder of archives: the one beside the file if it exists, as with pip."""
    beside = os.path.join(folder, path)
    return Argument("--find-links", beside if not is_remote(folder) and os.path.exists(beside) else path, origin)


def _read_lock(
    path: str, context: ReadContext, extras: Iterable[str] | None, groups: Iterable[str | None]
) -> FileContent:
    from thinvenv.requirements import locks  # noqa: PLC0415 - loads `packaging`; most files are no lock files

    path, _, suffix = path.partition("[")
    full, shown = _absolute(path, context.cwd), redacted(path)
    if extras is not None:
        extras = (*extras, *filter(None, map(str.strip, suffix.rstrip("]").split(","))))
    origin = f"-r {shown}"
    roots, folders = locks.read(read_text(full, origin, context), shown, folder_of(full), extras, groups)
    return FileContent(tuple(roots), options=tuple(Argument("--find-links", folder, origin) for folder in folders))


def _attached_include(text: str) -> str | None:
    """Return the option of ``-rFILE`` and ``-cFILE``, which pip accepts too."""
    return text[:2] if text[:2] in {"-r", "-c"} and text[2:3].strip() else None


def _requirement(line: Line, folder: str) -> Root:
    """Return the root of a line, without the hashes that follow it.

    Raises:
        UsageError: Another option follows it.

    """
    may_have_options = "-" in line.text and any(map(str.isspace, line.text))
    text, *options = re.split(_OPTIONS_AT, line.text) if may_have_options else (line.text,)
    hashes = []
    for option in options:
        match = re.match(_HASH, option.strip())
        if not match:
            name = re.split(r"[=\s]", option.strip())[0]
            why = ("of the options for one requirement, only --hash is supported; write others on a line of their own",)
            raise UsageError(f"`{name}` cannot be used here ({line.origin})", why=why)
        hashes.append(match["value"])
    return root(text, folder, origin=line.origin, hashes=tuple(hashes))


def _absolute(path: str, folder: str) -> str:
    if is_remote(path):
        return path
    if is_remote(folder):
        return join_url(folder, path)
    local = path_of(path) or path
    return os.path.normpath(os.path.join(folder, os.path.expanduser(local)))

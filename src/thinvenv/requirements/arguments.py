"""Arguments as ``pip install`` takes them -> :class:`~thinvenv.model.Request`.

tox and nox hand over such arguments, and requirements files hold them line by line.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from thinvenv.config import pip
from thinvenv.errors import UsageError
from thinvenv.model import Request, Root
from thinvenv.requirements import options
from thinvenv.requirements.roots import editable_root, root

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.requirements.files import FileContent

_READERS = {
    "-r": "requirement",
    "--requirement": "requirement",
    "--requirements": "requirement",
    "-c": "constraint",
    "--constraint": "constraint",
    "--constraints": "constraint",
    "--override": "override",
    "--overrides": "override",
    "-e": "editable",
    "--editable": "editable",
    "--group": "group",
    "--extra": "extra",
    "--reinstall-package": "reinstall_package",
    "-P": "upgrade_package",
    "--upgrade-package": "upgrade_package",
}
_CARRIED = {**options.CARRIED_VALUES, **options.UV_VALUES}
_CONFIGURED_FLAGS = ("pre", "no-deps", "upgrade", "force-reinstall", "require-hashes")
_NETWORK = ("--cert", "--client-cert", "--proxy", "--timeout", "--trusted-host")
"""What is said of servers in general, those that files lie on among them."""
_SHORT = tuple(one for one in (*_READERS, *options.CARRIED_VALUES) if len(one) == 2)  # noqa: PLR2004 - "-x"


def request_from(
    arguments: Iterable[str], cwd: str, environ: Mapping[str, str], base: Request | None = None, origin: str = ""
) -> Request:
    """Read arguments into a request.

    Args:
        arguments: What would follow ``pip install``.
        cwd: The directory that relative paths start from.
        environ: The values for ``${NAME}`` in files.
        base: A request to add to.
        origin: Where the arguments stand, for errors; the command line where empty.

    Raises:
        UsageError: An option that is not known, or has no value.
        RequirementError: A file or a path that is not there.

    """
    words = list(arguments)
    reader = _Reader(cwd, _with_network(words, environ), origin)
    reader.sources = "--no-sources" not in words and not environ.get("UV_NO_SOURCES")
    if base is None:
        reader.read(_configured(environ))
    reader.read(words)
    reader.finish()
    start = base or Request()
    return start._replace(
        roots=(*start.roots, *reader.roots),
        policy=start.policy._replace(
            constraints=(*start.policy.constraints, *reader.constraints),
            overrides=(*start.policy.overrides, *reader.overrides),
        ),
        options=(*start.options, *reader.options),
        **reader.fields,
    )


def _configured(environ: Mapping[str, str]) -> list[str]:
    """Return what the configuration of the installers asks of every install, as arguments.

    These decide which versions fit and what is asked for, so that no answer may be given
    without them; what is about indexes and builds is the backends' business.
    """
    settings = pip.configured(environ)
    told_to_uv = "UV_CONSTRAINT" in environ
    paths = environ.get("UV_CONSTRAINT", "") if told_to_uv else settings.get("constraint", "")
    asked = [name for name in _CONFIGURED_FLAGS if pip.is_true(settings.get(name, ""))]
    flags = [f"--{name}" for name in asked if name != "pre" or "UV_PRERELEASE" not in environ]
    words = [word for path in paths.split() for word in ("-c", path)]
    words += [word for path in environ.get("UV_OVERRIDE", "").split() for word in ("--override", path)]
    return [*flags, *words]


def _with_network(words: list[str], environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return variables that say what options say of servers, for files that lie on one."""
    given: dict[str, list[str]] = {}
    for word, after in zip(words, [*words[1:], ""], strict=False):
        name, equals, value = word.partition("=")
        long = options.CARRIED_VALUES.get(name)
        if long in _NETWORK:
            given.setdefault(long.removeprefix("--"), []).append(value if equals else after)
    if not given:
        return environ
    if "trusted-host" in given:  # these add up
        given["trusted-host"].append(pip.configured(environ).get("trusted-host", ""))
    told = {name: " ".join(values) if name == "trusted-host" else values[-1] for name, values in given.items()}
    return {**environ, **{f"PIP_{name.replace('-', '_').upper()}": value for name, value in told.items()}}


class _Reader:
    """What was read so far. No dataclass: see :mod:`thinvenv.model`."""

    def __init__(self, cwd: str, environ: Mapping[str, str], origin: str) -> None:
        self.cwd, self.environ, self.origin = cwd, environ, origin
        self.roots: list[Root] = []
        self.constraints: list[Root] = []
        self.overrides: list[Root] = []
        self.options: list[str] = []
        self.fields: dict[str, Any] = {}
        self.projects: list[str] = []
        self.locks: dict[str, list[str]] = {}
        self.extras: list[str] | None = []
        self.sources = True

    def read(self, words: list[str], origin: str = "") -> None:
        """Take all words, option by option; ``origin`` is the file line that they are from."""
        queue = words[::-1]
        while queue:
            word = queue.pop()
            if word == "--":
                self.roots.extend(root(one, self.cwd, origin=self.origin) for one in queue[::-1])
                return
            if not word.startswith("-"):
                self.roots.append(root(word, self.cwd, origin=self.origin))
                continue
            if word[:2] in options.CLUSTERED and len(word) > 2 and not _is_repeated(word):  # noqa: PLR2004 - "-x" and more
                queue.append(f"-{word[2:]}")
                word = word[:2]
            self._option(*_split(word), queue, origin or self.origin)

    def finish(self) -> None:
        """Read the projects and locks that were named as files, now that their extras are known."""
        if self.extras is None and not self.projects and not self.locks:
            raise UsageError("`--all-extras` goes with `-r pyproject.toml`")
        if self.extras and not self.projects and not self.locks:
            raise UsageError("`--extra` goes with `-r pyproject.toml`", hint=f"`.[{','.join(self.extras)}]`")
        if self.locks:
            from thinvenv.requirements import files  # noqa: PLC0415 - only who uses it pays

            if not self.roots:
                self.fields["no_deps"] = True  # a lock is complete, whatever its distributions say they require
            for path, groups in self.locks.items():
                self._take(files.lock_content(path, self.cwd, self.environ, self.extras, groups))
        if self.projects:
            from thinvenv.requirements.projects import project_roots  # noqa: PLC0415 - only who uses it pays
        for path in self.projects:
            self.roots.extend(project_roots(path, self.cwd, self.extras, sources=self.sources))

    def _option(self, name: str, value: str | None, queue: list[str], origin: str) -> None:
        if name in options.FLAGS:
            self.fields[options.FLAGS[name]] = True
        elif name == "--all-extras":
            self.extras = None
        elif name in options.CARRIED_FLAGS or name in options.UV_FLAGS:
            self.options.append(name)
        elif name in options.QUIET_FLAGS or _is_repeated(name):
            return
        elif name in {*_READERS, *_CARRIED, *options.QUIET_VALUES}:
            self._valued(name, queue.pop() if value is None and queue else value, origin)
        else:
            raise options.refused(name, origin)

    def _valued(self, name: str, value: str | None, origin: str) -> None:
        if not value:
            raise UsageError(f"`{name}` needs a value")
        if name in _CARRIED:
            self.options.append(f"{_CARRIED[name]}={value}")
            if name == "--resolution" and value != "highest":
                self.fields["upgrade"] = True  # else what is there would satisfy, and nothing be lowest
        elif name in _READERS:
            getattr(self, f"_{_READERS[name]}")(value, origin)

    def _requirement(self, path: str, _origin: str) -> None:
        if os.path.basename(path) == "pyproject.toml":
            self.projects.append(path)
            return
        from thinvenv.requirements import files  # noqa: PLC0415 - most requests name no file

        if files.is_lock(path):
            self.locks.setdefault(path, []).append(files.DEFAULT_GROUPS)
        else:
            self._take(files.roots_in(path, self.cwd, self.environ))

    def _take(self, content: FileContent) -> None:
        from thinvenv.requirements.lines import words  # noqa: PLC0415 - see above

        self.roots.extend(content.roots)
        self.constraints.extend(content.constraints)
        for text, where in content.options:
            self.read(words(text, where), where)

    def _constraint(self, path: str, _origin: str) -> None:
        from thinvenv.requirements import files  # noqa: PLC0415 - see above

        self.constraints.extend(files.constraints_in(path, self.cwd, self.environ))

    def _override(self, path: str, _origin: str) -> None:
        from thinvenv.requirements import files  # noqa: PLC0415 - see above

        self.overrides.extend(files.constraints_in(path, self.cwd, self.environ))

    def _editable(self, text: str, origin: str) -> None:
        self.roots.append(editable_root(text, self.cwd, origin=origin))

    def _extra(self, name: str, _origin: str) -> None:
        if self.extras is not None:
            self.extras.append(name)

    def _reinstall_package(self, name: str, _origin: str) -> None:
        from packaging.utils import canonicalize_name  # noqa: PLC0415 - only who uses it pays

        self._add_name("reinstall_names", canonicalize_name(name))

    def _upgrade_package(self, text: str, origin: str) -> None:
        """Take a name, or a requirement: ``-P "numpy<2"`` limits its version as well, as with uv."""
        from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - see above
        from packaging.utils import canonicalize_name  # noqa: PLC0415

        try:
            wanted = Requirement(text)
        except InvalidRequirement as error:
            raise UsageError(f"`--upgrade-package` cannot be `{text}`", why=(str(error),)) from error
        self._add_name("upgrade_names", canonicalize_name(wanted.name))
        if wanted.specifier or wanted.url:
            self.constraints.append(Root(text, origin or f"--upgrade-package {text}"))

    def _add_name(self, field: str, name: str) -> None:
        self.fields[field] = (*self.fields.get(field, ()), name)

    def _group(self, name: str, _origin: str) -> None:
        from thinvenv.requirements import files  # noqa: PLC0415 - see above
        from thinvenv.requirements.groups import group_roots  # noqa: PLC0415

        path, _, group = name.rpartition(":")
        if files.is_lock(path):
            self.locks.setdefault(path, []).append(group)
            return
        self.roots.extend(group_roots(name, self.cwd, sources=self.sources))


def _is_repeated(word: str) -> bool:
    """Tell whether a word is ``-q``, ``-vv`` or the like."""
    return word[:2] in {"-q", "-v"} and set(word[1:]) == {word[1]}


def _split(word: str) -> tuple[str, str | None]:
    """Split ``--name=value`` and ``-xvalue``."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return name, value if equals else None
    if word[:2] in _SHORT and len(word) > 2:  # noqa: PLR2004 - "-x" and more
        return word[:2], word[2:]
    return word, None

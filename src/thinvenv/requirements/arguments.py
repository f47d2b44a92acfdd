"""Builds a `Request` from values, or from the arguments of `pip install`.

tox and nox pass such arguments, and requirements files contain them line by line.
"""

from __future__ import annotations

import os

from thinvenv.config import pip
from thinvenv.errors import RequirementError, ThinvenvError, UsageError, joined
from thinvenv.model import Policy, Request, Root
from thinvenv.requirements.options import FLAGS, Argument, parse
from thinvenv.requirements.roots import ReadContext, editable_root, is_lock, root

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from thinvenv.requirements.files import FileContent

_CONFIGURED_FLAGS = ("pre", "no-deps", "upgrade", "force-reinstall", "ignore-installed", "require-hashes")
_NETWORK = ("--cert", "--client-cert", "--proxy", "--timeout", "--trusted-host")
"""The options about servers, which count for requirements files on a server too."""


def request_from(arguments: Iterable[str], cwd: str, environ: Mapping[str, str], prefix: str | None = None) -> Request:
    """Return the request that arguments of ``pip install`` make.

    Args:
        arguments: What would follow ``pip install``.
        cwd: The directory that relative paths start from.
        environ: The environment variables: those of pip and uv, and the values for ``${NAME}`` in files.
        prefix: The environment to install into, whose ``pip.conf`` counts; ``None`` for none.

    Raises:
        UsageError: An option is not supported here, or has no value.
        RequirementError: A file or a path does not exist, or cannot be read.

    """
    return build_request(cwd, environ, prefix=prefix, options=arguments)


def build_request(  # noqa: PLR0913 - one parameter for each way to name a requirement
    cwd: str,
    environ: Mapping[str, str],
    *,
    prefix: str | None = None,
    requirements: Iterable[str] = (),
    requirement_files: Iterable[str] = (),
    constraint_files: Iterable[str] = (),
    editables: Iterable[str] = (),
    groups: Iterable[str] = (),
    options: Iterable[str] = (),
    policy: Policy = Policy(),  # noqa: B008 - immutable
    **fields: Any,
) -> Request:
    """Return a request made of values.

    Args:
        cwd: The directory that relative paths start from.
        environ: The environment variables: those of pip and uv, and the values for ``${NAME}`` in files.
        prefix: The environment to install into, whose ``pip.conf`` counts; ``None`` for none.
        requirements: Specifiers (PEP 508), URLs, or paths of projects and archives.
        requirement_files: Requirements files, lock files or ``pyproject.toml`` files, as ``-r`` accepts them.
        constraint_files: Constraints files, as ``-c`` accepts them.
        editables: Projects to install in development mode.
        groups: Dependency groups (PEP 735).
        options: Further arguments of ``pip install``.
        policy: Constraints and the like to begin with; files add to them.
        fields: Further fields of :class:`~thinvenv.model.Request`.

    Raises:
        UsageError: An option is not supported here, or has no value.
        RequirementError: A file or a path does not exist, or cannot be read.
        TypeError: A field does not exist.

    """
    arguments = list(parse(options))
    settings = pip.load(environ, cwd, prefix, [option for option, _, _ in arguments])
    builder = _Builder(ReadContext(cwd, environ, _with_network_options(settings, arguments)), policy)
    builder.sources = not environ.get("UV_NO_SOURCES") and Argument("--no-sources") not in arguments
    builder.add_configuration(settings)
    values = {
        "--requirement": requirement_files,
        "--constraint": constraint_files,
        "--editable": editables,
        "--group": groups,
        "": requirements,
    }
    builder.add_all(arguments)
    builder.add_all(Argument(option, value) for option, texts in values.items() for value in texts)
    return builder.request(**fields)


def exact(request: Request, *, allow_empty: bool = False, hint: str | None = None) -> Request:
    """Return a request that asks for an environment with nothing but its requirements.

    Args:
        request: A request.
        allow_empty: Whether it may have no requirements, so that everything is removed.
        hint: How a person allows that.

    Raises:
        UsageError: It has no requirements.

    """
    if not (request.roots or allow_empty):
        raise UsageError("the files require nothing", why=("the environment would lose what it has",), hint=hint)
    return request._replace(exact=True, keep=False)


def _with_network_options(settings: Mapping[str, str], arguments: Iterable[Argument]) -> Mapping[str, str]:
    """Return pip's settings, replaced by the options about servers. Trusted hosts add up."""
    network: dict[str, str] = {}
    for option, value, _ in arguments:
        if option in _NETWORK:
            name = option.removeprefix("--")
            earlier = network.get(name, settings.get(name, "")) if option == "--trusted-host" else ""
            network[name] = f"{earlier} {value}".strip()
    return {**settings, **network}


class _Builder:
    """Collects the parts of a request. Not a dataclass: see :mod:`thinvenv.model`."""

    def __init__(self, context: ReadContext, policy: Policy) -> None:
        self.context = context
        self.policy = policy
        self.sources = True  # whether `[tool.uv.sources]` counts
        self.roots: list[Root] = []
        self.constraints: list[Root] = []
        self.overrides: list[Root] = []
        self.options: list[str] = []
        self.fields: dict[str, Any] = {}
        self.projects: list[str] = []
        self.locks: dict[str, list[str | None]] = {}  # the groups of each; `None` for its default groups
        self.extras: list[str] | None = []  # `None` for all
        self._adders = {
            "": self._add_requirement,
            "--requirement": self._add_requirement_file,
            "--constraint": self._add_constraint_file,
            "--override": self._add_override_file,
            "--editable": self._add_editable,
            "--group": self._add_group,
            "--extra": self._add_extra,
            "--reinstall-package": self._add_reinstalled,
            "--upgrade-package": self._add_upgraded,
        }

    def add_configuration(self, settings: Mapping[str, str]) -> None:
        """Add what the configuration of pip and uv requires of every install.

        These settings decide what fits and what is installed. Those about indexes and builds are for the backends.
        """
        environ = self.context.environ
        for name in _CONFIGURED_FLAGS:
            if pip.is_true(settings.get(name, "")) and not (name == "pre" and "UV_PRERELEASE" in environ):
                self.fields[FLAGS[f"--{name}"]] = True
        if pip.is_true(settings.get("no-require-hashes", "")):
            self.fields.pop("require_hashes", None)
        # pip takes it for the value of `build-isolation`: `0` switches isolation off (its issue 5735).
        is_isolated = not pip.is_false(settings.get("no-build-isolation", "yes"))
        if pip.is_true(environ["UV_NO_BUILD_ISOLATION"]) if "UV_NO_BUILD_ISOLATION" in environ else not is_isolated:
            self.options.append("--no-build-isolation")
        for name in ("requirement", "editable"):
            self.add_all(Argument(f"--{name}", path) for path in settings.get(name, "").split())
        if "group" in settings:
            self._add_group(settings["group"], "")
        constraints = environ.get("UV_CONSTRAINT", settings.get("constraint", ""))
        self.add_all(Argument("--constraint", path) for path in constraints.split())
        self.add_all(Argument("--override", path) for path in environ.get("UV_OVERRIDE", "").split())

    def add_all(self, arguments: Iterable[Argument]) -> None:
        """Add arguments one by one.

        Raises:
            ThinvenvError: Some cannot be read: the error names all of them.

        """
        errors: list[ThinvenvError] = []
        for argument in arguments:
            try:
                self._add(argument)
            except (RequirementError, UsageError) as error:
                errors.append(error)
        if errors:
            raise joined(errors)

    def request(self, **fields: Any) -> Request:
        """Return the request, after reading the projects and locks, whose extras are complete only now."""
        if self.projects or self.locks:
            self._apply_uv_configuration()
        else:
            self._reject_extras()
        if self.locks and not self.roots:
            self.fields["no_deps"] = True  # a lock is complete, whatever its distributions require
        for path, groups in self.locks.items():
            self._add_content(self._read_file("-r", path, groups))
        for path in self.projects:
            roots = _projects_module().dependency_roots(path, self.context.cwd, self.extras, sources=self.sources)
            self.roots.extend(roots)
        policy = self.policy._replace(
            constraints=(*self.policy.constraints, *self.constraints),
            overrides=(*self.policy.overrides, *self.overrides),
        )
        return Request(tuple(self.roots), policy, tuple(self.options), **{**self.fields, **fields})

    def _apply_uv_configuration(self) -> None:
        projects, context = _projects_module(), self.context
        self.extras = projects.configured_extras(self.extras, context.environ, context.cwd, self.options)
        self.sources = self.sources and projects.uses_sources(context.environ, context.cwd, self.options)

    def _add(self, argument: Argument) -> None:
        option, value, origin = argument
        if option in FLAGS:
            self.fields[FLAGS[option]] = True
        elif option == "--all-extras":
            self.extras = None
        elif option in self._adders:
            self._adders[option](value, origin)
        else:
            self.options.append(f"{option}={value}" if value else option)
            if option == "--resolution" and value != "highest":
                self.fields["upgrade"] = True  # an installed version would satisfy, and not be the lowest

    def _add_requirement(self, text: str, origin: str) -> None:
        self.roots.append(root(text, self.context.cwd, origin=origin))

    def _add_editable(self, text: str, origin: str) -> None:
        self.roots.append(editable_root(text, self.context.cwd, origin=origin))

    def _add_requirement_file(self, path: str, _origin: str) -> None:
        if os.path.basename(path) == "pyproject.toml":
            self.projects.append(path)
        elif is_lock(path):
            self.locks.setdefault(path, []).append(None)
        else:
            self._add_content(self._read_file("-r", path))

    def _add_constraint_file(self, path: str, _origin: str) -> None:
        self.constraints.extend(self._read_file("-c", path).constraints)

    def _add_override_file(self, path: str, _origin: str) -> None:
        self.overrides.extend(self._read_file("-c", path).constraints)

    def _read_file(self, flag: str, path: str, groups: Iterable[str | None] = (None,)) -> FileContent:
        from thinvenv.requirements.files import read_file  # noqa: PLC0415 - most requests name no file

        return read_file(flag, path, self.context, self.extras, groups)

    def _add_content(self, content: FileContent) -> None:
        self.roots.extend(content.roots)
        self.constraints.extend(content.constraints)
        self.add_all(content.options)

    def _add_group(self, name: str, _origin: str) -> None:
        path, _, group = name.rpartition(":")
        if is_lock(path):
            self.locks.setdefault(path, []).append(group)
            return
        projects, context = _projects_module(), self.context
        sources = self.sources and projects.uses_sources(context.environ, context.cwd, self.options)
        self.roots.extend(projects.group_roots(name, context.cwd, sources=sources))

    def _add_extra(self, name: str, _origin: str) -> None:
        if self.extras is not None:
            self.extras.append(name)

    def _add_reinstalled(self, text: str, _origin: str) -> None:
        self._add_name("--reinstall-package", "reinstall_names", text)

    def _add_upgraded(self, text: str, origin: str) -> None:
        """Add a name, or a requirement: ``-P "numpy<2"`` limits its version as well, as with uv."""
        if self._add_name("--upgrade-package", "upgrade_names", text):
            self.constraints.append(Root(text, origin or f"--upgrade-package {text}"))

    def _add_name(self, option: str, field: str, text: str) -> bool:
        """Add the name of a requirement to a field, and return whether the requirement limits the version."""
        from packaging import requirements, utils  # noqa: PLC0415 - too slow for a no-op

        try:
            requirement = requirements.Requirement(text)
        except requirements.InvalidRequirement as error:
            raise UsageError(f"`{option}` cannot be `{text}`", why=(str(error),)) from error
        self.fields[field] = (*self.fields.get(field, ()), utils.canonicalize_name(requirement.name))
        return bool(requirement.specifier or requirement.url)

    def _reject_extras(self) -> None:
        if self.extras is None:
            raise UsageError("`--all-extras` needs `-r pyproject.toml`")
        if self.extras:
            raise UsageError("`--extra` needs `-r pyproject.toml`", hint=f"`.[{','.join(self.extras)}]`")


def _projects_module() -> Any:
    from thinvenv.requirements import projects  # noqa: PLC0415 - it loads `packaging` and `tomllib`

    return projects

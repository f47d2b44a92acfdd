"""The environments of `thinvenv run`, kept in the cache.

A second run finds the environment of the first one, and only checks whether its base is still the same.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from thinvenv import engine
from thinvenv.cache import keep
from thinvenv.config import pip, uv_files
from thinvenv.config.settings import user_file
from thinvenv.context.lock import creation_lock
from thinvenv.creation import create
from thinvenv.environments import discovery, receipt
from thinvenv.errors import InterpreterError, NotAnEnvironmentError, RequirementError, UnwritableError
from thinvenv.files.fingerprint import digest
from thinvenv.model.json import text, texts
from thinvenv.named_tuples import NamedTuple
from thinvenv.requirements.arguments import build_request
from thinvenv.requirements.lines import depends_on_others

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.config.settings import Settings
    from thinvenv.context.context import Context
    from thinvenv.model import Environment, Plan, Request

_BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
"""A block of metadata in a script, as PEP 723 defines it."""
_OPENING = re.compile(r"(?m)^# /// script$")
_ORIGIN = re.compile(r"-[rc] (?P<path>.+), line \d+")
_ENVIRONMENTS, _METADATA = "environments", "scripts"


class ScriptMetadata(NamedTuple):
    """The inline metadata of a script (PEP 723).

    Attributes:
        dependencies: Its requirements.
        requires_python: The versions of Python that it supports; empty for all.

    """

    dependencies: tuple[str, ...] = ()
    requires_python: str = ""


class CachedEnvironment(NamedTuple):
    """An environment in the cache.

    Attributes:
        prefix: Its root.
        plan: What was installed into it just now.
        request: What it has to satisfy.

    """

    prefix: Path
    plan: Plan
    request: Request


def environment_for(
    script: str,
    requirements: Iterable[str],
    settings: Settings,
    context: Context,
    *,
    python: str | None = None,
    refresh: bool = False,
    offline: bool = False,
) -> CachedEnvironment:
    """Return an environment with the requirements of a script, and with further ones.

    Args:
        script: The path of the script; empty for none.
        requirements: Further requirements: specifiers (PEP 508), URLs, or paths of projects and archives.
        settings: How the base is reused.
        context: The surroundings of the call; its cache holds the environment.
        python: The interpreter: a path, a name on ``PATH`` or a version; ``None`` for that of the active environment,
            else the one that runs thinvenv.
        refresh: Whether to create the environment again.
        offline: Whether to work without a network.

    Raises:
        UnwritableError: The cache cannot be used.
        RequirementError: The script or its metadata cannot be read, or a requirement is invalid.
        InterpreterError: The interpreter is not found, or the script does not support it.
        ThinvenvError: See :func:`thinvenv.engine.install` for what else may fail.

    """
    block = _metadata_block(script, context) if script else ""
    requirements = tuple(requirements)
    key = _key(block, requirements, settings, python, context)
    metadata = _metadata_of(block, script, context)
    try:
        prefix = context.cache.folder(_ENVIRONMENTS) / key[:32]
    except OSError as error:
        raise UnwritableError.of_writing(context.cache.root, error) from error
    texts = (*metadata.dependencies, *requirements)
    request = build_request(context.cwd, context.environ, prefix=str(prefix), requirements=texts)
    request = settings.apply_to(request)._replace(offline=offline)
    is_complete = not refresh and os.path.exists(prefix / receipt.FILE_NAME)
    plan = _update(request, prefix, context) if is_complete else None
    if plan is None:
        with creation_lock(prefix.with_name(f"{prefix.name}.run"), context.cache):
            # While this process waited, another one may have made the environment, and may run in it now.
            plan = None if refresh else _update(request, prefix, context)
            if plan is None:
                plan = _create(request, metadata, prefix, settings, context, python)
        context.cache.tidy(_ENVIRONMENTS)
    return CachedEnvironment(prefix, plan, request)


class Dependencies(NamedTuple):
    """What an environment depends on: while all of it is the same, a run need not examine the environment.

    Attributes:
        layers: The directories that it imports or links from.
        files: Files and folders whose time and size count, and that need not exist: the receipt, the configurations
            of the environment, of thinvenv, pip and uv, and the folders that plugins are installed in.
        paths: Paths of which only the existence counts.
        variables: The environment variables that the start of its interpreter reads.

    """

    layers: tuple[str, ...]
    files: tuple[str, ...]
    paths: tuple[str, ...]
    variables: tuple[str, ...]


def dependencies_of(cached: CachedEnvironment, context: Context) -> Dependencies | None:
    """Return what an environment depends on.

    Args:
        cached: The environment.
        context: The surroundings of the call.

    Returns:
        The dependencies, or ``None`` if they cannot be listed.

    """
    prefix, plan, request = cached
    saved, origins = receipt.load(prefix), _origins(request, context)
    has_sources = any(root.path for root in request.roots) or any("://" in path for path in origins)
    has_sources |= any(map(depends_on_others, origins))
    if saved is None or saved.environment is None or has_sources or plan.warnings:
        return None
    reads: dict[str, list[str]] = {"file": [], "listing": [], "exists": [], "variable": [], "directory": []}
    for kind, *names in saved.environment.reads:
        if kind not in reads:
            return None
        reads[kind] += names
    files = [
        *(str(prefix / name) for name in (receipt.FILE_NAME, "pyvenv.cfg")),
        *reads["file"],
        *reads["listing"],
        *origins,
        saved.environment.base_python,
        *uv_files.project_files(context.cwd),
        *uv_files.shared_files(context.environ),
        *pip.config_files(context.environ, context.cwd, str(prefix)),
        user_file(context.environ, context.cwd),
        *(path for path in sys.path if os.path.isdir(path)),
    ]
    layers = tuple(layer.path for layer in saved.layers)
    return Dependencies(layers, tuple(files), tuple(reads["exists"]), tuple(reads["variable"]))


def _origins(request: Request, context: Context) -> set[str]:
    """Return the files that the requirements and constraints of a request were read from, or would be."""
    roots = (*request.roots, *request.policy.constraints, *request.policy.overrides)
    matches = [match for root in roots if (match := _ORIGIN.fullmatch(root.origin))]
    configured = pip.load(context.environ, context.cwd).get("constraint", "").split()
    variables = (context.environ.get(name, "").split() for name in ("UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE"))
    paths = (*(match["path"] for match in matches), *configured, *(path for paths in variables for path in paths))
    return {path if "://" in path else os.path.join(context.cwd, path) for path in paths}


def _metadata_block(script: str, context: Context) -> str:
    """Return the content of the block ``script`` of a script, without the comment signs; empty if there is none.

    Raises:
        RequirementError: The script cannot be read, has several such blocks, or one that does not end.

    """
    path = Path(context.cwd, script)
    try:
        content = path.read_text(encoding="utf-8-sig", errors="replace").replace("\r\n", "\n")
    except OSError as error:
        raise RequirementError(f"cannot read the script {path}", why=(error.strerror or str(error),)) from error
    blocks = [match["content"] for match in _BLOCK.finditer(content) if match["type"] == "script"]
    if len(blocks) > 1:
        raise RequirementError(
            f"the script {path} has {len(blocks)} blocks `# /// script`", why=("a script may have only one",)
        )
    if not blocks and _OPENING.search(content):
        why = ("the line `# ///` ends it, and each line in it begins with `#`",)
        raise RequirementError(f"the block `# /// script` of the script {path} does not end", why=why)
    return "".join(
        line[2:] if line.startswith("# ") else line[1:] for line in "".join(blocks).splitlines(keepends=True)
    )


def _metadata_of(block: str, script: str, context: Context) -> ScriptMetadata:
    """Return the metadata in a block. They are kept in the cache, since parsing them takes longer than the rest."""
    if not block.strip():
        return ScriptMetadata()
    key = digest([block])
    saved = context.cache.load(_METADATA, key) or {}
    with suppress(KeyError, TypeError):  # else another version has stored it
        return ScriptMetadata(texts(saved["dependencies"]), text(saved["requires_python"]))
    metadata = _parsed(block, Path(context.cwd, script))
    context.cache.store(_METADATA, key, metadata._asdict())
    return metadata


def _parsed(block: str, path: Path) -> ScriptMetadata:
    try:
        document = tomllib.loads(block)
    except ValueError as error:
        raise RequirementError(f"cannot read the metadata of the script {path}", why=(str(error),)) from error
    dependencies, requires_python = document.get("dependencies", []), document.get("requires-python", "")
    if not isinstance(dependencies, list) or not all(isinstance(dependency, str) for dependency in dependencies):
        raise RequirementError(f"`dependencies` of the script {path} is not a list of strings")
    try:
        SpecifierSet(requires_python)
    except (InvalidSpecifier, AttributeError, TypeError) as error:
        raise RequirementError(f"`requires-python` of the script {path} is invalid", why=(str(error),)) from error
    return ScriptMetadata(tuple(dependencies), requires_python)


def _key(block: str, requirements: tuple[str, ...], settings: Settings, python: str | None, context: Context) -> str:
    """Return a digest of all that decides which environment a run needs."""
    names = ["VIRTUAL_ENV", "CONDA_PREFIX", *(["PATH"] if python else [])]
    chosen = discovery.chosen_by_launcher(python, context)
    programs = [os.path.realpath(path) for path in discovery.paths_of(python, context) if os.path.exists(path)]
    interpreter = [python, sys.base_prefix, sys.executable, chosen, *map(context.environ.get, names), *programs]
    # A relative path is one of the directory of the call.
    is_relative = python or settings.bases or any(os.sep in requirement for requirement in requirements)
    folder = context.cwd if is_relative else ""
    return digest([repr((block, requirements, tuple(settings), interpreter, folder))])


def _update(request: Request, prefix: Path, context: Context) -> Plan | None:
    """Install into an environment that is there, and return the plan; ``None`` if it is not there or not intact."""
    try:
        keep(prefix, prefix.stat())
        return engine.install(request, prefix, context)
    except (OSError, NotAnEnvironmentError, InterpreterError):
        return None


def _create(
    request: Request,
    metadata: ScriptMetadata,
    prefix: Path,
    settings: Settings,
    context: Context,
    python: str | None,
) -> Plan:
    is_unfit = os.path.lexists(prefix)
    # If there is nothing now, another process may make it meanwhile.
    options = create.with_settings(settings, python=python, clear=is_unfit, allow_existing=not is_unfit)
    with create.creating(prefix, context, **options) as environment:
        _check_python(metadata, environment)
        return engine.install(request, prefix, context)


def _check_python(metadata: ScriptMetadata, environment: Environment) -> None:
    if not SpecifierSet(metadata.requires_python).contains(environment.version, prereleases=True):
        raise InterpreterError(
            f"the script requires Python {metadata.requires_python}",
            why=(f"{environment.base_python} is Python {environment.version}",),
            hint="select another one with `--python`",
        )

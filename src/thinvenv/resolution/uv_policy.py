"""The part of a request that uv's configuration makes.

It consists of constraints, overrides, replaced metadata and flags. The rest of the configuration is left to the
backends.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from thinvenv.config import uv
from thinvenv.config.pip import is_true
from thinvenv.distributions.requirement_cache import name_of
from thinvenv.errors import UsageError
from thinvenv.model import MetadataRule, Root
from thinvenv.requirements.projects import group_roots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thinvenv.context.context import Context
    from thinvenv.model import Policy, Request


def with_configuration(request: Request, context: Context) -> Request:
    """Return a request with what uv's configuration adds to it.

    Args:
        request: The request.
        context: Its variables and its folder say which files count.

    Raises:
        UsageError: A file cannot be read.
        RequirementError: A dependency group cannot be read.

    """
    request = request._replace(offline=request.offline or is_true(context.environ.get("UV_OFFLINE", "")))
    configuration = uv.load(context.environ, context.cwd, request.options)
    excluded = list(_excluded(configuration, context))
    if not configuration.tables and not excluded:
        return request
    upgraded = [_requirement(text) for text in configuration.value("upgrade-package") or ()]
    policy = request.policy._replace(
        constraints=(
            *request.policy.constraints,
            *_roots(configuration, "constraint-dependencies"),
            *(Root(str(item), "uv's `upgrade-package`") for item in upgraded if item.specifier or item.url),
        ),
        overrides=(*request.policy.overrides, *_overrides(request, configuration), *excluded),
        metadata=(*request.policy.metadata, *_metadata_rules(configuration)),
    )
    return _with_flags(request, configuration)._replace(
        policy=policy,
        roots=(*request.roots, *_groups(configuration, context)),
        upgrade_names=(*request.upgrade_names, *(canonicalize_name(item.name) for item in upgraded)),
        reinstall_names=(*request.reinstall_names, *map(canonicalize_name, _texts(configuration, "reinstall-package"))),
    )


def for_pip(request: Request) -> Request:
    """Return a request without what pip has no counterpart for, so that all parts of a plan agree."""
    overrides = tuple(override for override in request.policy.overrides if not uv.is_configured(override))
    return request._replace(policy=request.policy._replace(overrides=overrides, metadata=()))


def needs_uv(policy: Policy) -> bool:
    """Return whether a configuration has made a part of a policy that pip has no counterpart for."""
    return bool(policy.metadata) or any(map(uv.is_configured, policy.overrides))


def _with_flags(request: Request, configuration: uv.Configuration) -> Request:
    def is_set(name: str) -> bool:
        return configuration.value(name) is True

    options = request.options
    if is_set("no-build-isolation") and "--no-build-isolation" not in options:
        options = (*options, "--no-build-isolation")
    return request._replace(
        options=options,
        no_deps=request.no_deps or is_set("no-deps"),
        upgrade=request.upgrade or is_set("upgrade"),
        reinstall=request.reinstall or is_set("reinstall"),
        require_hashes=request.require_hashes or is_set("require-hashes"),
        offline=request.offline or is_set("offline"),
    )


def _roots(configuration: uv.Configuration, name: str) -> Iterator[Root]:
    for path, table in configuration.tables:
        yield from (Root(text, f"{uv.ORIGIN}{path}") for text in table.get(name, ()) if isinstance(text, str))


def _overrides(request: Request, configuration: uv.Configuration) -> Iterator[Root]:
    """Yield the overrides. None replaces a requirement with hashes: a lock has its version and its archives."""
    names = {name_of(root) for root in request.roots if root.hashes}
    yield from (root for root in _roots(configuration, "override-dependencies") if name_of(root) not in names)


def _groups(configuration: uv.Configuration, context: Context) -> Iterator[Root]:
    for name in _texts(configuration, "group"):
        yield from group_roots(name, context.cwd, sources=not configuration.value("no-sources"))


def _excluded(configuration: uv.Configuration, context: Context) -> Iterator[Root]:
    """Yield an override that removes it for each name that is excluded from every resolution."""
    for path, table in configuration.tables:
        names = [name for name in table.get("exclude-dependencies", ()) if isinstance(name, str)]
        yield from (Root(f"{name} ; {uv.NEVER}", f"{uv.ORIGIN}{path}") for name in names)
    for path in context.environ.get("UV_EXCLUDE", "").split():
        try:
            with open(os.path.join(context.cwd, path), encoding="utf-8") as file:
                names = [line.partition("#")[0].strip() for line in file]
        except OSError as error:
            raise UsageError(f"cannot read {path}", why=("it is named by UV_EXCLUDE", str(error))) from error
        yield from (Root(f"{name} ; {uv.NEVER}", f"{uv.ORIGIN}{path}") for name in names if name)


def _metadata_rules(configuration: uv.Configuration) -> Iterator[MetadataRule]:
    """Yield the rules of ``dependency-metadata``, and those overrides and exclusions that are for one distribution."""
    for table in configuration.value("dependency-metadata") or ():
        yield MetadataRule(
            "metadata",
            canonicalize_name(table["name"]),
            str(table.get("version", "")),
            tuple(table.get("requires-dist", ())),
            tuple(table.get("provides-extra", table.get("provides-extras", ()))),
            str(table.get("requires-python", "")),
        )
    for kind, setting in (("override", "override-dependencies"), ("exclude", "exclude-dependencies")):
        for table in configuration.value(setting) or ():
            if isinstance(table, dict) and isinstance(table.get("package"), dict):
                package = table["package"]
                name, version = canonicalize_name(package["name"]), str(package.get("version", ""))
                yield MetadataRule(kind, name, version, tuple(table.get("dependencies", ())))


def _texts(configuration: uv.Configuration, name: str) -> list[str]:
    value: Any = configuration.value(name) or []
    return value if isinstance(value, list) else [value]


def _requirement(text: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(f"uv's `upgrade-package` cannot be `{text}`", why=(str(error),)) from error

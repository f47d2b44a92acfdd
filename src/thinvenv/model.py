"""The frozen values that the engine passes around. Nothing here touches a file.

The words are those of ``docs/design.md``: a *distribution* is an installed project, a
*layer* one site directory, the *venv* the layer that is written to, the *base* all layers
that are only read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.choices import BackendName

Chain: TypeAlias = tuple[str, ...]
"""Why something is needed: requirements from the root to it, ``("pandas", "numpy>=2")``."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An interpreter with its scheme, its markers and the directories it imports from.

    Attributes:
        python: The interpreter to start, as found in the environment.
        prefix: ``sys.prefix``: the root of the virtual environment.
        base_prefix: ``sys.base_prefix``: the root of the interpreter's installation.
        base_python: The real interpreter that the environment was made from.
        cache_tag: ``sys.implementation.cache_tag``, such as ``cpython-312``.
        abi: The extension suffix, such as ``.cpython-312-x86_64-linux-gnu.so``.
        platform: ``sysconfig.get_platform()``.
        purelib: The directory that pure Python distributions are installed into.
        platlib: The directory that compiled distributions are installed into.
        scripts: The directory of the environment's scripts.
        path: ``sys.path`` without the standard library and the current directory.
        markers: The environment markers of PEP 508, evaluated by that interpreter.
        linkable: In reuse mode ``link``, the base's directories: not on the path, but
            distributions of theirs are linked into the venv.
        linking: How they are linked, see :mod:`thinvenv.links.ways`.

    """

    python: str
    prefix: str
    base_prefix: str
    base_python: str
    cache_tag: str
    abi: str
    platform: str
    purelib: str
    platlib: str
    scripts: str
    path: tuple[str, ...]
    markers: Mapping[str, str]
    linkable: tuple[str, ...] = ()
    linking: str = ""

    @property
    def is_virtual(self) -> bool:
        """Tell whether this is a virtual environment (PEP 405)."""
        return self.prefix != self.base_prefix

    @property
    def version(self) -> str:
        """The full version of the interpreter, ``3.12.1``."""
        return self.markers["python_full_version"]


@dataclass(frozen=True, slots=True)
class Layer:
    """One site directory, in the order of the environment's ``sys.path``.

    A ``linkable`` one is a base that is not on it: what is used of it is linked into the venv.
    """

    path: str
    kind: Literal["venv", "base", "linkable"]


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed project, as its metadata describe it.

    Attributes:
        name: The normalised name (PEP 503).
        version: The version, as the metadata write it.
        location: The metadata directory or file.
        layer: The site directory it is found in.
        requires: Its ``Requires-Dist`` lines, unparsed.
        extras: Its ``Provides-Extra`` names, normalised.
        requires_python: Its ``Requires-Python``, or an empty string.
        direct_url: The text of its ``direct_url.json`` (PEP 610), or an empty string.
        foreign: An extension module of it that only another interpreter can import, or an
            empty string. It hides what comes after it, and satisfies nothing.

    """

    name: str
    version: str
    location: str
    layer: str
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    requires_python: str = ""
    direct_url: str = ""
    foreign: str = ""

    def __str__(self) -> str:
        """Return ``name version``, as tables and errors show it."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Inventory:
    """The distributions of every layer, in the order in which imports find them.

    Attributes:
        layers: The layers, first found first.
        distributions: All distributions, hidden ones included.
        ignored: What looked like a distribution but could not be read, and why.
        linked: The names of what is linked into the venv; it is listed where it lies.

    """

    layers: tuple[Layer, ...]
    distributions: tuple[Distribution, ...]
    ignored: tuple[str, ...] = ()
    linked: frozenset[str] = frozenset()

    @cached_property
    def visible(self) -> dict[str, Distribution]:
        """The distribution that an import finds, or would once linked, by normalised name."""
        found: dict[str, Distribution] = {}
        for distribution in self.distributions:
            found.setdefault(distribution.name, distribution)
        return found

    @cached_property
    def importable(self) -> dict[str, Distribution]:
        """The distribution that an import finds as things stand, by normalised name."""
        return {
            name: one
            for name, one in self.visible.items()
            if name in self.linked or one.layer not in self.linkable_paths
        }

    @cached_property
    def linkable_paths(self) -> frozenset[str]:
        """The directories that distributions are linked from."""
        return frozenset(layer.path for layer in self.layers if layer.kind == "linkable")

    @cached_property
    def venv_paths(self) -> frozenset[str]:
        """The directories of the layers that are written to."""
        return frozenset(layer.path for layer in self.layers if layer.kind == "venv")

    def in_venv(self, distribution: Distribution) -> bool:
        """Tell whether a distribution lies in the layer that is written to."""
        return distribution.layer in self.venv_paths

    def replaced(self, gone: Iterable[Distribution], new: Iterable[Distribution]) -> Inventory:
        """Return the inventory without ``gone`` and with ``new`` found first."""
        dropped = set(gone)
        rest = (one for one in self.distributions if one not in dropped)
        return replace(self, distributions=(*new, *rest))


@dataclass(frozen=True, slots=True)
class Root:
    """One requirement as it was asked for.

    Attributes:
        text: The requirement without hashes: a specifier (PEP 508), a path or a URL.
        origin: Where it stands, ``-r requirements.txt, line 3``.
        path: The absolute path, where it names a local project or archive.
        extras: The extras asked of a local project.
        editable: Whether it is to be installed in development mode.
        hashes: ``--hash`` values, ``sha256:…``.
        shallow: Whether it was asked for without what it requires (``--no-deps``).

    """

    text: str
    origin: str = ""
    path: str = ""
    extras: tuple[str, ...] = ()
    editable: bool = False
    hashes: tuple[str, ...] = ()
    shallow: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that one install is asked to do.

    Attributes:
        roots: The requirements.
        constraints: Requirements that only limit versions.
        options: Options for the index and for builds, in pip's spelling.
        upgrade: Take the newest; reuse the base only where it already is the newest.
        pre: Allow pre-releases.
        no_deps: Install the roots alone.
        reinstall: Install the roots even where they are satisfied.
        reinstall_names: Normalised names of what is installed again, asked for or not.
        require_hashes: Install nothing whose hash is not among those given.
        offline: Use no network.
        prune: Remove the venv's copies of what the base has meanwhile as well.
        only_reuse: Globs: base distributions that match none are treated as absent.
        never_reuse: Globs: base distributions that match one are treated as absent.
        backend: ``uv`` or ``pip``; ``None`` takes uv where there is one.
        keep: Resolve together with what earlier installs asked of this environment.

    """

    roots: tuple[Root, ...] = ()
    constraints: tuple[Root, ...] = ()
    options: tuple[str, ...] = ()
    upgrade: bool = False
    pre: bool = False
    no_deps: bool = False
    reinstall: bool = False
    reinstall_names: tuple[str, ...] = ()
    require_hashes: bool = False
    offline: bool = False
    prune: bool = False
    only_reuse: tuple[str, ...] = ()
    never_reuse: tuple[str, ...] = ()
    backend: BackendName | None = None
    keep: bool = True

    @property
    def anew(self) -> bool:
        """Tell whether what is there does not answer it, however well it satisfies."""
        return self.upgrade or self.reinstall or bool(self.reinstall_names)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A distribution that a resolver chose and that is still to be installed.

    Attributes:
        name: The normalised name.
        version: The version; empty where only a build can tell it.
        reference: The URL or path it comes from, empty for an index.
        requires: What it depends on, as far as the resolver said.
        editable: Whether it is to be installed in development mode.

    """

    name: str
    version: str
    reference: str = ""
    requires: tuple[str, ...] = ()
    editable: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolver's answer over a view: what has to come, and what goes for it."""

    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A requirement that an inventory does not satisfy.

    Attributes:
        kind: ``missing``, ``conflict`` (another version, source or Python) or ``unreadable``.
        wanted: The requirement.
        chain: The requirements from the root to it.
        found: The distribution that is there instead, if any.
        detail: What exactly does not fit.

    """

    kind: Literal["missing", "conflict", "unreadable"]
    wanted: str
    chain: Chain
    found: Distribution | None = None
    detail: str = ""

    def __str__(self) -> str:
        """Return one line: who wants what, and what is there instead."""
        who = " -> ".join(self.chain) or self.wanted
        if self.found is None:
            return f"`{who}` is not installed" + (f": {self.detail}" if self.detail else "")
        return f"`{who}` {self.detail}, found {self.found} in {self.found.layer}"


@dataclass(frozen=True, slots=True)
class Use:
    """A distribution that the closure of the requirements needs, and why."""

    distribution: Distribution
    because: Chain
    extras: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Closure:
    """What a set of requirements uses of an inventory, and what it lacks."""

    uses: tuple[Use, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def satisfied(self) -> bool:
        """Tell whether nothing is missing and nothing conflicts."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Reuse:
    """Use a base distribution where it is."""

    distribution: Distribution
    because: Chain
    action: Literal["reuse"] = field(default="reuse", init=False)


@dataclass(frozen=True, slots=True)
class Install:
    """Install a distribution that no layer has."""

    candidate: Candidate
    because: Chain
    action: Literal["install"] = field(default="install", init=False)


@dataclass(frozen=True, slots=True)
class Shadow:
    """Install a distribution that hides another version of it in the base."""

    candidate: Candidate
    replaces: Distribution
    because: Chain
    action: Literal["shadow"] = field(default="shadow", init=False)


@dataclass(frozen=True, slots=True)
class Remove:
    """Uninstall a distribution from the venv."""

    distribution: Distribution
    because: Chain
    action: Literal["remove"] = field(default="remove", init=False)


Step: TypeAlias = Reuse | Install | Shadow | Remove


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference between what is there and what is asked for, step by step.

    Attributes:
        steps: What is reused and what is done, each with its reason.
        warnings: What will not fit afterwards although nobody asked for it.

    """

    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Install | Shadow | Remove, ...]:
        """The steps that change the environment."""
        return tuple(step for step in self.steps if not isinstance(step, Reuse))

    @property
    def reused(self) -> tuple[Reuse, ...]:
        """The steps that reuse a base distribution."""
        return tuple(step for step in self.steps if isinstance(step, Reuse))

    @property
    def installed(self) -> tuple[Install | Shadow, ...]:
        """The steps that bring a distribution into the venv."""
        return tuple(step for step in self.steps if isinstance(step, (Install, Shadow)))

    @property
    def removed(self) -> tuple[Remove, ...]:
        """The steps that take a distribution out of the venv."""
        return tuple(step for step in self.steps if isinstance(step, Remove))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the distributions that are changed in the venv, in order."""
        names = {step.candidate.name for step in self.installed} | {step.distribution.name for step in self.removed}
        return tuple(sorted(names))


@dataclass(frozen=True, slots=True)
class MadeScript:
    """A script that was made for a reused distribution: whose it is, and what tells it from others."""

    owner: str
    digest: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``check`` found wrong.

    Attributes:
        kind: ``requirement`` (no longer satisfied), ``drift`` (the base changed),
            ``contradiction`` (a base distribution does not fit what the venv installed)
            or ``unplanned`` (the environment has no receipt).
        text: One line that says what, wanted and found.

    """

    kind: Literal["requirement", "drift", "contradiction", "unplanned"]
    text: str


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of ``check`` for one environment."""

    environment: str
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether nothing was found wrong."""
        return not self.findings


Flat = TypeVar("Flat", Environment, Distribution, Root)


def to_json(value: Environment | Distribution | Root) -> dict[str, Any]:
    """Return the fields of a flat value as what :mod:`json` writes."""
    return {each.name: getattr(value, each.name) for each in fields(value)}


def from_json(kind: type[Flat], data: Mapping[str, Any]) -> Flat:
    """Return the flat value that :func:`to_json` described.

    Raises:
        TypeError: ``data`` has other fields.

    """
    values: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in data.items()}
    return kind(**values)

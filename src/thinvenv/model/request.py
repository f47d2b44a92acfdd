"""The request: the requirements of an install, and its options."""

from __future__ import annotations

from thinvenv.named_tuples import NamedTuple

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from thinvenv.choices import BackendName


class Root(NamedTuple):
    """A requirement of a request.

    Attributes:
        text: The requirement without hashes: a specifier (PEP 508), a path or a URL.
        origin: Where it is written, such as ``-r requirements.txt, line 3``.
        path: The absolute path of a local project or archive, or an empty string.
        extras: The extras that are required of a local project.
        editable: Whether it is installed in development mode.
        hashes: ``--hash`` values, ``sha256:…``.
        shallow: Whether it is installed without its dependencies (``--no-deps``).
        only_index: The only index that it may come from, as ``NAME=URL``, or ``NAME`` for one in uv's configuration.
            It is empty for any index.

    """

    text: str
    origin: str = ""
    path: str = ""
    extras: tuple[str, ...] = ()
    editable: bool = False
    hashes: tuple[str, ...] = ()
    shallow: bool = False
    only_index: str = ""


class MetadataRule(NamedTuple):
    """Metadata of one distribution that differ from its own, see :mod:`thinvenv.resolution.metadata_rules`.

    Attributes:
        kind: ``metadata`` replaces all requirements, ``override`` those of the same names, ``exclude`` removes some.
        name: The normalised name of the distribution.
        version: The only version that it is for; empty for all.
        requires: The requirements; for ``exclude`` the names.
        extras: The extras; only of ``metadata``.
        requires_python: The supported versions of Python; only of ``metadata``.

    """

    kind: str
    name: str
    version: str = ""
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    requires_python: str = ""


class Policy(NamedTuple):
    """What limits the choice of distributions, without asking for any.

    Attributes:
        constraints: Requirements that only limit versions (``--constraint``).
        overrides: Requirements that replace every requirement on the same name (uv's ``--override``).
        only_reuse: Globs: base distributions that match none are treated as absent. All count where it is empty.
        never_reuse: Globs: base distributions that match one are treated as absent.
        metadata: Metadata that replace those of distributions (uv's ``dependency-metadata``).

    """

    constraints: tuple[Root, ...] = ()
    overrides: tuple[Root, ...] = ()
    only_reuse: tuple[str, ...] = ()
    never_reuse: tuple[str, ...] = ()
    metadata: tuple[MetadataRule, ...] = ()


class Request(NamedTuple):
    """Everything that an install has to do.

    Attributes:
        roots: The requirements.
        policy: What limits the choice of distributions.
        options: Options for the index and for builds, in pip's spelling.
        upgrade: Whether to use the newest versions, and to reuse the base only if it has them.
        pre: Whether pre-releases are allowed.
        no_deps: Whether to install the roots without their dependencies.
        reinstall: Whether to install the roots even if they are satisfied.
        reinstall_names: Normalised names of distributions to install again, roots or not.
        upgrade_names: Normalised names of distributions to upgrade, if ``upgrade`` does not apply to all.
        require_hashes: Whether to install only archives whose hash is listed.
        offline: Whether to work without a network.
        prune: Whether to remove the venv's copies of distributions that the base has by now.
        strict: Whether a glob that matches nothing in the base is an error rather than a warning.
        backend: ``uv`` or ``pip``. With ``None``, it is uv if it is installed.
        skip_unchanged: Whether a local wheel is not installed again, despite ``reinstall``, if it has the content of
            what is installed.
        keep: Whether the requirements of earlier installs have to remain satisfied.
        exact: Whether the environment is to have nothing else. It goes with ``keep = False``.
        kept_names: Normalised names of distributions that stay although nothing requires them, despite ``exact``.
        configuration: A digest of uv's configuration, which becomes part of the request when it is planned.
        stores: The stores that the environment links from, from now on: ``default``, paths, or ``none``. Without any,
            it keeps those that it has.
        warn_drift: Whether the start of the environment warns of a changed base, from now on; ``None`` keeps it.

    """

    roots: tuple[Root, ...] = ()
    policy: Policy = Policy()
    options: tuple[str, ...] = ()
    upgrade: bool = False
    pre: bool = False
    no_deps: bool = False
    reinstall: bool = False
    reinstall_names: tuple[str, ...] = ()
    upgrade_names: tuple[str, ...] = ()
    require_hashes: bool = False
    offline: bool = False
    prune: bool = False
    strict: bool = False
    backend: BackendName | None = None
    skip_unchanged: bool = False
    keep: bool = True
    exact: bool = False
    kept_names: tuple[str, ...] = ()
    configuration: str = ""
    stores: tuple[str, ...] = ()
    warn_drift: bool | None = None

    @property
    def ignores_installed(self) -> bool:
        """Whether a resolver is needed even if the installed distributions satisfy the requirements."""
        return self.upgrade or self.reinstall or bool(self.reinstall_names or self.upgrade_names)

"""What is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from thinvenv.choices import BackendName


class Root(NamedTuple):
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


class Policy(NamedTuple):
    """What limits the choice of distributions, without asking for any.

    Attributes:
        constraints: Requirements that only limit versions (``--constraint``).
        overrides: Requirements that replace every requirement on the same name (uv's ``--override``).
        only_reuse: Globs: base distributions that match none are treated as absent. All count where it is empty.
        never_reuse: Globs: base distributions that match one are treated as absent.

    """

    constraints: tuple[Root, ...] = ()
    overrides: tuple[Root, ...] = ()
    only_reuse: tuple[str, ...] = ()
    never_reuse: tuple[str, ...] = ()


class Request(NamedTuple):
    """Everything that one install is asked to do.

    Attributes:
        roots: The requirements.
        policy: What limits the choice of distributions.
        options: Options for the index and for builds, in pip's spelling.
        upgrade: Take the newest; reuse the base only where it already is the newest.
        pre: Allow pre-releases.
        no_deps: Install the roots alone.
        reinstall: Install the roots even where they are satisfied.
        reinstall_names: Normalised names of what is installed again, asked for or not.
        upgrade_names: Normalised names of what ``upgrade`` counts for, where it does not count for all.
        require_hashes: Install nothing whose hash is not among those given.
        offline: Use no network.
        prune: Remove the venv's copies of what the base has meanwhile as well.
        backend: ``uv`` or ``pip``; ``None`` takes uv where there is one.
        keep: Resolve together with what earlier installs asked of this environment.

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
    backend: BackendName | None = None
    keep: bool = True

    @property
    def anew(self) -> bool:
        """Tell whether what is there does not answer it, however well it satisfies."""
        return self.upgrade or self.reinstall or bool(self.reinstall_names or self.upgrade_names)

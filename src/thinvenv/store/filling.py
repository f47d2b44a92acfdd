"""Provides distributions from stores, and fills a store with what none of them has."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Any

from thinvenv.errors import StoreError
from thinvenv.named_tuples import NamedTuple
from thinvenv.store import byte_code, entries, locks, places, references, staged, workspaces
from thinvenv.store.entries import Entry
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.backends.base import Backend
    from thinvenv.context.context import Context
    from thinvenv.model import Candidate, Distribution, Environment, Request
    from thinvenv.store.places import Store


_SECONDS = re.compile(r"[0-9]{1,12}")


class Filler(NamedTuple):
    """What an install needs to fill a store.

    Attributes:
        request: The options of the installer, and the hashes.
        environment: The environment that asks.
        backend: The installer.
        context: The surroundings of the call.

    """

    request: Request
    environment: Environment
    backend: Backend
    context: Context

    def provide(self, candidates: Iterable[Candidate], stores: tuple[Store, ...]) -> dict[str, Distribution]:
        """Return the distributions that stores have, after filling the first writable one with those that none has.

        Those that do not come as archives are left to the installer.

        Args:
            candidates: What has to be installed.
            stores: The stores that are searched, in this order.

        Returns:
            The distributions by their names.

        Raises:
            StoreError: Something is missing, and no store can be written.
            BackendError: The installer failed.

        """
        archives = [candidate for candidate in candidates if references.is_archive(candidate)]
        keys = references.keys_of(archives, self.request, self.environment, self.context)
        available = _look_up(keys, stores)
        missing = [candidate for candidate in archives if candidate.name not in available]
        return available | self._fill(missing, keys, stores) if missing else available

    def _fill(
        self, missing: list[Candidate], keys: Mapping[str, str], stores: tuple[Store, ...]
    ) -> dict[str, Distribution]:
        """Install missing candidates into the first writable store, and return their distributions by name."""
        store = _first_writable(stores, missing)
        places.create(store)
        with locks.filling(store, self.context.reporter):
            # Another process may have filled it while this one waited.
            available = _look_up({c.name: keys[c.name] for c in missing if c.name in keys}, stores)
            missing = [candidate for candidate in missing if candidate.name not in available]
            try:
                workspaces.remove_abandoned(store)
                return available | self._install(missing, keys, store)
            except OSError as error:
                raise StoreError.of_writing(f"the store {store.path}", error) from error

    def _install(self, missing: list[Candidate], keys: Mapping[str, str], store: Store) -> dict[str, Distribution]:
        """Install into a store. Distributions with files that others have overwritten are installed again alone."""
        installed, overwritten = self._install_together(missing, keys, store)
        for candidate in missing:
            if candidate.name in overwritten:
                installed |= self._install_together([candidate], keys, store)[0]
        return installed

    def _install_together(
        self, candidates: list[Candidate], keys: Mapping[str, str], store: Store
    ) -> tuple[dict[str, Distribution], set[str]]:
        """Install with one process, and return the intact distributions, and the names of overwritten ones."""
        self.context.reporter.progress(f"adding {len(candidates)} to {store.path} with {self.backend.name}")
        with workspaces.workspace(store) as folder:
            distributions, damaged = self.stage(candidates, os.path.join(folder, "root"))
            intact = [distribution for distribution in distributions if distribution.name not in damaged]
            published = {dist.name: Entry(store, entries.name_of(dist)) for dist in intact}
            folders = staged.split(
                intact, os.path.join(folder, "entries"), {name: entry.name for name, entry in published.items()}
            )
            wanted = [candidate for candidate in candidates if candidate.name in folders]
            origins = {published[candidate.name].name: self._origin(candidate) for candidate in wanted}
            self.prepare(os.path.join(folder, "entries"), origins, store)
            for candidate in wanted:
                entries.publish(folders[candidate.name], published[candidate.name])
                if candidate.name in keys:
                    entries.refer(store, keys[candidate.name], published[candidate.name])
        return _distributions_of(published), staged.overwritten(distributions, damaged)

    def stage(self, candidates: list[Candidate], root: str) -> tuple[list[staged.StagedDistribution], dict[str, str]]:
        """Install candidates below a root, and return what is there then, and what of it is damaged."""
        self.backend.install(candidates, self.request, self.environment, self.context, into=root)
        distributions = staged.read(root)
        return distributions, staged.unshare(distributions)

    def prepare(self, folder: str, origins: Mapping[str, Mapping[str, Any]], store: Store) -> None:
        """Compile the entries in a folder if that is wanted, make them read-only, and write them to the disk."""
        if byte_code.is_wanted(self.request, self.environment, self.context):
            byte_code.compile_entries(folder, store.entries, self.environment, self.context)
        entries.prepare(folder, origins)

    def _origin(self, candidate: Candidate) -> dict[str, Any]:
        """Return how an entry can be made again, without passwords."""
        return {
            "requirement": f"{candidate.name} @ {redacted(candidate.reference)}"
            if candidate.reference
            else f"{candidate.name}=={candidate.version}",
            "options": [redacted(option) for option in self.request.options],
            "python": self.environment.base_python,
            "made": _time(self.context.environ),
        }


def _time(environ: Mapping[str, str]) -> float:
    """Return the time in ``SOURCE_DATE_EPOCH``, or the current one if it has none.

    https://reproducible-builds.org/specs/source-date-epoch/
    """
    seconds = environ.get("SOURCE_DATE_EPOCH", "")
    return float(seconds) if _SECONDS.fullmatch(seconds) else time.time()


def _look_up(keys: Mapping[str, str], stores: tuple[Store, ...]) -> dict[str, Distribution]:
    """Return the distributions that stores have under keys, by name."""
    referred = {name: entries.referred(stores, key) for name, key in keys.items()}
    return _distributions_of({name: entry for name, entry in referred.items() if entry})


def _distributions_of(entry_by_name: Mapping[str, Entry]) -> dict[str, Distribution]:
    """Return the distributions of entries, without those of incomplete entries."""
    distributions = {name: entry.distribution() for name, entry in entry_by_name.items()}
    return {name: distribution for name, distribution in distributions.items() if distribution}


def _first_writable(stores: tuple[Store, ...], missing: Iterable[Candidate]) -> Store:
    """Return the first store that this user can write to.

    Raises:
        StoreError: There is none.

    """
    store = next((store for store in stores if store.is_writable), None)
    if store is None:
        names, paths = ", ".join(map(str, missing)), ", ".join(store.path for store in stores)
        links = [store.path for store in stores if os.path.islink(store.path) and not os.path.exists(store.path)]
        raise StoreError(
            f"cannot write to the store {paths}",
            why=(
                f"{names} has to be installed, and is not in it",
                *(f"{path} is a link to {os.readlink(path)}, which does not exist" for path in links),
            ),
            hint="name a further store that can be written, or `--store none` to install without a store",
        )
    return store

"""The commands of stores: list, prune and verify."""

from __future__ import annotations

import os
import re
import shlex
import sys
import time
from typing import TYPE_CHECKING

from thinvenv import report
from thinvenv.cli.commands import context_of, print_json, print_lines, settings_of
from thinvenv.distributions.installed_files import RECORD
from thinvenv.errors import StoreError, ThinvenvError, UsageError
from thinvenv.files import is_directory
from thinvenv.store import collection, places, verification

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Iterator, Sequence

    from thinvenv.context.context import Context
    from thinvenv.store.collection import StoredEntry
    from thinvenv.store.entries import Entry
    from thinvenv.store.places import Store

_SECONDS = {"d": 24 * 60 * 60, "h": 60 * 60, "m": 60}
_AGE = re.compile(r"([0-9]{1,9})([dhm])")


def run_action(options: Namespace) -> int:
    """Run ``thinvenv store`` with one of its actions, and return the exit status."""
    actions = {"list": show_list, "prune": prune, "verify": verify}
    return actions[options.action](options)


def show_list(options: Namespace) -> int:
    """Run ``thinvenv store list`` and return the exit status."""
    entries = [entry for store in _stores(options, context_of(options)) for entry in collection.contents(store)]
    if options.json:
        print_json(report.store_json(entries))
    else:
        print_lines(map(_line_of, entries))
        _print_total(entries, "")
    return 0


def prune(options: Namespace) -> int:
    """Run ``thinvenv store prune`` and return the exit status."""
    removed: list[StoredEntry] = []
    left: list[StoredEntry] = []
    seconds = 0 if options.older_than is None else _seconds(options.older_than)
    for store in _stores(options, context_of(options)):
        own, others = collection.prune(store, older_than=seconds, forget_others=options.forget_machines)
        removed, left = [*removed, *own], [*left, *others]
    if options.json:
        print_json(report.store_json(removed))
    else:
        print_lines(f"removed {entry.name} {entry.version}" for entry in removed)
        _print_total(removed, " removed")
    print_lines((f"left {entry.entry.path}: {_who_removes(entry.entry)}" for entry in left), sys.stderr)
    return 0


def verify(options: Namespace) -> int:
    """Run ``thinvenv store verify`` and return the exit status: 1 if an entry is damaged and was not repaired."""
    context = context_of(options)
    entries = [entry.entry for store in _stores(options, context) for entry in collection.contents(store)]
    findings = list(_damaged(entries, context, repairs=options.repair))
    if options.json:
        print_json(report.damage_json(findings))
    else:
        print_lines(
            f"{path}: {damage} differs from {_original(damage)}: {problem or 'repaired'}"
            for path, damage, problem in findings
        )
        print_lines(
            [f"{report.counted(len(entries), 'entry', 'entries')} verified, {len(findings)} damaged"], sys.stderr
        )
    return 1 if any(problem for *_, problem in findings) else 0


def _original(damage: str) -> str:
    """Return what a damaged path in an entry is compared with: the name of the entry contains a digest of RECORD."""
    return "the name of the entry" if damage.endswith(f"/{RECORD}") else RECORD


def _who_removes(entry: Entry) -> str:
    return f"it belongs to {collection.owner_besides(entry)}, and only its owner or root can remove it"


def _line_of(entry: StoredEntry) -> str:
    count = len(entry.environments)
    used = report.counted(count, "environment") if count else "unused"
    size = report.human_size(entry.bytes)
    days = max(0, int((time.time() - entry.last_use) / _SECONDS["d"]))
    age = f"{report.counted(days, 'day')} ago" if days else "today"
    last_use = f"last used {age}" if entry.last_use else "last use unknown"
    return f"{entry.name} {entry.version}: {size}, {used}, {last_use}"


def _print_total(entries: Sequence[StoredEntry], what: str) -> None:
    size = report.human_size(sum(entry.bytes for entry in entries))
    print_lines([f"{report.counted(len(entries), 'entry', 'entries')}{what}, {size}"], sys.stderr)


def _seconds(age: str) -> int:
    """Return the seconds of ``30d``, ``12h`` or ``5m``.

    Raises:
        UsageError: It has another form.

    """
    match = _AGE.fullmatch(age)
    if match is None:
        why = ("it is a number of days, hours or minutes, such as 30d, 12h or 5m",)
        raise UsageError(f"`--older-than` cannot be `{age:.50}`", why=why)
    return int(match[1]) * _SECONDS[match[2]]


def _damaged(entries: Iterable[Entry], context: Context, *, repairs: bool) -> Iterator[tuple[str, str, str]]:
    """Yield the path of each damaged entry, a path in it, and why it was not repaired."""
    for entry in entries:
        damage, problem = verification.damage_of(entry), "`--repair` makes it again"
        if not is_directory(entry.path):  # `store prune` has removed it meanwhile
            continue
        if damage and repairs:
            problem = ""
            try:
                verification.repair(entry, context)
            except (ThinvenvError, OSError) as error:
                problem = "; ".join(map(str.strip, str(error).splitlines()))
        if damage:
            yield entry.path, damage, problem


def _stores(options: Namespace, context: Context) -> tuple[Store, ...]:
    """Return the stores that a command is for: those that are set, or else the default store.

    Raises:
        UsageError: No store is set.
        StoreError: A store does not exist, or is not used.

    """
    names = [name for name in settings_of(options, context).stores or (places.DEFAULT,) if name != places.NONE]
    if not names:
        raise UsageError("no store is named", hint=f"thinvenv store {options.action} --store PATH")
    stores = places.open_stores(places.absolute_paths(names, context.cwd), context.environ)
    for store in stores:
        if not os.path.isdir(store.path):
            hint = f"an install with `--store {shlex.quote(store.path)}` creates it"
            raise StoreError(f"there is no store at {store.path}", hint=hint)
    return stores

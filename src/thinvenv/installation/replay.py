"""Twins: a new environment over a base in which the same request has been met entirely before.

Where everything came from the base, an install left nothing but scripts, links and a receipt. For
a further environment of a fleet these are made again with its own paths: no requirement is
parsed, no metadata file is read. What such an install depends on is the key, so that whatever
changes - the request, the interpreter's answer, the base - finds no twin.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinvenv.environments import bootstrap, probe, probe_cache, receipt
from thinvenv.environments.probe_cache import ROOT, rebased
from thinvenv.installation import script_files
from thinvenv.installation.script_files import ScriptFile
from thinvenv.inventory.layers import fingerprint, layers_of
from thinvenv.model import Plan, WrittenScript, to_json

if TYPE_CHECKING:
    from collections.abc import Collection

    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Environment, Request

_LONGEST = 120
"""Of a longer interpreter path a script's first line would be another (see :mod:`installer`)."""

_LINKS = 2
"""What changes where the same distributions are linked otherwise than an earlier version did."""

_AT_FIRST = {*(f"{name}.py" for name in bootstrap.MODULES), "_virtualenv.py", "__pycache__"}
"""What the site directory of a new environment may have, ``.pth`` files aside: they are compared."""


@dataclass(frozen=True, slots=True)
class RecordedInstall:
    """What an install left in a new environment, with the paths of another environment.

    Attributes:
        receipt: The receipt that it wrote.
        scripts: The scripts that it made.
        links: The links that it made, see :mod:`thinvenv.links.serialize`.

    """

    receipt: receipt.Receipt
    scripts: tuple[ScriptFile, ...]
    links: tuple[Any, ...] = ()


def try_replay(request: Request, prefix: Path, context: Context) -> Plan | None:
    """Make an environment what a twin of it is, and return the plan; ``None`` where there is no twin.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        InterpreterError: Its interpreter does not start.
        ReceiptError: The environment cannot be written.

    """
    if not _is_common(request, context) or os.path.lexists(prefix / receipt.FILE_NAME):
        return None
    python = probe.python_of(prefix)
    environment = probe_cache.probe_cached(python, context)
    if not _is_ordinary(environment):
        return None
    bootstrap.ensure(environment)
    key = _key(request, environment)
    twin = _loaded(context.cache.load("twins", key) if key else None, environment)
    folder = Path(environment.scripts)
    if twin is None or any(os.path.lexists(folder / script.name) for script in twin.scripts):
        return None
    if environment.linkable and not _link(twin, environment, context):
        return None
    for script in twin.scripts:
        script_files.write(folder / script.name, script)
    now = twin.receipt._replace(
        environment_key=probe.environment_key(python, context.environ),
        fingerprint=fingerprint(layers_of(environment)),
        scripts={script.name: WrittenScript(script.owner, script.digest) for script in twin.scripts},
    )
    receipt.save(prefix, now)
    return Plan(now.reused)


def record(request: Request, before: EnvironmentState, done: Plan, context: Context) -> None:
    """Keep what an install left, where a new environment could be its twin."""
    environment, inventory = before.environment, before.inventory
    was_new = before.receipt.environment is None and not any(map(inventory.in_venv, inventory.distributions))
    if not (was_new and not inventory.linked and _is_common(request, context) and _is_ordinary(environment)):
        return
    if done.changes or done.warnings or inventory.ignored:  # somebody has to be told each time
        return
    from thinvenv.links import serialize  # noqa: PLC0415 - who keeps one has imported it already

    links = serialize.told(environment) if environment.linkable else []
    key = _key(request, environment, serialize.names(serialize.read(links)) if links else ())
    left = receipt.load(before.prefix)
    made = _made_scripts(left, environment) if left else None
    if key and left and made is not None:
        told = rebased(receipt.encode(left), environment.prefix, ROOT)
        context.cache.store("twins", key, {"receipt": told, "scripts": made, "links": links})


def _link(twin: RecordedInstall, environment: Environment, context: Context) -> bool:
    """Make the links of a twin, unless the base has lost any of what they lead to."""
    from thinvenv.installation import import_refresh  # noqa: PLC0415 - most environments link nothing
    from thinvenv.links import serialize  # noqa: PLC0415

    try:
        entries = serialize.read(twin.links)
    except (TypeError, ValueError):  # it is kept in another form
        return False
    if not serialize.is_whole(entries):
        return False
    before = import_refresh.path_files(environment)
    serialize.make(entries, environment, context.cache)
    import_refresh.touch({environment.purelib, environment.platlib})
    import_refresh.refresh(environment, before)
    return True


def _loaded(known: dict[str, Any] | None, environment: Environment) -> RecordedInstall | None:
    """Return a twin with the paths of an environment, ``None`` where what is kept has another form."""
    first = _first_line(environment)
    try:
        data = known or {}
        then = receipt.decode(rebased(data["receipt"], ROOT, environment.prefix))
        made = [ScriptFile(name, one[0], first + one[1].encode("latin-1")) for name, one in data["scripts"].items()]
        return RecordedInstall(then, tuple(made), tuple(data["links"]))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


def _is_common(request: Request, context: Context) -> bool:
    """Tell whether a request asks for nothing but names and versions, and nobody but the base decides."""
    if request.ignores_installed or request.require_hashes or context.plugins:
        return False
    asked = (*request.roots, *request.policy.constraints)
    return not any(one.path or one.editable or "@" in one.text or "://" in one.text for one in asked)


def _is_ordinary(environment: Environment) -> bool:
    python = environment.python
    return (
        environment.is_virtual
        and not environment.linking  # copies are made anew
        and python.startswith(environment.prefix + os.sep)
        and len(python) <= _LONGEST
        and not any(map(str.isspace, python))
    )


def _key(request: Request, environment: Environment, linked: Collection[str] = ()) -> str:
    """Return a digest of all that decides what an install leaves, empty where the environment is not new.

    Args:
        request: What is asked for.
        environment: The environment.
        linked: What has been linked to the top of its site directory since it was made.

    """
    own = []
    for folder in sorted({environment.purelib, environment.platlib}):
        for name in sorted(os.listdir(folder) if os.path.isdir(folder) else ()):
            if name in linked:
                continue
            if name.endswith(".pth"):
                text = Path(folder, name).read_text(encoding="utf-8", errors="surrogateescape")
                own.append([name, text.replace(environment.prefix, ROOT)])
            elif name not in _AT_FIRST:
                return ""
    parts = {
        "request": receipt.request_digest(request, {}),
        "origins": [one.origin for one in (*request.roots, *request.policy.constraints)],
        "environment": rebased(to_json(environment), environment.prefix, ROOT),
        "base": fingerprint(one for one in layers_of(environment) if one.kind != "venv"),
        "own": own,
        "links": _LINKS if environment.linkable else 0,
    }
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _made_scripts(left: receipt.Receipt, environment: Environment) -> dict[str, Any] | None:
    """Return the scripts without their first line, ``None`` where one is not of the common form."""
    first, found = _first_line(environment), {}
    for name, script in left.scripts.items():
        path = Path(environment.scripts, name)
        content = b"" if path.is_symlink() else path.read_bytes()
        rest = content[len(first) :]
        if not content.startswith(first) or os.fsencode(environment.prefix) in rest:
            return None
        found[name] = (script.owner, rest.decode("latin-1"))
    return found


def _first_line(environment: Environment) -> bytes:
    return b"#!" + os.fsencode(environment.python)

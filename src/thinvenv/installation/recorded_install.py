"""What an install left in a new environment, as a document that fits further environments."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from thinvenv.environments import receipt
from thinvenv.environments.probe_cache import ROOT, rebased
from thinvenv.installation.script_files import ScriptFile
from thinvenv.model import WrittenScript
from thinvenv.model.json import file_name, text
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from thinvenv.model import Environment

KIND = "recorded-installs"
"""The kind of these documents in the cache."""


class RecordedInstall(NamedTuple):
    """What an install left in a new environment, with the paths of another environment.

    Attributes:
        receipt: The receipt that it wrote.
        scripts: The scripts that it wrote.
        links: The links that it made, see :func:`thinvenv.links.dist_info.load`.
        stored: What stores provided, see :mod:`thinvenv.store.recorded`. If nothing was installed at all, this and
            ``installed`` are empty objects.
        reads: The state of what the code of linked start-up files reads, see
            :func:`thinvenv.installation.recorded_links.state_of_reads`.
        installed: What an installer has written, see :mod:`thinvenv.installation.recorded_files`.

    """

    receipt: receipt.Receipt
    scripts: tuple[ScriptFile, ...]
    links: tuple[Any, ...] = ()
    reads: str = ""
    stored: Any = None
    installed: Any = None

    @property
    def written_scripts(self) -> dict[str, WrittenScript]:
        """What the receipt says of the scripts, by their names."""
        return {script.name: WrittenScript(script.owner, script.digest) for script in self.scripts}


def encode(recorded: RecordedInstall, environment: Environment) -> dict[str, Any]:
    """Return a recorded install as JSON.

    Args:
        recorded: The recorded install. Each script starts with :func:`first_line`.
        environment: The environment that it was recorded in. Its paths are replaced.

    """
    start = len(first_line(environment))
    return {
        "receipt": rebased(receipt.encode(recorded.receipt), environment.prefix, ROOT),
        "scripts": {
            script.name: (script.owner, script.content[start:].decode("latin-1")) for script in recorded.scripts
        },
        "links": list(recorded.links),
        "reads": recorded.reads,
        "stored": recorded.stored,
        "installed": recorded.installed,
    }


def decode(document: dict[str, Any] | None, environment: Environment) -> RecordedInstall | None:
    """Return a recorded install with the paths of another environment; ``None`` if the document has another form.

    Args:
        document: What :func:`encode` returned; ``None`` if the cache has no such document.
        environment: The environment that the install is replayed in.

    """
    start = first_line(environment)
    try:
        data = document or {}
        saved = receipt.decode(rebased(data["receipt"], ROOT, environment.prefix))
        scripts = [
            ScriptFile(file_name(name), text(owner), start + text(rest).encode("latin-1"))
            for name, (owner, rest) in data["scripts"].items()
        ]
        stored, installed = data["stored"], data["installed"]
        if not (stored or installed or stored == installed == {}):
            return None
        return RecordedInstall(saved, tuple(scripts), tuple(data["links"]), text(data["reads"]), stored, installed)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def first_line(environment: Environment) -> bytes:
    """Return the first line of each script of an environment, without what ends it."""
    return b"#!" + os.fsencode(environment.python)

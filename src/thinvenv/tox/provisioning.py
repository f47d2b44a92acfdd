"""tox in an environment of its own (``requires``): we go along, or say that we do not.

A project that requires plugins is run by another tox, which has those plugins and no others.
Whoever has thinvenv beside tox wants it there too.
"""

from __future__ import annotations

import json
import logging
from importlib.metadata import Distribution, distribution, distributions
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LOGGER = logging.getLogger(__name__)
NAME = "thinvenv"
OLDEST = "4.53"
"""The first tox that has what the plugin builds on."""


def missing(requires: Iterable[Requirement]) -> list[Requirement]:
    """Return ourselves, as we are installed here, where the requirements do not name us."""
    if any(canonicalize_name(one.name) == NAME for one in requires):
        return []
    return [Requirement(_ourselves(distribution(NAME)))]


def is_too_old(site: Path) -> bool:
    """Tell whether the tox that is provisioned cannot have us, and say so.

    Args:
        site: Where it is installed.

    """
    found = [one.version for one in distributions(name="tox", path=[str(site)])]
    if not found or Version(found[0]) >= Version(OLDEST):
        return False
    LOGGER.warning(
        "`requires` brings tox %s and thinvenv needs tox %s or later, so environments are installed by pip "
        "and reuse nothing",
        found[0],
        OLDEST,
    )
    return True


def warn_of_absence() -> None:
    """Say what follows from our not being in the environment that tox is provisioned in."""
    LOGGER.warning(
        "thinvenv could not be installed beside the provisioned tox, so environments are installed by pip "
        "and reuse nothing; `requires = %s` names where to get it",
        NAME,
    )


def _ourselves(found: Distribution) -> str:
    recorded = json.loads(found.read_text("direct_url.json") or "{}")
    url, vcs = recorded.get("url", ""), recorded.get("vcs_info")
    if vcs:
        return f"{NAME} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"
    return f"{NAME} @ {url}" if url else f"{NAME}=={found.version}"

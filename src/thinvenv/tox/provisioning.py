"""Installs thinvenv into the environment of a provisioned tox (``requires``).

A project that requires plugins is run by another tox, in an environment that has these plugins and no
others. Whoever has installed thinvenv beside tox wants to use it there too.
"""

from __future__ import annotations

import logging
from importlib.metadata import Distribution, distribution, distributions
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from thinvenv.distributions import direct_url

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LOGGER = logging.getLogger(__name__)
NAME = "thinvenv"
OLDEST_TOX = "4.58"
"""The first version of tox that has what the plugin needs."""


def own_requirement(requires: Iterable[Requirement]) -> list[Requirement]:
    """Return the requirement for the running thinvenv; an empty list if the project requires thinvenv itself."""
    if any(canonicalize_name(requirement.name) == NAME for requirement in requires):
        return []
    return [Requirement(_requirement_of(distribution(NAME)))]


def is_too_old(site: Path) -> bool:
    """Return whether the provisioned tox is too old for the plugin; if it is, log a warning.

    Args:
        site: The site directory that it is installed in.

    """
    versions = [dist.version for dist in distributions(name="tox", path=[str(site)])]
    if not versions or Version(versions[0]) >= Version(OLDEST_TOX):
        return False
    LOGGER.warning(
        "`requires` brings tox %s but thinvenv needs tox %s or later, so pip installs into the environments "
        "and nothing is reused",
        versions[0],
        OLDEST_TOX,
    )
    return True


def warn_of_absence() -> None:
    """Log what follows if thinvenv is not in the environment that tox is provisioned in."""
    LOGGER.warning(
        "thinvenv could not be installed beside the provisioned tox, so pip installs into the environments "
        "and nothing is reused; add `%s`, or the URL to install it from, to `requires`",
        NAME,
    )


def _requirement_of(dist: Distribution) -> str:
    recorded = direct_url.parse(dist.read_text("direct_url.json") or "")
    return f"{NAME} @ {direct_url.reference(recorded)}" if recorded else f"{NAME}=={dist.version}"

"""The steps of a plan that change the venv."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from thinvenv.model.found import Candidate
    from thinvenv.model.standing import Chain, Distribution


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

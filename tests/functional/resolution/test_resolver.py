"""What the resolver decides to install, over small inventories and with a real uv or pip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.inventories import inventory
from support.projects import Project
from support.scenarios import roots_of
from thinvenv.environments.state import EnvironmentState, read_state
from thinvenv.errors import ResolutionError
from thinvenv.model import Policy, Request, Resolution, Root
from thinvenv.resolution.closure import compute_closure
from thinvenv.resolution.goal import Goal
from thinvenv.resolution.resolver import backend_for, resolve

if TYPE_CHECKING:
    from support.venv import Indexer, Venv
    from thinvenv.choices import BackendName
    from thinvenv.model import Inventory

BACKENDS: tuple[BackendName, ...] = ("uv", "pip")


@pytest.fixture
def state(venv: Venv) -> EnvironmentState:
    """Return the state of an empty environment, whose interpreter is the target of all resolutions here."""
    return read_state(venv.prefix, venv.context)


def resolved(request: Request, eligible: Inventory, state: EnvironmentState, venv: Venv) -> list[str]:
    """Return the candidates of a resolution as text, sorted."""
    closure = compute_closure(request.roots, eligible, state.environment.markers)
    goal = Goal(request, request, request.roots, request.roots, state, eligible, {}, venv.context)
    resolution: Resolution = resolve(goal, closure, eligible)
    return sorted(map(str, resolution.candidates))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request(roots_of(["alpha", "beta"])), ["beta 1.0"]),
        (Request(roots_of(["alpha>=2"])), ["alpha 2.0"]),
        (Request(roots_of(["alpha"]), upgrade_names=("alpha",)), ["alpha 2.0"]),
        (Request(roots_of(["alpha"]), Policy(roots_of(["alpha<2"])), upgrade_names=("alpha",)), []),
        (Request(roots_of(["alpha==1.0"]), reinstall_names=("alpha",)), ["alpha 1.0"]),
        (Request(roots_of(["alpha==1.0"]), reinstall=True), ["alpha 1.0"]),
    ],
    ids=["missing", "too old", "upgrade", "nothing newer is allowed", "reinstall one", "reinstall all"],
)
def test_candidates(
    backend: BackendName, request_: Request, expected: list[str], state: EnvironmentState, venv: Venv, index: Indexer
) -> None:
    index(Project("alpha", "1.0"), Project("alpha", "2.0"), Project("beta"))
    request = request_._replace(backend=backend)

    assert resolved(request, inventory(base=["alpha 1.0"]), state, venv) == expected


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_base_version_that_the_venv_hides_is_uncovered(
    backend: BackendName, state: EnvironmentState, venv: Venv, index: Indexer
) -> None:
    index(Project("alpha", "3.0"), Project("beta"))
    request = Request(roots_of(["alpha>=2", "beta"]), backend=backend)

    assert resolved(request, inventory(venv=["alpha 1.0"], base=["alpha 2.0"]), state, venv) == [
        "alpha 2.0",
        "beta 1.0",
    ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_error_lists_conflicts_and_the_names_that_no_index_has(
    backend: BackendName, state: EnvironmentState, venv: Venv, index: Indexer
) -> None:
    index(Project("beta"))
    request = Request(roots_of(["alpha>=2", "beta", "gamma"]), backend=backend)

    with pytest.raises(ResolutionError) as error:
        resolved(request, inventory(base=["alpha 1.0", "gamma 1.0: delta"]), state, venv)

    assert error.value.why[0] == "`alpha>=2` requires `>=2`, found alpha 1.0 in /base"
    assert not [line for line in error.value.why if line == "`beta` is not installed"]


def test_an_archive_of_a_project_without_a_name_is_left_to_pip(venv: Venv) -> None:
    unnamed = Root("/src/UNKNOWN-0.0.0.zip", path="/src/UNKNOWN-0.0.0.zip")
    named = Root("/src/mine-1.0.zip", path="/src/mine-1.0.zip")

    assert backend_for(Request((named,)), venv.context).name == "uv"
    assert backend_for(Request((named, unnamed)), venv.context).name == "pip"
    assert backend_for(Request((named, unnamed), backend="uv"), venv.context).name == "uv"

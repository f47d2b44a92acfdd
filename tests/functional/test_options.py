"""Options of pip and uv, and what they do over a base."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.projects import Project
from support.venvs import Indexer, Venv, actions
from thinvenv.errors import UsageError

if TYPE_CHECKING:
    from support.bases import Base


def test_the_lowest_versions_come_although_the_base_has_higher_ones(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "2.0"), Project("beta", "1.0"))
    index(*(Project("alpha", one) for one in ("1.0", "2.0")), *(Project("beta", one) for one in ("1.0", "2.0")))

    plan = venv.install("alpha>=1", "beta", "--resolution", "lowest-direct")

    assert actions(plan) == {"alpha": "shadow", "beta": "reuse"}
    assert venv.version("alpha") == "1.0"


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_one_distribution_is_installed_again(venv: Venv, index: Indexer, backend: str) -> None:
    index(Project("alpha"), Project("beta"))
    venv.install("alpha", "beta", backend=backend)
    module = venv.site / "alpha" / "__init__.py"
    module.unlink()  # it may be a link to what uv keeps
    module.write_text("__version__ = 'spoilt'\n")

    plan = venv.install("alpha", "beta", "--reinstall-package", "alpha", backend=backend)

    assert actions(plan) == {"alpha": "install"}
    assert venv.version("alpha") == "1.0"


def test_what_only_uv_has_is_refused_by_name_with_pip(venv: Venv, index: Indexer) -> None:
    index()

    with pytest.raises(UsageError, match="pip has nothing like `--exclude-newer=2026-01-01`"):
        venv.install("alpha", "--exclude-newer", "2026-01-01", backend="pip")

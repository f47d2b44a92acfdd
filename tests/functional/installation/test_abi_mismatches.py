"""Distributions of the base that were built against a version which the environment hides: they are not reused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.bases import installed_interpreters
from support.projects import Project
from support.venv import Indexer, Venv, actions
from thinvenv.errors import ResolutionError
from thinvenv.installation.check import check
from thinvenv.report import summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.bases import Base

NUMPY_1 = "\x7fELF\0numpy.core.multiarray\0"
NUMPY_2 = f"{NUMPY_1}numpy._core\0"


def compiled(name: str, version: str, *requires: str, code: str = "") -> Project:
    """Return a compiled project, with some machine code."""
    modules = {f"{name}/__init__.py": f"__version__ = {version!r}\n"} | ({f"{name}/_core.so": code} if code else {})
    return Project(name, version, requires=requires, modules=modules, pure=False)


def findings(venv: Venv) -> list[str]:
    return [finding.text for finding in check(venv.prefix, venv.context).findings]


@pytest.fixture(params=["inherit", "link"])
def over_numpy(request: pytest.FixtureRequest, make_venv: Callable[..., Venv], base: Base) -> Venv:
    """Return an environment over a numpy 1 and a pandas that was built against it."""
    base.install(compiled("numpy", "1.26.4"), compiled("pandas", "2.0", "numpy>=1.20", code=NUMPY_1))
    return make_venv(python=str(base.python), reuse=request.param)


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_it_is_replaced_by_what_fits(backend: str, over_numpy: Venv, index: Indexer) -> None:
    """https://github.com/raspberrypi/picamera2/issues/1211: metadata are consistent, and the import fails."""
    index(compiled("numpy", "2.4"), compiled("pandas", "2.3", "numpy>=1.20", code=NUMPY_2))

    plan = over_numpy.install("numpy>=2", "pandas", backend=backend)

    assert actions(plan) == {"numpy": "shadow", "pandas": "shadow"}
    text = "`pandas 2.0` of the base cannot be reused with numpy 2.4: built against numpy 1.26.4"
    assert plan.warnings == (text,)
    assert over_numpy.version("pandas") == "2.3"
    assert findings(over_numpy) == []
    assert not over_numpy.install("numpy>=2", "pandas", backend=backend).changes


def test_later_installs_replace_it_too(over_numpy: Venv, index: Indexer) -> None:
    index(compiled("numpy", "2.4"), compiled("pandas", "2.3", "numpy>=1.20", code=NUMPY_2))
    assert actions(over_numpy.install("pandas")) == {"numpy": "reuse", "pandas": "reuse"}

    assert actions(over_numpy.install("numpy>=2")) == {"numpy": "shadow", "pandas": "shadow"}
    assert findings(over_numpy) == []


def test_installs_that_count_by_themselves_replace_it_too(over_numpy: Venv, index: Indexer) -> None:
    """As those of tox and nox do."""
    index(compiled("numpy", "2.4"), compiled("pandas", "2.3", "numpy>=1.20", code=NUMPY_2))
    over_numpy.install("numpy>=2", keep=False)

    assert actions(over_numpy.install("pandas", keep=False)) == {"pandas": "shadow"}
    assert findings(over_numpy) == []


def test_an_install_that_counts_by_itself_warns_about_what_was_reused_before(over_numpy: Venv, index: Indexer) -> None:
    index(compiled("numpy", "2.4"), compiled("pandas", "2.3", "numpy>=1.20", code=NUMPY_2))
    over_numpy.install("pandas", keep=False)

    plan = over_numpy.install("numpy>=2", keep=False)

    text = "`pandas 2.0` of the base was built against numpy 1.26.4 and will find 2.4"
    assert plan.warnings == (f"{text}; `--never-reuse pandas` installs what fits",)
    assert findings(over_numpy) == list(plan.warnings)


def test_pruning_keeps_what_replaces_it(over_numpy: Venv, index: Indexer) -> None:
    index(compiled("numpy", "2.4"), compiled("pandas", "2.3", "numpy>=1.20", code=NUMPY_2))
    over_numpy.install("numpy>=2", "pandas")

    assert not over_numpy.install("numpy>=2", "pandas", prune=True).changes
    assert over_numpy.version("pandas") == "2.3"


def test_it_is_reused_with_the_version_that_it_was_built_against(over_numpy: Venv, index: Indexer) -> None:
    index(compiled("numpy", "1.26.5"), compiled("pandas", "2.3", "numpy>=1.20", code=NUMPY_2))

    plan = over_numpy.install("numpy>1.26.4", "pandas")

    assert (actions(plan), plan.warnings) == ({"numpy": "shadow", "pandas": "reuse"}, ())
    assert findings(over_numpy) == []


def test_an_error_names_it_where_nothing_replaces_it(over_numpy: Venv, index: Indexer) -> None:
    index(compiled("numpy", "2.4"))

    with pytest.raises(ResolutionError) as caught:
        over_numpy.install("numpy>=2", "pandas")

    text = "`pandas 2.0` of the base cannot be reused with numpy 2.4: built against numpy 1.26.4"
    assert text in caught.value.why


def test_check_names_what_was_installed_for_another_numpy(over_numpy: Venv, index: Indexer) -> None:
    """A full install is no better: the version is pinned, and its metadata allow the new numpy."""
    index(compiled("numpy", "2.4"), compiled("pandas", "2.0", "numpy>=1.20", code=NUMPY_1))

    plan = over_numpy.install("numpy>=2", "pandas==2.0")

    assert actions(plan) == {"numpy": "shadow", "pandas": "shadow"}
    assert findings(over_numpy) == ["`pandas 2.0` in this environment was built against numpy<2 and will find 2.4"]


def test_an_install_warns_if_it_replaces_the_numpy_that_the_environment_was_built_against(
    over_numpy: Venv, index: Indexer
) -> None:
    index(compiled("numpy", "1.25"), compiled("numpy", "2.4"), compiled("pandas", "2.1", "numpy>=1.20", code=NUMPY_1))
    over_numpy.install("numpy<1.26", "pandas==2.1")

    plan = over_numpy.install("numpy>=2")

    assert plan.warnings == ("`pandas 2.1` in this environment was built against numpy<2 and will find 2.4",)


@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_it_stays_with_a_warning_if_that_is_only_probable(
    reuse: str, make_venv: Callable[..., Venv], base: Base, index: Indexer
) -> None:
    base.install(compiled("arrays", "1.26"), compiled("frames", "2.0", "arrays>=1.20"))
    index(compiled("arrays", "2.2"))
    venv = make_venv(python=str(base.python), reuse=reuse)

    plan = venv.install("arrays>=2", "frames")

    text = "`frames 2.0` of the base may have been built against arrays 1.26 and will find 2.2"
    assert actions(plan) == {"arrays": "shadow", "frames": "reuse"}
    assert plan.warnings == (f"{text}; `--never-reuse frames` installs what fits",)
    assert findings(venv) == list(plan.warnings)
    assert "saved" not in summary(plan)

    index(compiled("frames", "2.3", "arrays>=1.20"))
    assert actions(venv.install("frames", "arrays")) == {"frames": "shadow"}
    assert findings(venv) == []


@pytest.mark.registry
def test_pandas_beside_a_new_numpy(make_venv: Callable[..., Venv]) -> None:
    python = installed_interpreters().get("3.11") or pytest.skip("pandas 2.0.3 needs Python 3.11 or older")
    base = make_venv("base", python=python, reuse="off")
    base.install("numpy==1.26.4", "pandas==2.0.3")
    for reuse in ("inherit", "link"):
        venv = make_venv(reuse, str(base.python), reuse=reuse)

        plan = venv.install("numpy>=2", "pandas")

        assert {name: action for name, action in actions(plan).items() if action == "shadow"} == {
            "numpy": "shadow",
            "pandas": "shadow",
        }
        venv.run("import pandas")
        assert findings(venv) == []

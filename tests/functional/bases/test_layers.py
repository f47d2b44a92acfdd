"""Layers: every site directory that an interpreter imports from, however it got onto the path."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.utils import canonicalize_name

from support.bases import Base, installed_interpreters, make_base, snapshot
from support.metadata_formats import LIST_DISTRIBUTIONS, write_files
from support.projects import Project, unpack_into
from support.venv import Indexer, Venv, actions
from thinvenv.backends.uv_program import find_uv
from thinvenv.creation.pyvenv_cfg import sync_config
from thinvenv.environments.state import read_state
from thinvenv.errors import UnshadowableError

if TYPE_CHECKING:
    from collections.abc import Callable

DEBIAN = Path("/usr/bin/python3")


def layers(venv: Venv) -> list[str]:
    return [layer.path for layer in read_state(venv.prefix, venv.context).inventory.layers]


def locations(venv: Venv) -> dict[str, str]:
    return {
        distribution.name: distribution.layer
        for distribution in read_state(venv.prefix, venv.context).inventory.visible.values()
    }


def test_purelib_and_platlib_can_be_separate_directories(
    make_venv: Callable[..., Venv], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = make_base(tmp_path / "base")
    (base.prefix / "lib64").mkdir()
    (base.prefix / "lib64" / base.site.parent.name).mkdir()
    for entry in base.site.parent.iterdir():
        if entry.name != "site-packages":
            (base.prefix / "lib64" / base.site.parent.name / entry.name).symlink_to(entry.resolve())
    platlib = base.prefix / "lib64" / base.site.parent.name / "site-packages"
    unpack_into(platlib, Project("compiled", "1.0"), Project("both", "2.0"))
    unpack_into(base.site, Project("pure", "1.0"), Project("both", "1.0"))
    monkeypatch.setenv("PYTHONPLATLIBDIR", "lib64")

    venv = make_venv(python=str(base.python))
    plan = venv.install("pure", "compiled", "both>=2")

    assert actions(plan) == {"pure": "reuse", "compiled": "reuse", "both": "reuse"}
    assert locations(venv) == {"pure": str(base.site), "compiled": str(platlib), "both": str(platlib)}
    assert (venv.version("both"), venv.version("pure")) == ("2.0", "1.0")


def test_a_lib64_link_is_not_a_second_layer(make_venv: Callable[..., Venv], tmp_path: Path) -> None:
    base = make_base(tmp_path / "base").install(Project("alpha"))
    venv = make_venv(python=str(base.python))
    if not (venv.prefix / "lib64").exists():
        (venv.prefix / "lib64").symlink_to("lib")
    (venv.site / "again.pth").write_text(f"{venv.prefix / 'lib64' / base.site.parent.name / 'site-packages'}\n")
    (venv.site / "more.pth").write_text(f"{base.site}\n")

    assert [path for path in layers(venv) if os.path.isdir(path)] == [str(venv.site), str(base.site)]


def test_a_directory_and_a_link_to_it_are_one_layer(
    venv: Venv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack_into(tmp_path / "real", Project("alpha"))
    (tmp_path / "link").symlink_to("real")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'link'}{os.pathsep}{tmp_path / 'real'}")

    assert locations(venv) == {"alpha": str(tmp_path / "link")}
    assert str(tmp_path / "real") not in layers(venv)


def test_a_linked_dist_info_counts_once(venv: Venv, base: Base, tmp_path: Path) -> None:
    unpack_into(tmp_path / "store", Project("alpha", entry_points="[console_scripts]\nalpha = sys:exit\n"))
    for name in ("alpha", "alpha-1.0.dist-info"):
        (base.site / name).symlink_to(tmp_path / "store" / name)
    (base.site / "store.pth").write_text(f"{tmp_path / 'store'}\n")

    distributions = read_state(venv.prefix, venv.context).inventory.distributions

    assert [(distribution.name, distribution.layer) for distribution in distributions] == [("alpha", str(base.site))]
    assert actions(venv.install("alpha")) == {"alpha": "reuse"}
    assert venv.call(venv.prefix / "bin" / "alpha") == ""


def test_a_directory_added_by_a_pth_file_is_a_layer(venv: Venv, base: Base, tmp_path: Path, index: Indexer) -> None:
    index(Project("beta", "1.0"))
    unpack_into(tmp_path / "more", Project("alpha"))
    (base.site / "more.pth").write_text(f"{tmp_path / 'more'}\n{tmp_path / 'not there'}\n")
    assert actions(venv.install("alpha", "beta")) == {"alpha": "reuse", "beta": "install"}

    unpack_into(tmp_path / "more", Project("gamma"))

    assert actions(venv.install("gamma")) == {"gamma": "reuse", "alpha": "reuse"}


@pytest.mark.parametrize("version", list(installed_interpreters()))
def test_an_interpreter_behind_a_symbolic_link_as_base(
    version: str, make_venv: Callable[..., Venv], tmp_path: Path
) -> None:
    base = make_base(tmp_path / "base", installed_interpreters()[version]).install(Project("alpha"))
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "python3"
    link.symlink_to(base.python)

    venv = make_venv(python=str(link))

    assert actions(venv.install("alpha")) == {"alpha": "reuse"}
    assert venv.version("alpha") == "1.0"


def test_an_environment_created_through_an_interpreter_link_is_reported_and_repaired(
    tmp_path: Path, notes: list[str], base: Base
) -> None:
    base.install(Project("alpha"))
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "python3"
    link.symlink_to(base.python)
    venv = Venv(tmp_path / "venv", notes)
    uv = find_uv(os.environ)
    assert uv
    venv.call(uv, "venv", "--quiet", "--system-site-packages", "--python", link, venv.prefix)

    assert "alpha" not in locations(venv)
    assert [note for note in notes if "was created through a link" in note and f"--python {base.python}" in note]

    sync_config(venv.prefix, venv.context, reuse="inherit")

    assert locations(venv) == {"alpha": str(base.site)}
    assert venv.version("alpha") == "1.0"


def test_pythonpath_is_a_layer_while_it_is_set(
    venv: Venv, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(Project("alpha", "1.0"))
    unpack_into(tmp_path / "module", Project("alpha", "1.5"))
    before = snapshot(tmp_path / "module")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "module"))

    assert actions(venv.install("alpha")) == {"alpha": "reuse"}
    with pytest.raises(UnshadowableError, match="comes before the environment"):
        venv.install("alpha<1.5")

    monkeypatch.delenv("PYTHONPATH")
    assert actions(venv.install("alpha")) == {"alpha": "install"}
    assert snapshot(tmp_path / "module") == before


def test_the_user_site_directory_is_a_layer_once_it_exists(
    venv: Venv, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path / "user"))
    index(Project("alpha", "1.0"), Project("beta", "1.0"))
    assert actions(venv.install("alpha")) == {"alpha": "install"}

    user = Path(venv.run("import site; print(site.getusersitepackages())"))
    unpack_into(user, Project("beta", "2.0"))

    assert actions(venv.install("beta", keep=False)) == {"beta": "reuse"}
    monkeypatch.setenv("PYTHONNOUSERSITE", "1")
    assert actions(venv.install("beta", keep=False)) == {"beta": "install"}


def test_distributions_beside_the_standard_library_cannot_be_shadowed(
    make_venv: Callable[..., Venv], tmp_path: Path, index: Indexer
) -> None:
    # As PyPy has cffi: https://github.com/astral-sh/uv/pull/11670
    base = make_base(tmp_path / "base")
    unpack_into(base.site.parent, Project("cffi", "1.17"))
    index(Project("cffi", "0.9"))
    venv = make_venv(python=str(base.python))

    assert actions(venv.install("cffi>=1")) == {"cffi": "reuse"}
    with pytest.raises(UnshadowableError, match="comes before the environment"):
        venv.plan("cffi<1")


def test_the_current_directory_is_not_a_layer(
    venv: Venv, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(Project("alpha", "1.0"))
    here = tmp_path / "here"
    unpack_into(here, Project("alpha", "2.0"))
    traps = dict.fromkeys(("json.py", "platform.py"), "raise SystemExit('not to be imported')\n")
    write_files(here, traps)
    monkeypatch.chdir(here)
    for variable in ("", f"{os.pathsep}{tmp_path}", "."):
        monkeypatch.setenv("PYTHONPATH", variable)
        assert str(here) not in layers(venv)

    for name in traps:
        (here / name).unlink()
    monkeypatch.setenv("PYTHONPATH", str(here))
    assert locations(venv) == {"alpha": str(here)}


@pytest.mark.skipif(not DEBIAN.exists() or not Path("/etc/debian_version").exists(), reason="not Debian")
def test_all_distributions_of_debians_python_are_listed(make_venv: Callable[..., Venv]) -> None:
    """The distributions of apt are listed as importlib.metadata of Debian's Python lists them."""
    venv = make_venv(python=str(DEBIAN))
    theirs = {canonicalize_name(name): place for name, place in json.loads(venv.run(LIST_DISTRIBUTIONS)).items()}

    distributions = read_state(venv.prefix, venv.context).inventory.visible

    ours = {name: distribution.version for name, distribution in distributions.items()}
    assert ours == {name: version for name, (version, _) in theirs.items()}


@pytest.mark.skipif(not Path("/usr/lib/python3/dist-packages/numpy").is_dir(), reason="needs apt's python3-numpy")
@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_apt_packages_are_reused(make_venv: Callable[..., Venv], backend: str, index: Indexer) -> None:
    venv = make_venv(python=str(DEBIAN))
    index(Project("science", requires=("numpy>=1",)))

    plan = venv.install("science", backend=backend)

    assert actions(plan)["science"] == "install"
    assert actions(plan)["numpy"] == "reuse"
    assert venv.run("import numpy; print(numpy.__file__)").startswith("/usr/lib/python3/dist-packages/")

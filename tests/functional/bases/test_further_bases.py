"""Further bases: environments, prefixes and folders, and bases that do not match the interpreter."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, installed_interpreters, make_base, snapshot
from support.command_line import thinvenv
from support.metadata_formats import write_files
from support.projects import Project, make_source, unpack_into
from support.venv import Indexer, Venv, actions
from thinvenv.backends.uv_program import find_uv
from thinvenv.creation import create
from thinvenv.environments.probe import probe
from thinvenv.errors import (
    BackendError,
    BaseError,
    EnvironmentExistsError,
    InterpreterError,
    NotAnEnvironmentError,
    ResolutionError,
    UnshadowableError,
    UsageError,
)
from thinvenv.installation.check import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOREIGN = "_speed.cpython-36m-x86_64-linux-gnu.so"


def tool(name: str, version: str = "1.0") -> Project:
    """Return a project with a script that prints the prefix of its interpreter."""
    modules = {f"{name}.py": f"__version__ = {version!r}\ndef main():\n    import sys\n    print(sys.prefix)\n"}
    return Project(name, version, modules=modules, entry_points=f"[console_scripts]\n{name} = {name}:main\n")


def other_version() -> str:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    python = next((path for version, path in installed_interpreters().items() if version != here), "")
    return python or pytest.skip("only one version of Python is installed")


@pytest.mark.parametrize("reuse", ["inherit", "off"])
def test_an_environment_can_be_the_base_of_another(
    reuse: str, make_venv: Callable[..., Venv], base: Base, index: Indexer
) -> None:
    base.install(tool("alpha"))
    index(tool("beta"), tool("gamma"), Project("alpha", "2.0"))
    parent = make_venv("parent", python=str(base.python), reuse=reuse)
    parent.install("alpha", "beta")

    child = make_venv("child", python=str(parent.python))
    plan = child.install("alpha", "beta", "gamma")

    assert actions(plan) == {"alpha": "reuse", "beta": "reuse", "gamma": "install"}
    assert child.version("alpha") == parent.version("alpha") == ("1.0" if reuse == "inherit" else "2.0")
    assert {child.call(child.prefix / "bin" / name) for name in ("beta", "gamma")} == {str(child.prefix)}


def test_changes_of_a_parent_environment_are_noticed(
    make_venv: Callable[..., Venv], base: Base, index: Indexer
) -> None:
    index(Project("alpha", "1.0"), Project("alpha", "2.0"))
    parent = make_venv("parent", python=str(base.python))
    child = make_venv("child", python=str(parent.prefix))
    parent.install("alpha==1.0")
    assert actions(child.install("alpha")) == {"alpha": "reuse"}

    parent.install("alpha==2.0")

    assert actions(child.install("alpha")) == {"alpha": "reuse"}
    assert child.version("alpha") == "2.0"


def test_parent_editables_are_reused_and_parent_pth_lines_run_once(
    make_venv: Callable[..., Venv], base: Base, tmp_path: Path
) -> None:
    parent = make_venv("parent", python=str(base.python))
    parent.install("-e", str(make_source(tmp_path / "source", Project("alpha"))))
    (parent.site / "counted.pth").write_text("import sys; sys.runs = getattr(sys, 'runs', 0) + 1\n")
    child = make_venv("child", python=str(parent.python))
    grandchild = make_venv("grandchild", python=str(child.python))

    assert actions(grandchild.install("alpha")) == {"alpha": "reuse"}
    assert grandchild.run("import alpha, sys; print(alpha.__file__, sys.runs)").startswith(str(tmp_path / "source"))
    assert [venv.run("import sys; print(sys.runs)") for venv in (child, grandchild)] == ["1", "1"]


def test_the_first_of_several_bases_wins(make_venv: Callable[..., Venv], base: Base, tmp_path: Path) -> None:
    base.install(Project("a", "0"), Project("b", "0"), Project("c", "0"))
    unpack_into(tmp_path / "one", Project("a", "1"))
    unpack_into(tmp_path / "two", Project("a", "2"), Project("b", "2"))
    bases = [str(tmp_path / "one"), str(tmp_path / "two")]

    for order, versions in ((bases, ("1", "2", "0")), (bases[::-1], ("2", "2", "0"))):
        venv = make_venv("venv", python=str(base.python), bases=order, clear=True)
        assert tuple(venv.version(name) for name in "abc") == versions
        reused = {step.name: step.version for step in venv.install("a", "b", "c").reused}
        assert tuple(reused[name] for name in "abc") == versions


def conda_base(prefix: Path) -> Base:
    """Make a base as conda does: with URLs that do not exist, and partly without RECORD."""
    base = make_base(prefix)
    write_files(prefix / "conda-meta", {"history": "", "numpy-1.26.4-py311_0.json": "{}"})
    base.install(Project("numpy", "1.26.4"), Project("certifi", "2024.1"), tool("ipython", "8.0"))
    origin = "file:///home/conda/feedstock_root/build_artifacts/numpy_1/work"
    wheel = f"{origin}/dist/numpy-1.26.4-cp311-cp311-linux_x86_64.whl"
    archive = {"archive_info": {"hashes": {"sha256": "0" * 64}}, "url": f"{wheel}#sha256={'0' * 64}"}
    for name, url in {"numpy-1.26.4": archive, "certifi-2024.1": {"dir_info": {}, "url": origin}}.items():
        info = base.site / f"{name}.dist-info"
        (info / "direct_url.json").write_text(json.dumps(url))
        (info / "INSTALLER").write_text("conda\n")
        (info / "RECORD").unlink()
    return base


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_a_conda_prefix_as_base(
    backend: str, make_venv: Callable[..., Venv], base: Base, index: Indexer, tmp_path: Path
) -> None:
    conda = conda_base(tmp_path / "conda")
    index(Project("pandas", requires=("numpy>=1.20", "certifi")), Project("numpy", "2.2"))
    over_prefix = make_venv("one", python=str(base.python), bases=[str(conda.prefix)])
    over_python = make_venv("two", python=str(conda.prefix))

    for venv in (over_prefix, over_python):
        plan = venv.install("pandas", "ipython", backend=backend)
        reused = dict.fromkeys(("numpy", "certifi", "ipython"), "reuse")
        assert actions(plan) == {"pandas": "install", **reused}
        assert venv.call(venv.prefix / "bin" / "ipython") == str(venv.prefix)
        assert actions(venv.install("numpy>=2", backend=backend))["numpy"] == "shadow"


@pytest.mark.parametrize("installer", ["uv", "pip"])
@pytest.mark.parametrize("option", ["--target", "--prefix"])
def test_a_target_or_prefix_folder_as_base(
    option: str, installer: str, make_venv: Callable[..., Venv], base: Base, index: Indexer, tmp_path: Path
) -> None:
    plain = {"plain": "#!python\nimport sys\nprint(sys.prefix)\n"}
    index(Project("alpha", entry_points="[console_scripts]\nalpha = sys:exit\n", scripts=plain))
    uv = find_uv(os.environ) or "uv"
    pip = [uv, "pip", "install", "--python"] if installer == "uv" else []
    command = [*pip, sys.executable, *(["-m", "pip", "install"] if installer == "pip" else [])]
    subprocess.run([*command, option, str(tmp_path / "apps"), "alpha"], check=True, capture_output=True)

    venv = make_venv(python=str(base.python), bases=[str(tmp_path / "apps")])

    assert actions(venv.install("alpha")) == {"alpha": "reuse"}
    assert venv.call(venv.prefix / "bin" / "plain") == str(venv.prefix)
    assert venv.call(venv.prefix / "bin" / "alpha") == ""


def test_a_base_for_another_python_is_rejected(make_venv: Callable[..., Venv], base: Base, tmp_path: Path) -> None:
    other = make_base(tmp_path / "other", other_version()).install(Project("alpha"))
    for spelling in (other.prefix, other.python, other.site):
        with pytest.raises(BaseError, match="is for another interpreter") as caught:
            make_venv(python=str(base.python), bases=[str(spelling)])
        version = other.site.parent.name.removeprefix("python")
        assert str(spelling) in str(caught.value)
        assert f"it is for Python {version}" in str(caught.value)
    assert not (tmp_path / "venv").exists()


def test_without_python_the_interpreter_of_a_base_is_used(tmp_path: Path, index: Indexer) -> None:
    index(Project("beta"))
    other = make_base(tmp_path / "other", other_version()).install(Project("alpha"))
    folder = tmp_path / "folder"
    folder.mkdir()

    created = thinvenv("create", tmp_path / "env", "--base", folder, "--base", other.prefix, "alpha", "beta")

    assert created.code == 0, created.err
    environment = probe(tmp_path / "env" / "bin" / "python", os.environ)
    assert environment.abi == probe(other.python, os.environ).abi
    assert "reused 1 from " in created.out


def test_the_site_directory_of_the_matching_python_is_used_from_a_prefix(
    make_venv: Callable[..., Venv], base: Base, tmp_path: Path
) -> None:
    for name in (base.site.parent.name, "python2.7", "python3.6"):
        unpack_into(tmp_path / "apps" / "lib" / name / "site-packages", Project("alpha", name[6:]))

    venv = make_venv(python=str(base.python), bases=[str(tmp_path / "apps")])

    assert venv.version("alpha") == base.site.parent.name[6:]


@pytest.mark.parametrize("listed", ["in RECORD", ""])
def test_a_base_with_extension_modules_for_another_python_is_rejected(
    listed: str, make_venv: Callable[..., Venv], base: Base, tmp_path: Path
) -> None:
    unpack_into(tmp_path / "apps", Project("speed"))
    write_files(tmp_path / "apps" / "speed", {FOREIGN: ""})
    if not listed:
        (tmp_path / "apps" / "speed-1.0.dist-info" / "RECORD").unlink()

    with pytest.raises(BaseError, match=f"its speed/{FOREIGN} is not for Python"):
        make_venv(python=str(base.python), bases=[str(tmp_path / "apps")])

    ours = FOREIGN.replace(".cpython-36m-x86_64-linux-gnu.so", suffix_of(base))
    write_files(tmp_path / "apps" / "speed", {ours: "", "_other.abi3.so": "", "plain.so": ""})
    assert make_venv(python=str(base.python), bases=[str(tmp_path / "apps")]).version("speed") == "1.0"


def suffix_of(base: Base) -> str:
    script = "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"
    return subprocess.run([base.python, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("listed", ["in RECORD", ""])
def test_extension_modules_for_another_python_on_the_path_are_not_reused(
    listed: str, venv: Venv, base: Base, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("speed", "1.0"))
    index(Project("speed", "3.0"), Project("pure"))
    apps = tmp_path / "apps"
    unpack_into(apps, Project("speed", "2.0"), Project("pure"))
    write_files(apps / "speed", {FOREIGN: ""})
    record = apps / "speed-2.0.dist-info" / "RECORD"
    record.write_text(f"speed/{FOREIGN},,\n")
    if not listed:
        record.unlink()

    # Behind the environment it hides the usable version of the base, so one has to be installed.
    (venv.site / "apps.pth").write_text(f"{apps}\n")
    assert actions(venv.install("speed", "pure")) == {"speed": "shadow", "pure": "reuse"}
    assert venv.version("speed") == "3.0"

    # Before the environment it hides the installed version, too.
    monkeypatch.setenv("PYTHONPATH", str(apps))
    with pytest.raises(UnshadowableError, match=f"with a speed/{FOREIGN} for another interpreter"):
        venv.install("speed")


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_distributions_for_another_python_are_reported_only_if_they_are_required(
    backend: str, venv: Venv, index: Indexer, notes: list[str], tmp_path: Path
) -> None:
    index(Project("speed", "3.0"), Project("pure"))
    apps = tmp_path / "apps"
    unpack_into(apps, Project("speed", "2.0"), Project("fast"), Project("quick"))
    for name in ("speed", "fast", "quick"):
        write_files(apps / name, {FOREIGN: ""})
        next(apps.glob(f"{name}-*.dist-info/RECORD")).unlink()
    (venv.site / "apps.pth").write_text(f"{apps}\n")

    assert (venv.install("pure", backend=backend).warnings, notes) == ((), [])
    warning = f"`speed 2.0` of the base cannot be reused: `speed/{FOREIGN}` is for another interpreter"
    assert venv.install("speed", backend=backend).warnings == (warning,)
    with pytest.raises(ResolutionError, match=r"`fast 1\.0` of the base cannot be reused"):
        venv.install("fast", backend=backend)
    assert (check(venv.prefix, venv.context).findings, notes) == ((), [])

    listed = thinvenv("list", "--env", venv.prefix)
    assert not re.search("^(fast|quick) ", listed.out, re.MULTILINE)
    assert f"warning: 3 of {apps} can be imported by another interpreter only" in listed.err
    assert [
        line for line in json.loads(thinvenv("list", "--json", "--env", venv.prefix).out)["ignored"] if "quick" in line
    ]


def test_a_base_without_distributions_is_reported(
    make_venv: Callable[..., Venv], tmp_path: Path, notes: list[str]
) -> None:
    write_files(tmp_path / "modules", {"alpha.py": "__version__ = '1.0'\n"})

    venv = make_venv(bases=[str(tmp_path / "modules")])

    assert venv.version("alpha") == "1.0"
    assert f"the base {tmp_path / 'modules'} has no distributions" in notes


def test_pythonpath_is_not_part_of_a_further_base(
    make_venv: Callable[..., Venv], base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack_into(tmp_path / "module", Project("alpha"))
    other = make_base(tmp_path / "other").install(Project("beta"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "module"))
    venv = make_venv(python=str(base.python), bases=[str(other.prefix)])
    monkeypatch.delenv("PYTHONPATH")

    assert venv.run("from importlib.metadata import distributions as d; print(*(dist.name for dist in d()))") == "beta"


def test_an_environment_cannot_be_its_own_base(make_venv: Callable[..., Venv], base: Base) -> None:
    venv = make_venv(python=str(base.python))
    before = snapshot(venv.prefix)

    for options in ({"python": str(venv.python)}, {"python": str(base.python), "bases": [str(venv.prefix)]}):
        with pytest.raises(UsageError, match="cannot be its own base"):
            make_venv(clear=True, **options)

    assert snapshot(venv.prefix) == before


def test_a_failed_creation_leaves_the_old_environment(
    venv: Venv, base: Base, tmp_path: Path, make_venv: Callable[..., Venv], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bin" / "uv"
    write_files(broken.parent, {"uv": '#!/bin/sh\nmkdir -p "$PWD"; exit 3\n'})
    broken.chmod(0o755)
    monkeypatch.setattr("thinvenv.backends.find_uv", lambda _environ: str(broken))
    before, siblings = snapshot(venv.prefix), sorted(os.listdir(tmp_path))

    with pytest.raises(BackendError, match="exit status 3"):
        make_venv(python=str(base.python), clear=True)
    with pytest.raises(BackendError, match="exit status 3"):
        make_venv("new", python=str(base.python))

    assert snapshot(venv.prefix) == before
    assert sorted(os.listdir(tmp_path)) == siblings


def test_a_folder_that_is_not_an_environment_is_never_replaced(
    make_venv: Callable[..., Venv], tmp_path: Path, base: Base
) -> None:
    write_files(tmp_path / "precious", {"thesis.tex": ""})
    for clear in (False, True):
        with pytest.raises(EnvironmentExistsError, match="something that is not an environment"):
            make_venv("precious", python=str(base.python), clear=clear)
    assert os.listdir(tmp_path / "precious") == ["thesis.tex"]


def test_an_interpreter_that_does_not_start_is_reported(
    make_venv: Callable[..., Venv], venv: Venv, tmp_path: Path
) -> None:
    write_files(tmp_path, {"python": "#!/bin/sh\necho 'no such luck' >&2\nexit 4\n", "text": "no program\n"})
    (tmp_path / "python").chmod(0o755)
    for python, why in (("python", "no such luck"), ("text", "does not start"), ("nowhere", "there is no interpreter")):
        with pytest.raises(InterpreterError, match=why):
            make_venv("other", python=str(tmp_path / python))
    assert not (tmp_path / "other").exists()

    venv.python.unlink()
    venv.python.symlink_to(tmp_path / "gone")
    with pytest.raises(InterpreterError, match="does not start"):
        venv.install("alpha")
    venv.python.unlink()
    (venv.prefix / "bin" / "python3").unlink()
    with pytest.raises(NotAnEnvironmentError, match="has no interpreter"):
        venv.install("alpha")


def test_the_active_environment_is_the_default_base(
    make_venv: Callable[..., Venv], base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]
) -> None:
    active = make_venv("active", python=str(base.python))
    monkeypatch.setenv("VIRTUAL_ENV", str(active.prefix))
    venv = Venv(tmp_path / "made", notes)

    create.create(venv.prefix, venv.context)
    assert str(active.site) in venv.run("import sys; print(sys.path)")

    # When the active environment is recreated, it is not its own base.
    create.create(active.prefix, active.context, clear=True)
    assert active.run("import sys; print(sys.base_prefix)") == sys.base_prefix


def test_pythonpath_is_not_linked(
    make_venv: Callable[..., Venv], base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: Indexer
) -> None:
    unpack_into(tmp_path / "module", Project("alpha", "1.0"))
    index(Project("alpha", "2.0"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "module"))
    venv = make_venv(python=str(base.python), reuse="link")
    monkeypatch.delenv("PYTHONPATH")

    assert actions(venv.install("alpha")) == {"alpha": "install"}

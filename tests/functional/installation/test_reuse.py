"""Reuse respects dependents, direct references, hashes and changes of the base; pruning."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, installed_interpreters, make_base, snapshot
from support.command_line import thinvenv
from support.projects import Project, build_wheel, install_into, make_source, unpack_into
from support.venv import Indexer, Venv, actions
from thinvenv.errors import InterpreterError, ResolutionError, ThinvenvError
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PYTHONS = installed_interpreters()


def compiled(name: str, version: str, *requires: str) -> Project:
    return Project(name, version, requires=requires, pure=False)


def findings(venv: Venv) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for finding in check.check(venv.prefix, venv.context).findings:
        texts.setdefault(finding.kind, []).append(finding.text)
    return texts


def remove(base: Base, name: str) -> None:
    for entry in base.site.glob(f"{name}*"):
        shutil.rmtree(entry)


# Dependents


def test_a_used_dependent_is_updated_along(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("arrays", "1.26"), Project("science", "1.10", requires=("arrays<2",)))
    index(Project("arrays", "2.2"), Project("science", "1.18", requires=("arrays>=2",)))
    venv.install("science")

    plan = venv.install("arrays>=2")

    assert actions(plan) == {"arrays": "shadow", "science": "shadow"}
    assert (plan.warnings, findings(venv)) == ((), {})


def test_an_unsolvable_upgrade_changes_nothing(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("arrays", "1.26"), Project("science", "1.10", requires=("arrays<2",)))
    index(Project("arrays", "2.2"))
    venv.install("science")
    before = snapshot(venv.site)

    with pytest.raises(ResolutionError):
        venv.install("arrays>=2")

    assert snapshot(venv.site) == before


def test_check_reports_a_contradicting_base_distribution(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("arrays", "1.26"), Project("science", "1.10", requires=("arrays<2",)))
    index(Project("arrays", "2.2"))

    venv.install("arrays>=2")

    [text] = findings(venv)["contradiction"]
    assert text == f"science 1.10 in {base.site} requires `arrays<2`, but imports find 2.2"
    health = check.check(venv.prefix, venv.context)
    assert (health.ok, health.summary(), health.errors) == (True, "ok, 1 warning", ())
    assert repr(health).startswith(f"<Health of {venv.prefix}: ok, 1 warning: warning: science 1.10 in ")
    shown = thinvenv("check", venv.prefix)
    assert (shown.code, shown.out) == (0, f"{venv.prefix}: ok, 1 warning\n  warning: contradiction: {text}\n")
    assert thinvenv("check", "--strict", venv.prefix).code == 1


def test_a_distribution_built_against_a_shadowed_version_is_reported(venv: Venv, base: Base, index: Indexer) -> None:
    """As pandas beside a new numpy: the metadata are consistent, and the import fails."""
    base.install(
        compiled("arrays", "1.26"), compiled("frames", "2.0", "arrays>=1.20"), Project("pure", requires=("arrays",))
    )
    index(compiled("arrays", "2.2"))

    plan = venv.install("arrays>=2")

    warning = "`frames 2.0` of the base may have been built against arrays 1.26 and will find 2.2"
    assert plan.warnings == (f"{warning}; reuse mode `link` leaves it out",)
    assert findings(venv)["contradiction"] == list(plan.warnings)


def test_a_finding_about_two_copies_in_the_base_is_reported_once(
    make_venv: Callable[..., Venv], base: Base, index: Indexer, tmp_path: Path
) -> None:
    base.install(compiled("arrays", "1.26"), compiled("frames", "2.0", "arrays>=1.20"))
    unpack_into(tmp_path / "apps", compiled("arrays", "1.26"))
    index(compiled("arrays", "2.2"))
    venv = make_venv(python=str(base.python), bases=[str(tmp_path / "apps")])

    venv.install("arrays>=2")

    assert len(findings(venv)["contradiction"]) == 1


def test_a_patch_release_causes_no_abi_warning(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(compiled("arrays", "2.2.0"), compiled("frames", "2.0", "arrays>=1.20"))
    index(compiled("arrays", "2.2.1"))

    assert venv.install("arrays>2.2.0").warnings == ()


@pytest.mark.parametrize("version", [version for version in ("3.8", "3.13") if version in PYTHONS])
def test_markers_and_requires_python_are_evaluated_for_the_target(
    version: str, tmp_path: Path, make_venv: Callable[..., Venv], index: Indexer
) -> None:
    base = make_base(tmp_path / "base", PYTHONS[version])
    wanted = ("beta; python_version < '3.9'", "gamma; python_version >= '3.13'")
    install_into(base.prefix, base.python, Project("alpha", requires=wanted, requires_python=">=3.8"))
    install_into(base.prefix, base.python, Project("delta", "2.0", requires_python=">=3.13"))
    index(Project("beta"), Project("gamma"), Project("delta", "1.0"))
    venv = make_venv(python=str(base.python))

    plan = venv.install("alpha", "delta")

    expected = {"beta": "install", "delta": "shadow"} if version == "3.8" else {"gamma": "install", "delta": "reuse"}
    assert actions(plan) == {"alpha": "reuse", **expected}


# Direct references


def test_a_base_distribution_satisfies_a_url_only_if_it_was_installed_from_it(
    venv: Venv, base: Base, tmp_path: Path
) -> None:
    wheel = build_wheel(Project("alpha", "1.0"), tmp_path / "wheels")
    base.install(Project("alpha", "1.0"))
    wanted = f"alpha @ {wheel.as_uri()}"
    assert actions(venv.plan(wanted)) == {"alpha": "shadow"}

    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    recorded = {"url": wheel.as_uri(), "archive_info": {"hashes": {"sha256": digest}}}
    (base.site / "alpha-1.0.dist-info" / "direct_url.json").write_text(json.dumps(recorded))

    assert actions(venv.install(wanted)) == {"alpha": "reuse"}


def test_an_editable_in_the_base_is_reused_by_name_and_by_path(venv: Venv, base: Base, tmp_path: Path) -> None:
    source = make_source(tmp_path / "source", Project("alpha", "1.5"))
    base.install(Project("alpha", "1.5", modules={"__editable__.alpha.pth": f"{source / 'src'}\n"}))
    recorded = {"url": source.as_uri(), "dir_info": {"editable": True}}
    (base.site / "alpha-1.5.dist-info" / "direct_url.json").write_text(json.dumps(recorded))

    assert actions(venv.install("alpha>=1")) == {"alpha": "reuse"}
    assert venv.version("alpha") == "1.5"
    assert actions(venv.install("-e", str(source))) == {"alpha": "reuse"}
    # A regular install of the same project is not satisfied by an editable one.
    assert actions(venv.plan(str(source))) == {"alpha": "shadow"}


# Hashes


def test_require_hashes_reuses_only_distributions_with_a_matching_hash(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path
) -> None:
    wheel = build_wheel(Project("alpha", "1.0"), tmp_path / "wheels")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    base.install(Project("alpha", "1.0"))
    index(Project("alpha", "1.0"))
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"alpha==1.0 --hash=sha256:{digest}\n")

    plan = venv.plan("-r", str(lock), "--require-hashes")
    assert actions(plan) == {"alpha": "shadow"}
    assert plan.warnings == (
        "`alpha 1.0` of the base cannot be shown to match a hash, so it is installed here (`--require-hashes`)",
    )

    recorded = {"url": wheel.as_uri(), "archive_info": {"hashes": {"sha256": digest}}}
    (base.site / "alpha-1.0.dist-info" / "direct_url.json").write_text(json.dumps(recorded))
    assert actions(venv.install("-r", str(lock), "--require-hashes")) == {"alpha": "reuse"}

    lock.write_text(f"alpha==1.0 --hash=sha256:{'0' * 64}\n")
    assert actions(venv.plan("-r", str(lock), "--require-hashes")) == {"alpha": "shadow"}


def test_one_hash_makes_pip_require_all_hashes(venv: Venv, base: Base, index: Indexer, tmp_path: Path) -> None:
    base.install(Project("alpha", requires=("beta",)))
    index(Project("beta"))
    (tmp_path / "r.txt").write_text("alpha==1.0 --hash=sha256:" + 64 * "0" + "\n")

    with pytest.raises(ThinvenvError, match="hashes"):
        venv.install("-r", str(tmp_path / "r.txt"), backend="pip")
    assert not list(venv.site.glob("beta*"))


def test_an_error_with_require_hashes_has_a_hint(venv: Venv, base: Base, index: Indexer, tmp_path: Path) -> None:
    base.install(Project("alpha", "1.0"))
    index()
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"alpha==1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(ResolutionError) as error:
        venv.install("-r", str(lock), "--require-hashes")

    assert error.value.hint == "drop `--require-hashes` to reuse what the base has, whose hashes are not known"


# Drift


def test_lost_new_and_changed_base_distributions_are_noticed(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))
    index(Project("alpha", "1.1"), Project("gamma", "1.0"))
    assert actions(venv.install("alpha", "beta", "gamma")) == {"alpha": "reuse", "beta": "reuse", "gamma": "install"}

    remove(base, "alpha")
    remove(base, "beta")
    base.install(Project("beta", "2.0"), Project("gamma", "1.0"))

    gone, moved, moved_drift = f"alpha 1.0 is gone from {base.site}", "`alpha` is not installed", "is now 2.0"
    by_kind = findings(venv)
    assert by_kind["requirement"] == [moved]
    assert by_kind["drift"][0] == gone
    assert moved_drift in by_kind["drift"][1]
    assert actions(venv.install("alpha", "beta", "gamma")) == {"alpha": "install", "beta": "reuse"}
    assert findings(venv) == {}


def test_a_base_distribution_edited_in_place_is_read_again(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("beta", "1.0"))
    venv.install("alpha")
    metadata = base.site / "alpha-1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 1.0\nRequires-Dist: beta"))

    assert actions(venv.install("alpha")) == {"alpha": "reuse", "beta": "install"}


@pytest.mark.parametrize("name", ["sitecustomize", "usercustomize"])
def test_a_removed_customization_module_no_longer_adds_to_the_path(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path, name: str
) -> None:
    unpack_into(tmp_path / "more", Project("alpha"))
    custom = base.site / f"{name}.py"
    custom.write_text(f"import sys; sys.path.append({str(tmp_path / 'more')!r})\n")
    if name == "usercustomize":
        (base.site / "custom.pth").write_text("import usercustomize\n")
    index(Project("alpha"))
    assert actions(venv.install("alpha")) == {"alpha": "reuse"}

    custom.write_text("")

    assert "requirement" in findings(venv)
    assert actions(venv.install("alpha")) == {"alpha": "install"}


def test_a_replaced_interpreter_is_probed_again(venv: Venv, base: Base) -> None:
    base.install(Project("alpha", "1.0"))
    venv.install("alpha")
    real = base.python.resolve()
    copy = real.with_name("fresh")
    shutil.copy2(real, copy)
    copy.replace(real)
    os.utime(real, ns=(1, 1))

    assert venv.install("alpha").changes == ()

    copy.write_text("#!/bin/sh\nexit 3\n")
    copy.chmod(0o755)
    copy.replace(real)
    with pytest.raises(InterpreterError, match="does not start"):
        venv.install("alpha")


# Pruning


def test_prune_removes_what_the_base_now_provides(venv: Venv, base: Base, index: Indexer) -> None:
    index(Project("alpha", "1.1"), Project("beta", "1.0", requires=("alpha",)))
    venv.install("beta")
    base.install(Project("alpha", "1.0"), Project("beta", "1.0", requires=("alpha",)))
    assert venv.install("beta").changes == ()

    plan = venv.install("--prune", "beta")

    assert actions(plan) == {"alpha": "reuse", "beta": "reuse"}
    assert {step.name for step in plan.removed} == {"alpha", "beta"}
    assert (venv.version("alpha"), list(venv.site.glob("alpha*"))) == ("1.0", [])
    assert venv.install("beta", prune=True).changes == ()


def test_prune_removes_only_what_remains_consistent(venv: Venv, base: Base, index: Indexer) -> None:
    index(
        Project("arrays", "2.2"),
        Project("science", "1.18", requires=("arrays>=2",)),
        Project("plot", "3.0"),
        Project("extra", "1.0", requires=("plot>=3",)),
    )
    venv.install("science", "extra")
    base.install(
        Project("arrays", "1.26"),
        Project("science", "1.10", requires=("arrays<2",)),
        Project("plot", "2.0"),
        Project("extra", "1.0", requires=("plot>=2",)),
    )

    plan = venv.install("science", "extra", "plot>=3", prune=True)

    # arrays and science of the base fit together; plot of the base is too old for the request.
    assert {step.name for step in plan.removed} == {"arrays", "science", "extra"}
    assert (venv.version("arrays"), venv.version("science"), venv.version("plot")) == ("1.26", "1.10", "3.0")
    assert findings(venv) == {}


def test_prune_keeps_distributions_that_share_a_package(venv: Venv, base: Base, index: Indexer) -> None:
    core = Project("ns-core", modules={"ns/__init__.py": ""})
    base.install(core)
    index(core, Project("ns-new", modules={"ns/new.py": ""}))
    venv.install("ns-core", "ns-new")

    assert venv.install("ns-core", "ns-new", prune=True).changes == ()

"""Damaged and hostile files: every parser answers in time, with a clear error or as if the file were not there."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from support import mutations
from support.faults import LONG, count
from support.mutations import mutated, mutated_document
from support.projects import Project
from support.venv import Venv
from thinvenv import engine
from thinvenv.backends import exported_locks, uv_output
from thinvenv.backends import pip as pip_backend
from thinvenv.cache import FORMAT, VERSION, Cache
from thinvenv.cli import cached_environments, quick_run
from thinvenv.config import pip, uv, uv_files
from thinvenv.context.context import Context
from thinvenv.creation import bases
from thinvenv.distributions import checkouts, direct_url, disk_usage, installed_files, metadata, requirement_cache
from thinvenv.environments import probe, probe_cache, receipt
from thinvenv.errors import ThinvenvError
from thinvenv.files import verified_json
from thinvenv.files.fingerprint import digest
from thinvenv.fleet import cache as fleet_cache
from thinvenv.fleet import comparison
from thinvenv.fleet.description import describe
from thinvenv.fleet.document import fleet_json
from thinvenv.installation import check, import_refresh, recorded_files, recorded_install, script_generation
from thinvenv.inventory import dpkg, layer_contents
from thinvenv.inventory.layers import STORE_FILE, fingerprint, layers_of
from thinvenv.links import dist_info, elf, manifest
from thinvenv.model import Environment, Inventory, Layer, Request, Root, to_json
from thinvenv.requirements.arguments import request_from
from thinvenv.resolution.closure import compute_closure
from thinvenv.store import collection, entries, places, roots
from thinvenv.store import recorded as recorded_stores

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.bases import Base

INPUTS = 1_000_000 if LONG else 20_000
"""The number of mutated files of all kinds together."""
RUNS = 50_000
LIMIT = 2.0  # seconds of processor time
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Target(NamedTuple):
    """A file that is read, valid content of it, and the function that reads it.

    Attributes:
        path: The path of the file.
        content: Valid content; if it is empty, :func:`valid_document` returns it.
        read: The function.
        salt: For a document with a checksum, the text that the checksum depends on, too. The content has none then.

    """

    path: str
    content: bytes
    read: Callable[[Place], object]
    salt: str | None = None


class Place(NamedTuple):
    """Where the files of a test are, an environment there, and the context of a call."""

    folder: Path
    environment: Environment
    context: Context

    @property
    def site(self) -> str:
        return str(self.folder / "site")

    def request(self, *arguments: str) -> Request:
        return request_from(arguments, str(self.folder), self.context.environ)


def read_base(place: Place) -> None:
    """Read a site directory, and everything in the metadata of its distributions."""
    content = layer_contents._read_layer(Layer(place.site, "base"), place.environment.suffixes)
    for distribution in content.distributions:
        metadata.convert_metadata(distribution)
        direct_url.archive_hashes(distribution)
        direct_url.local_path(distribution)
        requirement_cache.allows_python(distribution.requires_python, "3.12.1")
        disk_usage.size_of(distribution)
        installed_files.modules_of(distribution)
        installed_files.owns(distribution, "alpha")
        list(installed_files.files_of(distribution))
        linked = manifest.manifest_of(distribution)
        assert not linked or not [path for path in linked.files if path.startswith("/")]
        for script in script_generation.scripts_of(distribution, place.environment):
            assert "/" not in script.name
            assert script.name not in {"", ".", ".."}
    inventory = Inventory((Layer(place.site, "base"),), content.distributions)
    compute_closure([Root("alpha[x]")], inventory, place.environment.markers)
    list(content.ignored)


def read_debian(place: Place) -> None:
    layer = str(place.folder / "usr/lib/python3/dist-packages")
    if packages := dpkg.packages_of(layer):
        for distribution in layer_contents._read_layer(Layer(layer, "base"), ()).distributions:
            packages.files_of(distribution)
            packages.required(distribution, {})
            packages.missing_packages(distribution)


def read_receipt(place: Place) -> None:
    saved = receipt.load(place.folder / "env")
    if saved is not None:
        receipt.encode(saved)
        engine._find_satisfied(Request(), str(place.folder / "env"), {}, place.context)
        check.check(place.folder / "env", place.context)


def read_uv_configuration(place: Place) -> None:
    environ = {"XDG_CONFIG_HOME": place.site}
    uv_files.fingerprint(environ, str(place.folder), ())
    uv.load(environ, str(place.folder)).without_replaced()


def read_layer_document(place: Place) -> None:
    document = place.context.cache.load("kind", "key")
    if content := layer_contents._decode(document):
        inventory = Inventory((Layer(place.site, "base"),), content.distributions)
        compute_closure([Root("alpha")], inventory, place.environment.markers)


def read_environment_document(place: Place) -> None:
    document = place.context.cache.load("kind", "key")
    if environment := probe_cache._load(document, str(place.folder / "env"), place.context):
        fingerprint(layers_of(environment))
        probe.environment_key(environment, Path(environment.python), place.context)


def read_links(place: Place) -> None:
    document = place.context.cache.load("kind", "key") or {}
    try:
        linked = dist_info.load(document.get("links", []))
    except (TypeError, ValueError):  # what `recorded_install` catches
        return
    dist_info.has_all_targets(linked)
    dist_info.top_level_entries(linked)


def read_recorded_install(place: Place) -> None:
    recorded = recorded_install.decode(place.context.cache.load("kind", "key"), place.environment)
    if recorded:
        recorded_files.claim(recorded.installed, Request(), place.environment, place.context)
        recorded_stores.claim(recorded.stored, Request(), place.environment, place.context)
        assert all("/" not in script.name for script in recorded.scripts)


def read_recorded_files(place: Place) -> None:
    """Write the files of a recorded install: none may be outside of the environment."""
    installed = (place.context.cache.load("kind", "key") or {}).get("installed")
    prefix = place.folder / "new" / "env"
    shutil.rmtree(prefix.parent, ignore_errors=True)
    prefix.mkdir(parents=True)
    with suppress(KeyError, TypeError, ValueError, AttributeError):  # what `claim` has caught before
        recorded_files.restore(installed, place.environment._replace(prefix=str(prefix)), place.context.cache)
    assert os.listdir(prefix.parent) == ["env"]


def read_measurement(place: Place) -> None:
    document = place.context.cache.load("kind", "key")
    try:
        measurement = fleet_cache._decoded(document or {}, str(place.folder))
    except (AttributeError, KeyError, TypeError, ValueError):  # what `measured` catches
        return
    fleet_json(comparison.compare([(describe(str(place.folder / "env")), measurement)]))


def read_store(place: Place) -> None:
    (store,) = places.open_stores([str(place.folder / "store")], {})
    [root.may_exist() for root in roots.read(store).values()]
    entries.Entry(store, "alpha-1.0-0").origin()
    entries.referred([store], "key")
    collection.contents(store)


def read_path_files(place: Place) -> None:
    environment = place.environment._replace(purelib=place.site, platlib=place.site)
    import_refresh.code_lines(import_refresh.read_path_files(environment))


INFO = "site/alpha-1.0.dist-info"
METADATA = b"""Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\nRequires-Python: >=3.8\nProvides-Extra: x
Requires-Dist: beta>=1.0,<3\nRequires-Dist: gamma[y]>2; extra == 'x' and python_version > '3.7'\n\nText.\n"""
RECORD = b'alpha/__init__.py,sha256=abc,12\n"alpha/a,b.py",,\n../../bin/alpha,,\nalpha-1.0.dist-info/METADATA,,7\n'
LOCK = b"""lock-version = "1.0"\ncreated-by = "me"\nrequires-python = ">=3.8"\nextras = ["x"]
[[packages]]\nname = "alpha"\nversion = "1.0"\nmarker = "python_version > '3'"
[[packages.wheels]]\nname = "alpha-1.0-py3-none-any.whl"\nurl = "https://host/alpha-1.0-py3-none-any.whl"
hashes = {sha256 = "abc"}\n[[packages]]\nname = "beta"\n[packages.vcs]\ntype = "git"
url = "https://host/x.git"\ncommit-id = "0123"\n"""
PROJECT = b"""[project]\nname = "own"\nversion = "1"\ndependencies = ["alpha>1", "beta; python_version > '3'"]
[project.optional-dependencies]\nx = ["gamma"]\n[dependency-groups]\ntest = ["delta", {include-group = "more"}]
more = []
[tool.uv]\nconstraint-dependencies = ["alpha<3"]\n[tool.uv.pip]\nextra = ["x"]\n[tool.uv.sources]\nbeta = {path = "x"}
[tool.uv.workspace]\nmembers = ["*"]\n"""
UV_TOML = b"""index-url = "https://host/simple"\nconstraint-dependencies = ["alpha<3"]\noffline = false
[[index]]\nname = "other"\nurl = "https://user:password@host/simple"\n[pip]\nno-binary = ["alpha"]\n"""
STATUS = b"""Package: python3-alpha\nStatus: install ok installed\nVersion: 1:1.0-2+b1\nArchitecture: all
Depends: python3 (>= 3.8), python3-beta (>= 1.0~) | python3-gamma, libc6\nProvides: python3.11-alpha (= 1.0)\n
Package: python3-beta\nStatus: install ok installed\nVersion: 2.0\n"""
REQUIREMENTS = b"""# comment\nalpha>=1.0 ; python_version > '3'  # why\nbeta[x,y]==1.0 \\\n  --hash=sha256:0123
-c other.txt
--index-url https://user:password@host/simple\n-e ./project
https://host/x-1.0-py3-none-any.whl\ngamma @ file:///x ; a\n"""
LAYERS = b"""{"distributions": [{"name": "alpha", "version": "1.0", "location": "/x/alpha-1.0.dist-info", "layer": "/x",
"requires": ["beta>1"], "extras": ["x"], "requires_python": ">=3.8", "direct_url": "", "foreign": ""}],
"ignored": ["x"]}"""
INSTALL = b"""{"installed": {"links": [["lib/alpha/__init__.py", 3, 5]], "texts": {"lib/alpha.dist-info/RECORD": "x"},
"scripts": {"bin/alpha": ["../bin/alpha", "\\nx"]}, "folder": "0123"}}"""
RUN = b"""{"prefix": "/", "python": "/bin/sh", "layers": ["/x"], "fingerprint": "x", "states": {"/bin": "0:0"},
"paths": {"/x": ""}, "variables": {"X": null}}"""
MEASUREMENT = b"""{"distributions": [["alpha", "1.0", "lib/alpha-1.0.dist-info", "linked", "/x/alpha-1.0.dist-info",
true, 1, 1, 100, 4096]], "other": [1, 1, 1, 1], "links": [[64, "AQAAAAAAAAA=", "AQAAAAAAAAA=", "AQAAAA==", "AAAAAA=="]],
"reused": [["beta", "1.0", "/x/beta-1.0.dist-info", "/x"]], "layers": [["/x", "base"]], "fingerprint": "x"}"""
UV_OUTPUT = b"""{"schema": {"version": "preview"},
"changes": [{"name": "alpha", "version": "1.0", "action": "installed"}]}"""
PIP_REPORT = b"""{"version": "1", "install":
[{"metadata": {"name": "Alpha", "version": "1.0", "requires_dist": ["beta"]},
"is_direct": true, "download_info": {"url": "https://host/x", "vcs_info": {"vcs": "git", "commit_id": "0"}}}]}"""
ROOT = b"""{"environment": "/x/env", "machine": "x", "mount": "/", "inode": 5, "entries": ["alpha-1.0-0"]}"""
DOCUMENT, SALT = f"cache/{FORMAT}/kind/key-{VERSION}.json", "kind/key"
LINKS = b'{"links": [["/x/alpha-1.0.dist-info", "alpha", "1.0", [["alpha", "/x/alpha"]], []]]}'
DYNAMIC = struct.pack("<6q", 15, 1, 5, 0x100, 0, 0)
ELF = (
    (b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0))
    + struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 0x200, 0x200, 0)
    + struct.pack("<IIQQQQQQ", 2, 6, 0xB0, 0xB0, 0xB0, len(DYNAMIC), len(DYNAMIC), 8)
    + DYNAMIC
).ljust(0x100, b"\0") + b"\0$ORIGIN/../lib:/x\0"
CHECKOUT = f"git+https://host/x.git@{'0' * 40}#egg=x"

TARGETS = {
    "requirements": Target("file", REQUIREMENTS, lambda place: place.request("-r", "file")),
    "constraints": Target("file", REQUIREMENTS, lambda place: place.request("-c", "file")),
    "argument": Target("file", b"alpha[x]>=1,<2; python_version > '3'", lambda place: place.request(argument(place))),
    "lock": Target("pylock.toml", LOCK, lambda place: place.request("-r", "pylock.toml")),
    "project": Target(
        "pyproject.toml", PROJECT, lambda place: place.request("-r", "pyproject.toml", "--group", "test")
    ),
    "METADATA": Target(f"{INFO}/METADATA", METADATA, read_base),
    "RECORD": Target(f"{INFO}/RECORD", RECORD, read_base),
    "direct_url": Target(
        f"{INFO}/direct_url.json",
        b'{"url": "https://host/x.whl", "archive_info": {"hash": "sha256=0", "hashes": {"sha256": "0"}}}',
        read_base,
    ),
    "entry_points": Target(f"{INFO}/entry_points.txt", b"[console_scripts]\nalpha = alpha.main:run [x]\n", read_base),
    "WHEEL": Target(f"{INFO}/WHEEL", b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-x\n", read_base),
    "PKG-INFO": Target("site/delta-1.egg-info/PKG-INFO", METADATA.replace(b"alpha", b"delta"), read_base),
    "requires": Target("site/delta-1.egg-info/requires.txt", b"beta>1\n\n[x:python_version>'3']\ngamma\n", read_base),
    "top_level": Target("site/delta-1.egg-info/top_level.txt", b"alpha\nns/part\n", read_base),
    "egg-link": Target("site/own.egg-link", b"site\n.\n", read_base),
    "pth": Target("site/x.pth", b"import os; os.x\nalpha\n/usr/lib\n", read_path_files),
    "start": Target("site/x.start", b"alpha:main\n# comment\n", read_path_files),
    "pth of a base": Target(
        "site/x.pth", b"alpha\n/usr/lib\n", lambda place: bases.layers_of(place.site, place.environment, place.context)
    ),
    "pip.conf": Target(
        "pip.conf",
        b"[global]\nindex-url = https://user:password@host\n[install]\nno-binary =\n  alpha\n  beta\n",
        lambda place: pip.load({"PIP_CONFIG_FILE": "pip.conf"}, str(place.folder)),
    ),
    "uv.toml": Target("uv.toml", UV_TOML, read_uv_configuration),
    "uv.toml of the user": Target("site/uv/uv.toml", UV_TOML, read_uv_configuration),
    "tool.uv": Target("pyproject.toml", PROJECT, read_uv_configuration),
    "dpkg status": Target("var/lib/dpkg/status", STATUS, read_debian),
    "dpkg list": Target(
        "var/lib/dpkg/info/python3-alpha.list", b"/.\n/usr/lib/python3/dist-packages/alpha\n", read_debian
    ),
    "ELF": Target("x.so", ELF, lambda place: elf.search_paths(str(place.folder / "x.so"))),
    "HEAD": Target(".git/HEAD", b"ref: refs/heads/main\n", lambda place: checkouts.is_checkout(CHECKOUT, place.site)),
    "packed-refs": Target(
        ".git/packed-refs", b"0 refs/heads/main\n", lambda place: checkouts.is_checkout(CHECKOUT, place.site)
    ),
    "git config": Target(
        ".git/config",
        b'[remote "x"]\n  url = git@host:x.git\n',
        lambda place: checkouts.is_checkout(CHECKOUT, place.site),
    ),
    "receipt": Target("env/thinvenv.json", b"", read_receipt, ""),
    "cached layer": Target(DOCUMENT, LAYERS, read_layer_document, SALT),
    "cached environment": Target(DOCUMENT, b"", read_environment_document, SALT),
    "cached links": Target(DOCUMENT, LINKS, read_links, SALT),
    "recorded install": Target(DOCUMENT, b"", read_recorded_install, SALT),
    "recorded files": Target(DOCUMENT, INSTALL, read_recorded_files, SALT),
    "recorded run": Target(DOCUMENT, RUN, lambda place: quick_run._recorded_environment(document(place)), SALT),
    "metadata of a script": Target(
        f"cache/{FORMAT}/scripts/{digest(['x'])}-{VERSION}.json",
        b'{"dependencies": ["alpha"], "requires_python": ">=3.8"}',
        lambda place: cached_environments._metadata_of("x", "x.py", place.context),
        f"scripts/{digest(['x'])}",
    ),
    "exported lock": Target(
        f"cache/{FORMAT}/{exported_locks._KIND}/key-{VERSION}.json",
        b'{"inputs": {"files": {"/x": ""}, "members": {"/x/*": []}}, "text": "x"}',
        lambda place: exported_locks.load("key", place.context),
        f"{exported_locks._KIND}/key",
    ),
    "measurement": Target(DOCUMENT, MEASUREMENT, read_measurement, SALT),
    "output of uv": Target("file", UV_OUTPUT, lambda place: uv_output._changes(content(place))),
    "report of pip": Target("file", PIP_REPORT, lambda place: pip_backend._resolution(content(place))),
    "format of a store": Target(f"store/{STORE_FILE}", b'{"format": 1}', read_store),
    "root of a store": Target("store/roots/x.json", ROOT, read_store),
    "origin in a store": Target("store/origins/alpha-1.0-0.json", b'{"name": "alpha", "index": ["x"]}', read_store),
    "reference in a store": Target("store/references/key", b"alpha-1.0-0", read_store),
    "pyvenv.cfg": Target(
        "env/pyvenv.cfg",
        b"home = /usr/bin\ninclude-system-site-packages = true\nversion = 3.11\n",
        lambda place: probe_cache._cache_key(place.folder / "env/bin/python", str(place.folder / "env"), {}),
    ),
}


def argument(place: Place) -> str:
    return os.fsdecode((place.folder / "file").read_bytes()).replace("\0", "")


def content(place: Place) -> str:
    return (place.folder / "file").read_text(errors="replace")


def document(place: Place) -> dict[str, Any] | None:
    return place.context.cache.load("kind", "key")


@pytest.fixture
def place(tmp_path: Path, base: Base) -> Place:
    """Return a folder in which every target has valid content."""
    context = Context({}, str(tmp_path), Cache(tmp_path / "cache"))
    environment = probe.probe(base.python, os.environ, str(tmp_path))
    contents = {target.path: target.content for target in TARGETS.values()}
    contents["usr/lib/python3/dist-packages/alpha-1.0.egg-info/PKG-INFO"] = METADATA
    for path, content in contents.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        write(tmp_path / path, content)
    (tmp_path / ".git/refs").mkdir()
    return Place(tmp_path, environment, context)


def valid_document(name: str, place: Place, fixture: Callable[[str], Any]) -> bytes:
    """Return a document that thinvenv writes, of an environment that is where the test reads it."""
    base, index, venv = map(fixture, ("base", "index", "venv"))
    base.install(Project("tool", entry_points="[console_scripts]\ntool = tool:main\n"))
    index(Project("fresh", entry_points="[console_scripts]\nfresh = fresh:main\n"))
    if name == "receipt":
        shutil.rmtree(place.folder / "env")
        venv.prefix.rename(place.folder / "env")
        Venv(place.folder / "env", []).install("tool")
        return verified_json((place.folder / "env" / "thinvenv.json").read_bytes())
    if name == "recorded install":
        venv.install("tool", "fresh")
        (path,) = (venv.context.cache.root / FORMAT / "recorded-installs").glob("*.json")
        return verified_json(path.read_bytes(), f"recorded-installs/{path.name.removesuffix(f'-{VERSION}.json')}")
    environment = probe_cache.rebased(to_json(place.environment), str(place.folder / "env"), probe_cache.ROOT)
    states = probe_cache._states(place.environment, "", place.context)
    return json.dumps({"environment": environment, "states": states}).encode()


def write(path: Path, content: bytes) -> None:
    """Write a file anew: ext4 writes what replaces the content of a file to the disk at once, which takes longer."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_file_is_an_error_or_counts_as_none(name: str, place: Place, request: pytest.FixtureRequest) -> None:
    target = TARGETS[name]
    content = target.content or valid_document(name, place, request.getfixturevalue)
    path, number = place.folder / target.path, math.ceil(INPUTS / len(TARGETS))
    random = Random()
    for _ in range(number):
        data = mutated(content, random) if target.salt is None else mutated_document(content, target.salt, random)
        write(path, data)
        seconds, shown = -time.process_time(), ""
        try:
            target.read(place)
        except ThinvenvError as error:
            shown = str(error)
        except Exception as error:
            raise AssertionError(f"{data[:4000]!r} raises {error!r}") from error
        seconds += time.process_time()
        assert seconds < LIMIT, f"{seconds} s for {data[:4000]!r}"
        assert not _CONTROL.search(shown), f"{data[:4000]!r} shows {shown!r}"
    count("mutated files", inputs=number)


@pytest.mark.skipif(not LONG, reason="it takes minutes, and only few systems have atheris")
@pytest.mark.parametrize("name", ["RECORD", "requirement", "URL", "receipt"])
def test_no_input_that_is_found_by_coverage_raises(name: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    program = Path(mutations.__file__).with_name("coverage_fuzzing.py")
    options = [f"-runs={RUNS}", "-timeout=2", f"-artifact_prefix={tmp_path}/"]

    done = subprocess.run([sys.executable, program, name, *options], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-4000:]
    count("inputs found by coverage", inputs=RUNS)

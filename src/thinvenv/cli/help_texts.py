"""What the help of each command says: its description, examples and variables.

Lines have at most 78 characters.
"""

from __future__ import annotations

from thinvenv.named_tuples import NamedTuple

PIP_OPTIONS = {
    "--index-url": "the index to install from",
    "--extra-index-url": "a further index",
    "--find-links": "a folder or page of archives",
    "--no-index": "use no index, only --find-links",
    "--no-binary": "build these distributions from source (`:all:` for all)",
    "--only-binary": "never build these distributions (`:all:` for all)",
    "--config-settings": "a setting for build backends",
    "--pre": "allow pre-releases",
    "--no-deps": "do not install the dependencies of the requirements",
    "--require-hashes": "install nothing without a hash",
    "--upgrade": "install the newest versions; reuse a base distribution only if it is the newest",
    "--reinstall": "install again what is already installed",
    "--offline": "do not use the network",
    "--prune": "remove the environment's copies of distributions that the base has now",
    "--strict": "fail if a glob of `--only-reuse` or `--never-reuse` matches nothing in the base",
}
"""The options of pip that the help shows. Others are accepted too, for files and tools that use them."""

_ACTIVE = {"VIRTUAL_ENV": "the active environment, without --env"}
_SETTINGS = {
    "THINVENV_ONLY_REUSE, THINVENV_NEVER_REUSE, THINVENV_BACKEND": "defaults of these options",
    "THINVENV_CONFIG_FILE": "a file in place of the user's thinvenv.toml",
    "THINVENV_CACHE_DIR": "the cache folder",
    "PIP_*, UV_*": "as in pip and uv",
}
_INSTALLS = {**_ACTIVE, **_SETTINGS}
_READS = {**_ACTIVE, "THINVENV_CACHE_DIR": "the cache folder"}
_CHANGES = {**_ACTIVE, "THINVENV_BACKEND": "the default of --backend", "THINVENV_CACHE_DIR": "the cache folder"}
_CREATES = {
    "VIRTUAL_ENV": "its interpreter is the default of --python",
    "THINVENV_REUSE, THINVENV_BASE": "defaults of --reuse and --base",
    **_SETTINGS,
}


class _Text(NamedTuple):
    """The text of one command.

    Attributes:
        description: What it does, as lines of at most 78 characters.
        examples: Command lines.
        variables: The environment variables that count, with their meaning.

    """

    description: str
    examples: tuple[str, ...]
    variables: dict[str, str]


_TEXTS = {
    "create": _Text(
        """\
Creates an environment over a base, and installs requirements into it if there
are any. The base is the Python installation that --python selects, with the
further bases of --base; without --python, it is the one of the first --base
that has an interpreter. If the environment cannot be created or filled, what
was at ENV before is restored.""",
        (
            "thinvenv create .venv",
            "thinvenv create .venv --python /opt/conda/bin/python -r requirements.txt",
            "thinvenv create .venv --reuse link --base /opt/stack numpy",
            "thinvenv create .venv --base ../main/.venv -e .",
        ),
        _CREATES,
    ),
    "install": _Text(
        """\
Installs what the environment and its base do not provide. Without
requirements, it updates the environment for those of earlier installs, and
plans again if the base has changed.""",
        (
            "thinvenv install numpy 'pandas>=2'",
            "thinvenv install --env .venv -e . --group test",
            "thinvenv install -r requirements.txt --never-reuse 'pytest*'",
        ),
        _INSTALLS,
    ),
    "plan": _Text(
        """\
Shows what `install` would do with the same arguments, with the reason of each
step, and changes nothing.""",
        ("thinvenv plan numpy 'pandas>=2'", "thinvenv plan --json -r requirements.txt"),
        _INSTALLS,
    ),
    "run": _Text(
        """\
Runs a script in an environment with the requirements that it lists itself
(PEP 723, inline script metadata) and those of --with, or runs a command there.
The environment is over the Python that --python selects, reuses what that has
already, and is kept in the cache: the next run finds it again. Everything
after the script or the command belongs to that.""",
        (
            "thinvenv run plot.py --out plot.png",
            "thinvenv run --with rich --python /opt/conda/bin/python script.py",
            "thinvenv run --with httpie -- http example.org",
        ),
        _CREATES,
    ),
    "uninstall": _Text(
        """\
Removes distributions from the environment, and what only they needed. The
next install does not bring them back. In reuse mode link, a distribution of
the base is no longer linked; in mode inherit the environment shows the whole
base, so it cannot be removed. Nothing is changed if something still needs one
of them.""",
        ("thinvenv uninstall pandas", "thinvenv uninstall --keep-needed pandas"),
        _CHANGES,
    ),
    "sync": _Text(
        """\
Makes the environment exactly what the files or the lock say: installs what
they require and the base does not provide, and removes everything else. With
--locked, it follows the uv.lock of the project: the groups and extras that you
name, or else the default groups, in the versions of the lock, whose hashes are
checked.""",
        (
            "thinvenv sync requirements.txt",
            "thinvenv sync --env .venv pylock.toml",
            "thinvenv sync pyproject.toml --group test",
            "thinvenv sync --locked --group test --extra cli",
        ),
        _INSTALLS,
    ),
    "set": _Text(
        """\
Changes how an existing environment reuses its base, and installs or links
what it lacks then. What is not set stays as it is. --base replaces all further
bases. If this fails, the environment is as it was before.""",
        (
            "thinvenv set --reuse link",
            "thinvenv set --env .venv --base /opt/stack --base ../other",
            "thinvenv set --no-base --never-reuse 'pytest*'",
        ),
        _CHANGES,
    ),
    "list": _Text(
        """\
Lists the distributions that the environment imports, with the layer that each
comes from.""",
        ("thinvenv list", "thinvenv list --outdated", "thinvenv list --env .venv --format json"),
        {**_READS, "THINVENV_BACKEND": "the default of --backend", "PIP_*, UV_*": "the indexes, for --outdated"},
    ),
    "tree": _Text(
        """\
Shows what was asked for, and below each distribution what it requires, with
the layer that it comes from: `here` is the environment itself. What has been
shown before is marked with (*).""",
        ("thinvenv tree", "thinvenv tree --env .venv --json"),
        _READS,
    ),
    "why": _Text(
        """\
Shows which of the requirements that were asked for lead to a distribution,
and which layer it comes from.""",
        ("thinvenv why numpy", "thinvenv why --env .venv --json numpy"),
        _READS,
    ),
    "freeze": _Text(
        """\
Prints what the environment has installed or reuses as requirements, like
`pip freeze`. What comes from a base has its layer as a comment.""",
        ("thinvenv freeze > requirements.txt", "thinvenv freeze --exclude-editable --exclude pip"),
        _READS,
    ),
    "lock": _Text(
        """\
Writes a lock file (PEP 751) of what the environment uses, those of its bases
included: exact versions with the URLs and hashes of their archives. thinvenv,
pip and uv make the environment again from it, over another base or none. What
no index has is an error, or is left out with --base-provides.""",
        ("thinvenv lock", "thinvenv lock --env .venv -o pylock.test.toml --base-provides"),
        {**_READS, "PIP_*, UV_*": "the indexes"},
    ),
    "check": _Text(
        """\
Verifies that environments are as planned: that what was asked for is there,
that the base has not changed, and that everything fits together. What is wrong
only with distributions of the base that nothing asked for is a warning. The
exit status is 1 if there is an error, or with --strict a warning.""",
        ("thinvenv check", "thinvenv check --strict .venv other"),
        _READS,
    ),
}


_TEXTS["report"] = _Text(
    """\
Finds the environments below directories, of whatever tool, and shows what they
take on disk, which distributions they repeat, what thinvenv saves, and what it
would save. Nothing in them is started or changed. What was measured is kept in
the cache as long as no directory changes.""",
    ("thinvenv report", "thinvenv report ~/projects --all", "thinvenv report --html fleet.html .tox .nox"),
    {"THINVENV_CACHE_DIR": "the cache folder"},
)
_TEXTS["doctor"] = _Text(
    """\
Prints what a bug report needs: versions, the environment with its layers,
each setting and where it comes from, the variables that count, and the cache
folder. Passwords and tokens are left out.""",
    ("thinvenv doctor", "thinvenv doctor --env .venv --json"),
    _READS,
)
_TEXTS["shell-completion"] = _Text(
    """\
Prints the completion of a shell. Keep it in a file that the shell reads, such
as ~/.local/share/bash-completion/completions/thinvenv, a folder of zsh's fpath
(as _thinvenv), or ~/.config/fish/completions/thinvenv.fish.""",
    ("thinvenv shell-completion bash", "thinvenv shell-completion zsh > _thinvenv"),
    {"none": "no variable counts"},
)
_TEXTS["matrix"] = _Text(
    """\
Prints the environments of tox, or the sessions of nox, of the project in the
working directory as one line of JSON that CI services take for a matrix:
{"include": [...]}, with an object for each shard. Shards take about the same
time, and have environments with the same interpreter and base together.""",
    (
        "thinvenv matrix --shards 4",
        "thinvenv matrix --shards 4 --durations result.json -- -e ALL",
        "thinvenv matrix --nox -- --tags quick",
    ),
    {"TOX_*, NOX_*": "as in tox and nox, which list the environments"},
)
_TEXTS["fleet"] = _Text(
    """\
Runs the tox environments of the project in the working directory on a Ray
cluster, each as a task, thin over the Python of its node. What runs on a node
that is lost starts again on another. The end and the exit status are those of
`tox -p`. This needs thinvenv[ray], and thinvenv[tox] on each node.""",
    (
        "thinvenv fleet run --address ray://head:10001 -e ALL",
        "thinvenv fleet run --address auto -e py312,lint --exclude /data",
    ),
    {"TOX_*": "as in tox, which lists the environments"},
)
_TEXTS["store"] = _Text(
    """\
Lists the entries of a store with the environments that use them, removes those
that nothing uses, and compares them with what was installed.""",
    ("thinvenv store list", "thinvenv store prune --older-than 30d", "thinvenv store verify --repair --json"),
    {"THINVENV_STORE": "the default of --store", "THINVENV_CACHE_DIR": "the cache folder"},
)
_TEXTS["base"] = _Text(
    """\
Suggests which distributions a base should have so that environments hold the
least themselves, and makes a base that others then name with --base or
THINVENV_BASE. What the environments asked for counts: their receipts, and what
tox or nox say if PATH is a project of theirs, which runs that tool.""",
    (
        "thinvenv base suggest . -o base.txt",
        "thinvenv base suggest ~/projects --bases 3 --json",
        "thinvenv base build /opt/base --python 3.12 -r base.txt",
    ),
    {
        "THINVENV_BACKEND": "the default of --backend",
        "THINVENV_CACHE_DIR": "the cache folder",
        "PIP_*, UV_*": "as in pip and uv",
    },
)


def description_of(name: str) -> str:
    """Return the description of a command."""
    return _TEXTS[name].description


def epilog_of(name: str) -> str:
    """Return the examples and the variables of a command, as the help shows them at its end."""
    text = _TEXTS[name]
    lines = ["examples:", *(f"  {example}" for example in text.examples), "", "variables:"]
    for names, meaning in text.variables.items():
        lines += [f"  {names}", f"      {meaning}"]
    return "\n".join(lines)


def examples_of(name: str) -> tuple[str, ...]:
    """Return the command lines that show how a command is used."""
    return _TEXTS[name].examples


def variables_of(name: str) -> dict[str, str]:
    """Return the environment variables that a command reads, with their meaning."""
    return _TEXTS[name].variables

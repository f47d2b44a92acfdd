"""The options of ``uv sync``, sorted by who carries them out, and the errors of ``uv export``."""

from __future__ import annotations

import pytest

from thinvenv.backends import uv_export
from thinvenv.backends.uv_export import SyncOptions, export_lock, sync_options
from thinvenv.context.context import current_context
from thinvenv.errors import BackendError, RequirementError, UsageError


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--locked", SyncOptions(("--locked",))),
        (
            "--locked --group a --group=b",
            SyncOptions(("--locked", "--group", "a", "--group", "b")),
        ),
        ("--group a --all-groups", SyncOptions(("--group", "a", "--all-groups"))),
        ("--group a --no-default-groups", SyncOptions(("--group", "a", "--no-default-groups"))),
        ("--no-install-project --inexact", SyncOptions(("--no-emit-project",), exact=False)),
        ("--inexact --exact --reinstall-package x", SyncOptions((), ("--reinstall-package", "x"))),
        ("--reinstall -q", SyncOptions((), ("--reinstall", "-q"))),
        ("--offline --index-url U", SyncOptions(("--offline", "--index-url", "U"), ("--offline", "--index-url", "U"))),
        ("-P numpy --resolution=lowest", SyncOptions(("-P", "numpy", "--resolution", "lowest"))),
    ],
)
def test_options_go_to_who_carries_them_out(words: str, expected: SyncOptions) -> None:
    assert sync_options(words.split(), {}) == expected


def test_the_variable_for_a_frozen_lock_replaces_the_option() -> None:
    assert sync_options(["--locked"], {"UV_FROZEN": "1"}).export == ()
    assert sync_options(["--locked"], {"UV_FROZEN": "false"}).export == ("--locked",)


@pytest.mark.parametrize("word", ["-r", "--python", "--lokced", "requests", "--editable=x", "--script"])
def test_options_about_something_else_are_refused(word: str) -> None:
    with pytest.raises(UsageError, match=f"`{word.partition('=')[0]}` cannot be used with uv.lock"):
        sync_options([word, "value"], {})


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UsageError, match="`--group` needs a value"):
        sync_options(["--group"], {})


def test_failures_are_those_of_uv() -> None:
    stderr = "Using CPython 3.11\nerror: The lockfile needs to be updated.\n\nhint: To update it, run `uv lock`.\n"
    error = uv_export.failure(stderr, "/project")
    assert isinstance(error, RequirementError)
    assert str(error) == "The lockfile needs to be updated.\n  in /project\nhint: To update it, run `uv lock`."
    assert isinstance(uv_export.failure("error: unexpected\n\nUsage: uv export [OPTIONS]\n", "."), UsageError)


def test_without_uv_there_is_no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uv_export, "find_uv", lambda _environ: None)
    with pytest.raises(BackendError, match="cannot be read without uv"):
        export_lock([], "python", current_context())

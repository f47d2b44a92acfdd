"""Which settings decide what an index answers, and which archives lie on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.projects import Project, build_wheel, make_index
from thinvenv.config import index_settings
from thinvenv.context.context import current_context
from thinvenv.context.reporter import Reporter

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("option", ["--find-links=my wheels", "--extra-index-url=my wheels"])
def test_the_archives_in_a_folder_whose_path_has_a_blank_are_compared(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    context = current_context(Reporter())
    build_wheel(Project("alpha"), tmp_path / "my wheels")
    before = index_settings.local_states(["alpha"], [option], "", context)

    build_wheel(Project("alpha", "2.0"), tmp_path / "my wheels")

    assert index_settings.local_states(["alpha"], [option], "", context) != before


def test_the_first_archive_of_a_distribution_that_was_not_installed_changes_the_state_of_local_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_index(tmp_path, [Project("alpha"), Project("beta")])
    options, context = [f"--index-url={url}"], current_context(Reporter())
    states = [index_settings.states_of_places(["alpha"], options, "", context)]
    for project in (Project("beta", "2.0"), Project("gamma")):
        make_index(tmp_path, [project])
        states.append(index_settings.states_of_places(["alpha"], options, "", context))

    assert len({str(state) for state in states}) == len(states)
    monkeypatch.setattr(index_settings, "_MOST_ENTRIES", 3)
    assert index_settings.states_of_places(["alpha"], options, "", context) is None


@pytest.mark.parametrize(
    ("options", "is_kept"),
    [
        (["--index-url=file:///srv/simple"], True),
        (["--find-links=wheels"], True),
        (["--index-strategy=first-index"], True),
        (["--index-url=https://packages.example/simple"], False),
        (["--index=name=https://packages.example/simple"], False),
        (["--find-links=https://packages.example/links.html"], False),
        (["--torch-backend=cpu"], False),
    ],
)
def test_what_servers_other_than_the_usual_answer_is_not_kept(options: list[str], is_kept: bool) -> None:  # noqa: FBT001 - a parameter of a test
    assert bool(index_settings.digest_of(options, "", "", current_context(Reporter()))) == is_kept

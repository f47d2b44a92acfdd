"""The arithmetic of the benchmarks, and the tables that they write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

import neighbours
from thinbench import without
from thinbench.check import lost
from thinbench.folders import CHECKOUT
from thinbench.footprint import Footprint, footprint
from thinbench.measuring import Timing, in_turns
from thinbench.pages import PAGES, filled
from thinbench.picture import overview, svg
from thinbench.report import table, updated, verdicts
from thinbench.results import Case, Row, Target, case_json
from thinbench.suggested_bases import Prediction, write_project
from thinbench.synthetic import tree
from thinbench.tables import markdown, seconds, size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_hard_link_to_a_file_elsewhere_counts_nothing(tmp_path: Path) -> None:
    env, cache = tmp_path / "env", tmp_path / "cache"
    for folder in (env / "bin", cache):
        folder.mkdir(parents=True)
    (env / "own").write_bytes(b"x" * 100)
    (cache / "shared").write_bytes(b"x" * 1000)
    os.link(cache / "shared", env / "shared")

    assert footprint(env) == Footprint(files=2, apparent=1100, unique=100)


def test_a_file_linked_twice_within_counts_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x" * 10)
    os.link(tmp_path / "one", tmp_path / "two")

    assert footprint(tmp_path) == Footprint(files=2, apparent=20, unique=10)


def test_a_link_to_a_directory_is_a_file_and_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "big").write_bytes(b"x" * 5000)
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "link").symlink_to(tmp_path / "base")

    measured = footprint(tmp_path / "env")

    assert (measured.files, measured.apparent) == (1, len(os.fspath(tmp_path / "base")))


def test_programs_are_measured_in_turns() -> None:
    order: list[str] = []

    def run(name: str) -> Callable[[], float]:
        def work() -> float:
            order.append(name)
            return float(len(order))

        return work

    timings = in_turns({"a": run("a"), "b": run("b")}, repeat=2)

    assert order == ["a", "b", "a", "b"]
    assert timings["b"].seconds == (2.0, 4.0)


def test_the_spread_is_relative_to_the_median() -> None:
    assert Timing((1.0, 2.0, 3.0)).spread == pytest.approx(1.0)
    assert Timing((2.0,) * 5).spread == 0


@pytest.mark.parametrize(
    ("value", "text"), [(26.41, "26.4 s"), (0.586, "0.59 s"), (0.0421, "42 ms"), (0.0021, "2.1 ms")]
)
def test_durations(value: float, text: str) -> None:
    assert seconds(value) == text


@pytest.mark.parametrize(("count", "text"), [(4, "4 B"), (43_800, "44 kB"), (1_440_000, "1.4 MB"), (336e6, "336 MB")])
def test_sizes(count: float, text: str) -> None:
    assert size(count) == text


def test_table_columns_are_aligned() -> None:
    lines = ["| a    | bb |", "| ---- | -: |", "| long |  1 |"]

    assert markdown(("a", "bb"), [("long", "1")]).splitlines() == lines


def test_a_ratio_compares_measurements_of_the_same_turn() -> None:
    calm, busy = Timing((1.0, 10.0, 1.0)), Timing((2.0, 20.0, 2.0))

    assert busy.ratio(calm) == pytest.approx(2.0)


def test_a_ratio_of_unequal_turns_compares_medians() -> None:
    assert Timing((2.0, 4.0, 6.0)).ratio(Timing((2.0,))) == pytest.approx(2.0)


CASE = Case(
    "case",
    "A <case>",
    (Row("uv", Timing((2.0, 2.0))), Row("thinvenv", Timing((1.0, 1.0)))),
    (Target("thinvenv", "uv", 1 / 3), Target("thinvenv", "uv", 0.25, plus=1.0)),
)


def test_a_missed_target_shows_by_how_much() -> None:
    missed, reached = case_json(CASE)["targets"]

    assert (missed["met"], missed["taken"], missed["text"]) == (False, 1.5, "a third of uv's time")
    assert (reached["met"], reached["taken"], reached["text"]) == (True, 0.667, "a quarter of uv's time plus 1000 ms")


def test_a_busy_machine_is_distinguished_from_more_work() -> None:
    rows = (Row("uv", Timing((2.0,), cpu=(1.0,))), Row("thinvenv", Timing((2.0,), cpu=(0.25,))))
    document = case_json(Case("case", "A case", rows, (Target("thinvenv", "uv", 0.5),)))

    assert (document["targets"][0]["taken"], document["targets"][0]["taken_of_work"]) == (2.0, 0.5)
    assert "200% of the limit, 50% in processor time" in verdicts(document)


def test_the_picture_has_a_bar_for_every_row() -> None:
    bars = [element for element in ET.fromstring(svg([case_json(CASE)])).iter() if element.tag.endswith("rect")]

    assert float(bars[0].attrib["width"]) == pytest.approx(2 * float(bars[1].attrib["width"]), rel=0.01)


def test_a_long_title_is_wrapped_and_an_outlier_is_cut() -> None:
    rows = {name: {"median": value} for name, value in (("pip", 25.0), ("uv", 0.5), ("thinvenv", 0.1))}
    picture = ET.fromstring(svg([{"title": "some words " * 15, "rows": rows}]))
    pip, uv, ours = (float(bar.attrib["width"]) for bar in picture.iter() if bar.tag.endswith("rect"))

    assert pip == uv == pytest.approx(5 * ours)
    assert len([element for element in picture.iter() if element.attrib.get("class") == "t"]) == 2
    assert len([element for element in picture.iter() if element.tag.endswith("path")]) == 1


def test_the_overview_has_files_size_and_time_of_what_was_measured() -> None:
    row = {"cpu": 2.0, "footprint": {"files": 7000, "apparent": 3e8}}
    less = {"cpu": 1.0, "footprint": {"files": 70, "apparent": 3e6}}
    cases = {"fleet": {"rows": {"tox + tox-uv": row, "tox + thinvenv": less}}, "tox-recreate": {"rows": {}}}
    picture = ET.fromstring(overview(cases))
    widths = [float(bar.attrib["width"]) for bar in picture.iter() if bar.tag.endswith("rect")]

    assert widths == [60, 2, 60, 2, 60, 30]
    assert {"7,000 ", "70 ", "300 MB ", "3.0 MB ", "2.00 s ", "1.00 s ", "a fleet"} <= {e.text for e in picture.iter()}


def test_a_synthetic_closure_has_its_size() -> None:
    projects = {project.name: project for project in tree("x", count=20, closure=7)}

    reached, queue = set(), ["x-0"]
    while queue:
        name = queue.pop()
        reached.add(name)
        queue += [
            requirement.partition(">")[0] for requirement in projects[name].requires if "extra" not in requirement
        ]

    assert (len(projects), len(reached)) == (20, 7)


def test_a_table_shows_the_other_programs_as_multiples() -> None:
    assert table(case_json(CASE)).splitlines() == [
        "|          | median | spread | runs | vs thinvenv |",
        "| -------- | -----: | -----: | ---: | ----------: |",
        "| uv       | 2.00 s |     0% |    2 |      2.00 x |",
        "| thinvenv | 1.00 s |     0% |    2 |      1.00 x |",
    ]
    assert verdicts(case_json(CASE)).splitlines() == [
        "- **Goal missed**: thinvenv takes more than a third of uv's time (150% of the limit)",
        "- Goal met: thinvenv takes at most a quarter of uv's time plus 1000 ms (67% of the limit)",
    ]


def test_a_table_of_shortcuts_shows_the_ratio_and_fits_a_terminal() -> None:
    name = "fast_describe: tox, second run"
    rows = (Row(name, Timing((1.0, 2.0)), without=Timing((2.0, 8.0))),)

    lines = table(case_json(Case("shortcuts", "Shortcuts", rows))).splitlines()

    assert lines[2].split("|")[2:6] == ["  5.00 s ", " 1.50 s ", "  0.38 ", " 3.50 s "]
    assert max(map(len, lines)) < 80


@pytest.mark.parametrize("shortcut", without.SHORTCUTS)
def test_every_shortcut_that_is_measured_can_be_left_out(shortcut: str) -> None:
    command = [sys.executable, "-P", without.__file__, shortcut, "thinvenv", "--version"]

    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("thinvenv ")


def test_figures_between_markers_are_replaced() -> None:
    document = {"cases": {"case": case_json(CASE)}}
    kept = "<!-- figures: other -->\nkept\n<!-- end of figures -->"
    page = f"Before\n<!-- figures: case -->\nold\n<!-- end of figures -->\n{kept}"

    once = filled(page, document)

    assert "old" not in once
    assert "| uv       |" in once
    assert once.endswith(kept)
    assert filled(once, document) == once


@pytest.mark.parametrize("page", PAGES)
def test_the_figures_of_the_documentation_are_up_to_date(page: str) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    document = json.loads((CHECKOUT / "docs" / "benchmarks.json").read_text(encoding="utf-8"))

    assert filled(text, document) == text


def test_results_that_were_not_measured_again_are_kept() -> None:
    old = {"date": "then", "cases": {"a": 1, "b": 2}}

    assert updated(old, {"date": "now", "cases": {"b": 3}}) == {"date": "now", "cases": {"a": 1, "b": 3}}


def recorded_and_measured(taken: float, taken_again: float, work: float | None = None) -> tuple[Case, Case]:
    """Return a case that took two shares of its limit."""

    def case(share: float, cpu: float | None) -> Case:
        ours = Timing((share,), () if cpu is None else (cpu,))
        rows = (Row("theirs", Timing((1.0,), () if cpu is None else (1.0,))), Row("thinvenv", ours))
        return Case("noop", "Nothing to do", rows, (Target("thinvenv", "theirs", 1.0),))

    return case(taken, None), case(taken_again, work)


@pytest.mark.parametrize(
    ("taken", "taken_again", "work", "is_lost"),
    [
        (0.9, 1.3, None, True),
        (0.9, 1.2, None, False),  # within the tolerance
        (1.1, 1.5, None, False),  # was not met before
        (0.9, 1.5, 1.0, False),  # a busy machine
        (0.9, 1.5, 1.4, True),
    ],
)
def test_a_goal_is_lost_if_it_was_met_and_is_missed_by_a_quarter(
    taken: float, taken_again: float, work: float | None, *, is_lost: bool
) -> None:
    recorded, measured = map(case_json, recorded_and_measured(taken, taken_again, work))

    assert bool(lost(recorded, measured)) == is_lost


def test_a_case_without_a_record_loses_nothing() -> None:
    _, measured = recorded_and_measured(0.5, 9.0)

    assert lost(None, case_json(measured)) == []


def test_a_prediction_is_compared_with_what_came_true(tmp_path: Path) -> None:
    assert write_project(tmp_path / "project", {"numpy": ["1.26.*", ">=2"], "pytest": ["8.3.*"]}) == ["e0", "e1"]
    text = (tmp_path / "project" / "tox.ini").read_text()
    assert "env_list = e0, e1\n" in text
    assert "    numpy==1.26.*\n    pytest==8.3.*\n" in text
    assert "    numpy>=2\n" in text

    assert Prediction(2, 1000, 110, 100).error == pytest.approx(0.1)
    assert (Prediction(0, 0, 0, 0).error, Prediction(1, 9, 5, 0).error) == (0, 1)


def test_a_limit_of_a_size_compares_footprints() -> None:
    timing = Timing((1.0,), (1.0,))
    rows = (Row("uv", timing, Footprint(600, 3000, 0)), Row("a b", timing, Footprint(90, 20, 0)))
    limits = (Target("a b", "uv", 1 / 6, of="files"), Target("a b", "uv", 1 / 300, of="apparent"))

    targets = case_json(Case("x", "X", rows, limits))["targets"]

    assert [target["text"] for target in targets] == ["a sixth of uv's files", "1/300 of uv's apparent bytes"]
    assert [target["taken"] for target in targets] == [0.9, 2.0]
    assert not any("taken_of_work" in target for target in targets)


def test_modules_that_reach_out_of_their_distribution_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    modules = {
        "a/x.py": "from pathlib import Path\nhere = Path(__file__).resolve().parent\ndata = here / 'own'\n",
        "a/y.py": "import os\nlib = os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', 'b', 'lib')\n",
        "a/z.py": "from pathlib import Path\nsite = Path(__file__).resolve().parents[1]\n",
        "a/own/data": "",
        "b/lib/data": "",
    }
    for name, content in modules.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    for dist, paths in (("a-1", [name for name in modules if name.startswith("a")]), ("b-1", ["b/lib/data", "a/b.py"])):
        (tmp_path / f"{dist}.dist-info").mkdir()
        (tmp_path / f"{dist}.dist-info" / "RECORD").write_text("".join(f"{path},,\n" for path in paths))

    neighbours.main([str(tmp_path)])

    assert capsys.readouterr().out.splitlines() == [
        "a-1: a/x.py:2: a, to which other distributions add files",
        "a-1: a/y.py:2: b/lib",
        "a-1: a/z.py:2: the site directory",
    ]

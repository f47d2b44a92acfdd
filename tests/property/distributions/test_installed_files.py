"""RECORD is read as the csv module reads it, whatever the paths are."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from thinvenv.distributions.installed_files import format_record, listed_paths, parse_record, paths_of
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from pathlib import Path

# A name of more than 255 bytes is none that a file can have, and a character has up to 4.
PATHS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60) | st.text(
    'a,"\\\r\n /.', max_size=8
)
ROWS = st.lists(st.tuples(PATHS, st.sampled_from(("", "sha256=abc_-")), st.sampled_from(("", "0", "1234"))))


@given(rows=ROWS, terminator=st.sampled_from(("\n", "\r\n")), quote_all=st.booleans())
@example(rows=[("pkg/a,b.py", "", "1")], terminator="\r\n", quote_all=False)
@example(rows=[('pkg\\"a".py', "", "")], terminator="\n", quote_all=False)
def test_rows_are_those_that_were_written(
    rows: list[tuple[str, str, str]], terminator: str, *, quote_all: bool
) -> None:
    # Without `quote_all`, a lone carriage return is quoted only where it is part of the line terminator.
    quote_all = quote_all or any("\r" in path for path, *_ in rows)
    text = StringIO(newline="")
    dialect = csv.unix_dialect if quote_all else csv.excel
    csv.writer(text, dialect, lineterminator=terminator).writerows(rows)

    assert parse_record(text.getvalue()) == [list(row) for row in rows]


@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
    | st.text('a,"\\\r\n', max_size=250)
)
def test_any_text_is_read_as_csv(text: str) -> None:
    assert parse_record(text) == [row for row in csv.reader(StringIO(text, newline="")) if row]


@given(paths=st.lists(PATHS.filter(bool)))
def test_a_record_that_is_written_can_be_read(paths: list[str]) -> None:
    assert [row[0] for row in parse_record(format_record(paths, {}))] == paths


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    paths=st.lists(
        st.lists(st.sampled_from(["..", ".", "bin", "a", "b.so", 'q"', "c\\d", "x,y"]), min_size=1, max_size=4)
    ),
    parts=st.sampled_from([("../",), ("bin/", "Scripts/"), (".so",)]),
)
def test_a_search_for_parts_misses_no_path(paths: list[list[str]], parts: tuple[str, ...], tmp_path: Path) -> None:
    dist_info = tmp_path / "a-1.dist-info"
    dist_info.mkdir(exist_ok=True)
    (dist_info / "RECORD").write_text(format_record(("/".join(names) for names in paths), {}))
    distribution = Distribution("a", "1", str(dist_info), str(tmp_path))

    every, matching = listed_paths(distribution), listed_paths(distribution, *parts)

    assert [path for path in every if any(part in path for part in parts)] == [
        path for path in matching if any(part in path for part in parts)
    ]
    assert set(paths_of(distribution, *parts)) <= {*paths_of(distribution)}

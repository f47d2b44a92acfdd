"""Reading metadata leniently, and writing METADATA."""

from __future__ import annotations

from email import message_from_string
from typing import TYPE_CHECKING

from support.metadata_formats import write_files, write_zip
from thinvenv.distributions.metadata import convert_metadata, format_metadata, source_of
from thinvenv.distributions.metadata_files import read_text
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from pathlib import Path


def test_metadata_are_those_of_the_distribution() -> None:
    requires = ("other>=1", 'more; extra == "test"', "split\n over; os_name == 'posix'")
    distribution = Distribution("my-pkg", "1.0", "", "", requires, ("test",), ">=3.8")

    headers = message_from_string(format_metadata(distribution, [("Summary", "two\n  lines")]))

    assert headers.items() == [
        ("Metadata-Version", "2.1"),
        ("Name", "my-pkg"),
        ("Version", "1.0"),
        ("Summary", "two lines"),
        ("Requires-Python", ">=3.8"),
        ("Provides-Extra", "test"),
        ("Requires-Dist", "other>=1"),
        ("Requires-Dist", 'more; extra == "test"'),
        ("Requires-Dist", "split over; os_name == 'posix'"),
    ]


def test_converted_metadata_keep_the_headers_that_describe(tmp_path: Path) -> None:
    info = "Name: my-pkg\nVersion: 1.0\nSummary: A summary\nAuthor:\nKeywords: a b\nRequires-Dist: not-this\n\nText\n"
    write_files(tmp_path, {"my_pkg.egg-info/PKG-INFO": info})
    distribution = Distribution("my-pkg", "1.0", str(tmp_path / "my_pkg.egg-info"), str(tmp_path), ("other",))

    headers = message_from_string(convert_metadata(distribution))

    assert headers.items()[1:] == [
        ("Name", "my-pkg"),
        ("Version", "1.0"),
        ("Summary", "A summary"),
        ("Requires-Dist", "other"),
    ]


def test_metadata_without_a_file_can_be_converted(tmp_path: Path) -> None:
    distribution = Distribution("my-pkg", "1.0", str(tmp_path / "broken.zip" / "EGG-INFO"), str(tmp_path))
    (tmp_path / "broken.zip").write_text("not a zip archive")

    assert convert_metadata(distribution) == format_metadata(distribution)


def test_a_description_is_never_read_and_any_encoding_is(tmp_path: Path) -> None:
    folder = tmp_path / "my_pkg-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_bytes("Name: my-pkg\r\nAuthor: Jos\u00e9\r\n\r\nName: other\r\n".encode("latin-1"))
    distribution = Distribution("my-pkg", "1.0", str(folder), str(tmp_path))

    assert source_of(distribution).metadata.get_all("Name") == ["my-pkg"]
    assert read_text(str(folder), "METADATA").endswith("\n\nName: other\n")
    assert read_text(str(folder), "missing") == ""


def test_files_in_an_archive(tmp_path: Path) -> None:
    write_zip(tmp_path / "one.egg", {"EGG-INFO/PKG-INFO": "Name: my-pkg\n", "EGG-INFO/top_level.txt": "my_pkg\n"})
    location = str(tmp_path / "one.egg" / "EGG-INFO")

    assert source_of(Distribution("my-pkg", "1.0", location, "")).name == "my-pkg"
    assert read_text(location, "top_level.txt") == "my_pkg\n"
    assert read_text(location, "RECORD") == ""

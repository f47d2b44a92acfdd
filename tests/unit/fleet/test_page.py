from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.command_line import thinvenv
from support.measured_fleets import SITE, add_distribution, make_environment
from thinvenv.fleet import treemap

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CELLS = st.lists(st.tuples(st.integers(0, 10**15), st.floats(0, 1)), max_size=2 * treemap.MOST_CELLS)
PROBE = """<script>
const all = (selector) => [...document.querySelectorAll(selector)];
const shown = () => all(".map").filter((map) => map.offsetHeight).map((map) => map.className);
const names = () => all("tbody").map((body) => [...body.rows].map((row) => row.cells[0].dataset.value));
const sort = (table, column) => all("table")[table].querySelectorAll("button")[column].click();
const result = { width: innerWidth, content: document.documentElement.scrollWidth, maps: shown() };
result.before = names();
sort(0, 0); sort(1, 0);
result.ascending = names();
sort(1, 0);
result.descending = names()[1];
result.order = document.querySelectorAll("table")[1].querySelector("th").getAttribute("aria-sort");
document.querySelector("#by-environment").click();
result.environments = shown();
const cells = document.querySelector(".environment-bytes").children;
cells[0].focus();
cells[0].dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
result.focused = document.activeElement === cells[1];
result.stops = document.querySelectorAll(".environment-bytes [tabindex='0']").length;
result.details = document.querySelector(".details").textContent === cells[1].ariaLabel;
document.body.textContent = JSON.stringify(result);
</script>"""


class Loads(HTMLParser):
    """Collects what a page loads from elsewhere, and its headings."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "data", "action"}]


def page_of(root: Path) -> str:
    """Return the page of a fleet with one name that would be markup."""
    for number, name in enumerate(["b", "a", "<img src=x onerror=alert(1)>"]):
        env = make_environment(root / "fleet" / name)
        for version in range(2):
            add_distribution(env / SITE, f"dist{version}", "1.0", {f"dist{version}.py": 5000 * (3 - number) + version})
    path = root / "page.html"
    assert thinvenv("report", root / "fleet", "--html", path).code == 0
    return path.read_text("utf-8")


def test_the_page_loads_nothing_and_shows_names_as_text(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    parsed = Loads(page)
    assert parsed.addresses == []
    assert not {"img", "link", "iframe"} & {*parsed.tags}
    assert not re.search(r"url\(|@import|https?:", page)
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert parsed.tags.count("table") == 2
    assert page.count('<th scope="col" class="number" aria-sort="descending">') == 2


@given(CELLS)
def test_a_treemap_is_filled_and_its_areas_are_proportional(values: list[tuple[int, float]]) -> None:
    cells = [treemap.Cell(str(index), size, str(size), "", share) for index, (size, share) in enumerate(values)]
    placed = treemap.layout(cells, "{} others", str)
    total = sum(cell.size for cell, _ in placed)
    assert total == pytest.approx(sum(size for size, _ in values), rel=1e-4)
    assert len(placed) <= treemap.MOST_CELLS + 1
    for cell, place in placed:
        assert place.width * place.height == pytest.approx(10_000 * cell.size / total, rel=1e-4)
        assert -1e-3 <= place.left <= place.left + place.width <= 100 + 1e-3
        assert -1e-3 <= place.top <= place.top + place.height <= 100 + 1e-3


def test_what_is_too_small_for_a_treemap_is_put_together() -> None:
    cells = [treemap.Cell(str(index), 1 + index % 7, "", "", 0.5) for index in range(treemap.MOST_CELLS + 30)]
    placed = treemap.layout(cells, "{} others", str)
    (rest,) = [cell for cell, _ in placed if cell.name == "30 others"]
    assert (len(placed), rest.size, rest.text, rest.share) == (treemap.MOST_CELLS + 1, 38, "30 others: 38", 0.5)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 500])
def test_a_browser_shows_sorts_and_chooses_with_keys(
    tmp_path: Path, width: int, request: pytest.FixtureRequest
) -> None:
    if "browser" not in request.config.getoption("markexpr") or CHROMIUM is None:
        pytest.skip("starts Chromium, and runs with -m browser")
    page = page_of(tmp_path)
    path, picture = tmp_path / "probe.html", tmp_path / "page.png"
    path.write_text(page.replace("</body>", f"{PROBE}</body>"), "utf-8")
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--hide-scrollbars", f"--window-size={width},1000"]
    shown = subprocess.run([*command, "--dump-dom", path.as_uri()], stdout=subprocess.PIPE, check=True, text=True)
    result = json.loads(re.findall(r"\{.*\}", shown.stdout)[-1])
    assert result["content"] <= result["width"]
    assert result["maps"] == ["map distribution-bytes"]
    assert result["environments"] == ["map environment-bytes"]
    assert result["ascending"][1] == ["dist0", "dist1"]
    assert result["descending"] == ["dist1", "dist0"]
    assert result["order"] == "descending"
    assert [name.rsplit("/", 1)[-1] for name in result["ascending"][0]][-2:] == ["a", "b"]
    assert (result["focused"], result["stops"], result["details"]) == (True, 1, True)
    subprocess.run([*command, f"--screenshot={picture}", (tmp_path / "page.html").as_uri()], check=True)
    assert picture.stat().st_size > 20_000

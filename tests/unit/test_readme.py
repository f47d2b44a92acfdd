"""The links of the README lead to pages that exist, also where it is shown without the repository."""

from __future__ import annotations

import re
import tomllib

from support import ROOT


def test_links_are_absolute_and_lead_to_pages_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    labels = re.findall(r"\[[^\]]+\]\[([\w-]+)\]", text)
    defined = dict(re.findall(r"^\[([\w-]+)\]: (\S+)$", text, re.MULTILINE))
    direct = re.findall(r"\]\(([^)]+)\)", text)

    assert set(labels) == set(defined)
    assert [link for link in [*direct, *defined.values()] if not link.startswith("https://")] == []
    site, source = f"{urls['Documentation']}/en/latest/", f"{urls['Source']}/blob/main/"
    for link in defined.values():
        page = link.removeprefix(site).removesuffix(".html") if link.startswith(site) else link.removeprefix(source)
        path = ROOT / "docs" / f"{page}.md" if link.startswith(site) else ROOT / page
        assert path.is_file(), link


def test_each_promise_names_a_test_that_exists() -> None:
    """The second column of the table in SECURITY.md has the tests: functions, and modules below ``tests``."""
    promises = (ROOT / "SECURITY.md").read_text().partition("## What is promised")[2].partition("\n## ")[0]
    rows = [row.split("|") for row in promises.splitlines() if row.startswith("| ")][1:]
    modules = {path.relative_to(ROOT / "tests").as_posix(): path for path in (ROOT / "tests").rglob("*.py")}
    functions = set(re.findall(r"^def (\w+)", "".join(path.read_text() for path in modules.values()), re.MULTILINE))

    names = [re.findall(r"`([^`]+)`", row[2]) for row in rows]

    assert all(names)
    assert {name for row in names for name in row} - modules.keys() - functions == set()

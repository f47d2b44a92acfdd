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

"""Every relative link of the README and the documentation leads to a file, and every page has its other language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as a browser of repositories makes them."""
    titles = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    astray = []
    for pair in LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = (pair[0] or pair[1]).partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            astray.append(f"{path}#{anchor}" if anchor else path)
    assert not astray


def test_every_page_for_people_who_use_it_stands_in_both_languages() -> None:
    places = [ROOT / "docs", ROOT / "docs/operate", ROOT / "docs/manual", ROOT / "docs/api"]
    names = {page.relative_to(ROOT).as_posix() for page in PAGES if page.parent in places[1:]}
    names |= {"docs/index.md", "docs/index.zh.md"}
    known = {page.relative_to(ROOT).as_posix() for page in PAGES}
    alone = [name for name in names if _other(name) not in known]
    assert not alone


def _other(name: str) -> str:
    return name.replace(".zh.md", ".md") if name.endswith(".zh.md") else name.replace(".md", ".zh.md")

"""No internal word reaches a reader: pages, papers and notices of a campaign with tickets in every state are searched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from lxml import html
from sqlalchemy import select

from engine.clock import PushedClock
from engine.database import Database
from notifications.notices import Notice
from rectification.papers.kinds import KINDS
from rectification.papers.printing import papers_about
from tests.rectification.campaign import COUNTY, EAST, PEOPLE, TOWN, SmallCampaign, local
from tests.rectification.test_papers import printed, words
from tests.rectification.test_results import Walk
from tests.web.conftest import Street
from tests.web.test_consultations import street_of

RAW: Final = {
    "None": re.compile(r"(?<![A-Za-z])(?:None|null|NaN|undefined)(?![A-Za-z])"),
    "a code": re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b"),
    "a key": re.compile(r"\b(?:ticket|household|village|case|result|campaign|unit|person|post):\w+"),
    "a machine's time": re.compile(r"UTC|\d{4}-\d\d-\d\dT\d\d:"),
    "a doubled name": re.compile(r"([\u4e00-\u9fff]{1,6}[市县镇村])\1|村委会村民委员会"),
    "a doubled mark": re.compile("。。|，。|；。|，，|、。|：。"),
}
"""What no sentence for a reader holds."""
SILENT: Final = ("script", "style", "template", "svg", "option")
SPOKEN: Final = ("aria-label", "title", "placeholder", "alt")


def raw_words(text: str) -> dict[str, str]:
    """What of a text is no reader's word, with what stands around it."""
    for name in sorted(PEOPLE, key=len, reverse=True):
        text = text.replace(name, "某人")
    found = {kind: pattern.search(text) for kind, pattern in RAW.items()}
    return {kind: text[max(0, hit.start() - 30) : hit.end() + 30] for kind, hit in found.items() if hit}


def read_aloud(page: str) -> str:
    """The words of a page, and those that only a screen reader says."""
    tree = html.fromstring(page)
    hidden = {inner for element in tree.iter(*SILENT) for inner in element.iter()}
    shown = [element for element in tree.iter() if isinstance(element.tag, str) and element not in hidden]
    said = [element.text or "" for element in shown] + [element.tail or "" for element in tree.iter()]
    said += [element.get(name) or "" for element in shown for name in SPOKEN]
    return " ".join(" ".join(said).split())


@pytest.fixture
def small(database: Database, clock: PushedClock, tmp_path: Path) -> SmallCampaign:
    """A campaign with a ticket being verified, one explained and on hold, a closed one, and a household's result."""
    small = SmallCampaign(database, clock, tmp_path)
    small.furnish()
    walk = Walk(small, "exit_planned", "dynamic")
    first = small.in_progress()
    small.push(local(22))
    small.fixed(first)
    walk.dynamic("K1S6")
    small.push(local(25))
    walk.decide("no_exit")
    return small


def pages(small: SmallCampaign) -> Iterator[tuple[str, str]]:
    """Who opens which page."""
    tickets = [f"/tickets/{ticket.id}" for ticket in small.tickets()]
    work = [f"/work-items/{item.id}" for item in small.open()]
    common = ["/", "/tickets", "/households", "/households/1", "/works", "/results", "/results/1", "/notices"]
    office = [
        "/board",
        "/villages",
        f"/villages/{EAST}",
        "/papers",
        "/exports",
        "/people",
        "/calendars",
        "/campaigns",
    ]
    for path in [*common, *tickets, *work]:
        yield "helper", path
    for path in [*common, *office, *tickets, *work]:
        yield "county", path
    for path in [*common, *office, *work]:
        yield "town", path
    for path in ["/", *office]:
        yield "city", path


def opened(street: Street, small: SmallCampaign) -> Iterator[tuple[str, str]]:
    """The words of each page that its reader may open."""
    for name, path in pages(small):
        answer = street.person(small.people[name]).get(path)
        assert answer.status_code in (200, 303, 403, 404), (name, path)
        if answer.status_code == 200:
            yield f"{path} ({name})", read_aloud(answer.text)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_page_shows_an_internal_word(small: SmallCampaign) -> None:
    result = {where: raw_words(said) for where, said in opened(street_of(small), small)}
    assert len(result) > 60
    assert raw_words("期限 None，状态 in_progress，颍上县颍上县") != {}
    assert {where: found for where, found in result.items() if found} == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_notice_and_no_paper_says_an_internal_word(small: SmallCampaign) -> None:
    with small.database.reading() as session:
        notices = session.scalars(select(Notice)).all()
        said = {f"notice {notice.id}": notice.words_zh for notice in notices}
    for ticket in small.tickets():
        for kind in papers_about(ticket):
            said[f"{kind.code} {ticket.id}"] = words(printed(small, kind.code, ticket.id, "county"))
    for code in ("household_dossier", "visit_form", "visit_form_blank"):
        said[code] = words(printed(small, code, 1, "county"))
    for code in (entry for entry, kind in KINDS.items() if kind.about == "area"):
        said[code] = words(printed(small, code, COUNTY, "county"))
        said[f"{code} town"] = words(printed(small, code, TOWN, "town"))
    said["public_notice"] = words(printed(small, "public_notice", EAST, "lead"))
    assert len(said) > 30
    result = {where: raw_words(text) for where, text in said.items()}
    assert {where: found for where, found in result.items() if found} == {}

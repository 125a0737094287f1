"""Criteria: what counts as in order, shown beside each question and kept by the line departments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from engine.words import Words
from register.catalogue import CheckItem, categories, check_item
from register.criteria import Criterion, criteria, set_criterion, speaks_for, versions_of
from register.people import Person
from web.asked import Asked, asked
from web.at_hand import the_campaign
from web.language import said, speak
from web.posted import posted, text

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One item with what counts."""

    code: str
    question: str
    text: str
    version: int
    mine: bool


@router.get("/criteria")
def listing(asked: Asked = Depends(asked)) -> Response:
    """Every item of the campaign at hand, by category."""
    speak(asked.language)
    with asked.house.database.reading() as session:
        campaign = the_campaign(session, asked).id
        found = criteria(session, campaign)
        mine = speaks_for(session, asked.visitor.person, asked.calendar.today)
        items = session.scalars(
            select(CheckItem).where(CheckItem.campaign_id == campaign).order_by(CheckItem.position)
        ).all()
        sections: list[tuple[str, Sequence[Line]]] = []
        for category in categories(session, campaign):
            lines = [
                _line(one, found.get(one.code), mine(one)) for one in items if one.category == category.code
            ]
            if lines:
                sections.append((said(category.title), lines))
        return asked.page(session, "criteria.html", sections=sections)


def _line(item: CheckItem, known: Criterion | None, mine: bool) -> Line:
    told, version = (said(known.words), known.version) if known is not None else ("", 0)
    return Line(item.code, said(item.question), told, version, mine)


@router.get("/criteria/{code}")
def one(code: str, asked: Asked = Depends(asked)) -> Response:
    """One item: its criterion, to change where it is mine, and every earlier version."""
    with asked.house.database.reading() as session:
        return _page(asked, session, code[:20], None, {})


@router.post("/criteria/{code}")
def change(code: str, asked: Asked = Depends(asked), form: FormData = Depends(posted)) -> Response:
    """A new version."""
    zh, en = text(form, "text_zh", 3000), text(form, "text_en", 3000)
    try:
        with asked.house.database.writing() as session:
            now, today = asked.house.clock.now(), asked.calendar.today
            actor = asked.visitor.actor
            set_criterion(session, the_campaign(session, asked).id, code[:20], zh, en, actor, now, today)
    except WrongValues as wrong:
        with asked.house.database.reading() as session:
            return _page(asked, session, code[:20], (zh, en), wrong.problems)
    return RedirectResponse(f"/criteria/{code}", 303)


def _page(
    asked: Asked, session: Session, code: str, typed: tuple[str, str] | None, problems: Mapping[str, Words]
) -> Response:
    speak(asked.language)
    campaign = the_campaign(session, asked).id
    item = check_item(session, campaign, code)
    known = versions_of(session, campaign, code)
    names = dict(
        session.execute(
            select(Person.id, Person.name).where(Person.id.in_([row.by_id for row in known]))
        ).all()
    )
    now = (known[0].text_zh, known[0].text_en) if known else ("", "")
    return asked.page(
        session,
        "criterion.html",
        status=422 if problems else 200,
        item=item,
        question=said(item.question),
        typed=typed or now,
        problem=said(next(iter(problems.values()))) if problems else "",
        versions=[(row.version, said(row.words), names.get(row.by_id or 0, ""), row.at) for row in known],
        mine=speaks_for(session, asked.visitor.person, asked.calendar.today)(item),
    )

"""Criteria: what counts as in order, shown beside each question and kept by the line departments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from engine.text import LocalizedText
from rectification.campaigns.catalogue import CheckItem, get_categories, get_check_item
from rectification.campaigns.criteria import Criterion, get_criteria, set_criterion, speaks_for, versions_of
from rectification.campaigns.model import Campaign
from rectification.people.model import Person
from rectification.places.areas import full_name
from web.authority import owner_by
from web.context import RequestContext, get_context
from web.current_campaign import require_current_campaign
from web.form_data import get_form, text
from web.i18n import translate

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One item with what counts."""

    code: str
    question: str
    text: str
    version: int
    mine: bool


@router.get("/criteria")
def listing(context: RequestContext = Depends(get_context)) -> Response:
    """Every item of the campaign at hand, by category, with what counts in the user's area."""
    with context.application.database.reading() as session:
        campaign = require_current_campaign(session, context)
        criteria = get_criteria(session, campaign.id, _reads_for(session, context, campaign))
        mine = speaks_for(session, context.user.person, campaign, context.calendar.today)
        items = session.scalars(
            select(CheckItem).where(CheckItem.campaign_id == campaign.id).order_by(CheckItem.position)
        ).all()
        sections: list[tuple[str, Sequence[CriterionRow]]] = []
        for category in get_categories(session, campaign.id):
            lines = [
                _line(item, criteria.get(item.code), bool(mine(item)))
                for item in items
                if item.category == category.code
            ]
            if lines:
                sections.append((translate(category.title), lines))
        return context.page(session, "criteria.html", sections=sections)


def _reads_for(session: Session, context: RequestContext, campaign: Campaign) -> str:
    """The area whose criteria a reader is shown: their own in the campaign, else the whole of it."""
    return next(
        iter(owner_by(context, session, "GET /criteria").places_in(campaign.area_code)), campaign.area_code
    )


def _line(item: CheckItem, known: Criterion | None, mine: bool) -> CriterionRow:
    text, version = (translate(known.words), known.version) if known is not None else ("", 0)
    return CriterionRow(item.code, translate(item.question), text, version, mine)


@router.get("/criteria/{code}")
def one(code: str, area: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """One item: its criterion, to change where it is mine, and every earlier version."""
    with context.application.database.reading() as session:
        return _page(context, session, code[:20], area, None, {})


@router.post("/criteria/{code}")
def change(
    code: str, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """A new version, for an area of one's own."""
    zh, en, area = text(form, "text_zh", 3000), text(form, "text_en", 3000), text(form, "area", 20)
    try:
        with context.application.database.writing() as session:
            today = context.calendar.today
            campaign = require_current_campaign(session, context)
            item = get_check_item(session, campaign.id, code[:20])
            mine = speaks_for(session, context.user.person, campaign, today)(item)
            where = area or next(iter(mine), "")
            set_criterion(context.acting(session), campaign.id, where, item.code, zh, en)
    except WrongValues as wrong:
        with context.application.database.reading() as session:
            return _page(context, session, code[:20], area, (zh, en), wrong.problems)
    return RedirectResponse(f"/criteria/{code}" + (f"?area={quote(area)}" if area else ""), 303)


def _page(
    context: RequestContext,
    session: Session,
    code: str,
    area: str,
    typed: tuple[str, str] | None,
    problems: Mapping[str, LocalizedText],
) -> Response:
    campaign = require_current_campaign(session, context)
    item = get_check_item(session, campaign.id, code)
    mine = speaks_for(session, context.user.person, campaign, context.calendar.today)(item)
    chosen = area if area in mine else next(iter(mine), _reads_for(session, context, campaign))
    known = versions_of(session, campaign.id, chosen, code)
    names = dict(
        session.execute(
            select(Person.id, Person.name).where(Person.id.in_([row.by_id for row in known]))
        ).all()
    )
    now = (known[0].text_zh, known[0].text_en) if known else ("", "")
    places = {area: full_name(session, area) for area in {*mine, *(row.area for row in known)}}
    return context.page(
        session,
        "criterion.html",
        status=422 if problems else 200,
        item=item,
        question=translate(item.question),
        typed=typed or now,
        problem=translate(next(iter(problems.values()))) if problems else "",
        versions=[
            (row.version, translate(row.words), names.get(row.by_id or 0, ""), row.at, places[row.area])
            for row in known
        ],
        area=chosen,
        mine=[(area, places[area]) for area in mine],
    )

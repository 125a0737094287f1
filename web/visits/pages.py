"""One visit's form, to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from engine.errors import NotFound
from rectification.campaigns.catalogue import CheckItem, get_categories, get_check_items
from rectification.core.keys import household_key
from rectification.households.model import Household
from rectification.matters.visit import Visit
from rectification.places.areas import Area
from web.components.evidence_views import pictures_of
from web.components.my_work import my_items, open_items
from web.components.subject_cards import household_card
from web.context import RequestContext, get_context
from web.fields.choices import yes_no_na
from web.fields.surroundings import StoredPicture, numbers_in
from web.guards import require_visible
from web.households.views import visits
from web.i18n import translate
from web.path_id import PathId

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One question with its answer."""

    code: str
    words: str
    answer: str
    answer_words: str
    failed: bool
    reason: str
    pictures: Sequence[StoredPicture]


@dataclass(frozen=True, slots=True)
class Section:
    """The answers of one category."""

    title: str
    lines: Sequence[AnswerLine]


@dataclass(frozen=True, slots=True)
class VisitView:
    """The head of the page."""

    head: str
    household: int
    where: str
    on: Any
    visitors: str
    status: str | None
    failed: int


@router.get("/visits/{number}")
def show(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """What was answered, by category."""
    with context.application.database.reading() as session:
        visit = session.get(Visit, number)
        if visit is None:
            raise NotFound
        key = household_key(visit.household_id)
        require_visible(session, context, key)
        home = session.get_one(Household, visit.household_id)
        row = visits(session, Visit.id == number, limit=1)[0]
        where = session.get_one(Area, home.village).name
        return context.page(
            session,
            "visit.html",
            visit=VisitView(home.head, home.id, where, row.on, row.visitors, home.status, row.failed),
            sections=_sections(session, visit),
            subject=household_card(session, home, context.user.person, context.calendar.today),
            my_items=my_items(context, session, open_items(session, key)),
        )


def _sections(session: Session, visit: Visit) -> list[Section]:
    items = [
        check_item
        for check_item in get_check_items(session, visit.campaign_id)
        if check_item.code in visit.answers
    ]
    result = []
    for category in get_categories(session, visit.campaign_id):
        lines = [
            _line(session, item, visit.answers[item.code]) for item in items if item.category == category.code
        ]
        if lines:
            result.append(Section(translate(category.title), lines))
    return result


def _line(session: Session, item: CheckItem, answer: dict[str, Any]) -> AnswerLine:
    words = {option.id: option.label for option in yes_no_na()}
    value = str(answer.get("answer", ""))
    pictures = pictures_of(session, numbers_in(answer.get("photos")))
    reason = str(answer.get("reason") or "")
    return AnswerLine(
        item.code,
        translate(item.question),
        value,
        words.get(value, value),
        item.fails(answer),
        reason,
        pictures,
    )

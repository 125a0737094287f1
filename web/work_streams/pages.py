"""Key works: what a campaign has taken up, the households in each, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound, WrongValues
from engine.text import Words
from rectification.access.permissions import visible_tickets
from rectification.core.jobs import ask_for
from rectification.households.model import KINDS, Household
from rectification.matters.case import Case, case, villages_to_open
from rectification.matters.ticket import Ticket
from rectification.people.model import Person
from rectification.results.outcomes import Outcome, outcome_words, outcomes_of
from rectification.work_streams.custom import OwnWork, add_own_work
from rectification.work_streams.model import Work, take_up, templates, work, works
from web.acknowledgements.views import to_acknowledge
from web.authority import answers_for, must_answer_for
from web.components.my_work import asks_about, mine, open_items
from web.components.subject_cards import household_card
from web.context import Asked, asked
from web.current_campaign import the_campaign
from web.form_data import posted, sent_files, text
from web.guards import see_key
from web.history.timeline import folded, story_of
from web.i18n import gettext as _
from web.i18n import said, speak
from web.pagination import read_cursor, write_cursor
from web.papers.views import papers_of_case
from web.path_id import Number
from web.tickets.views import tickets_where
from web.visibility import seen_households
from web.work_streams.old_problems import old_problems
from web.work_streams.views import CaseRow, case_rows, work_rows

router = APIRouter(include_in_schema=False)
PAGE = 40
MOST_FILES = 12


@router.get("/works")
def listing(asked: Asked = Depends(asked)) -> Response:
    """The works of the campaign at hand, and those that it could take up."""
    speak(asked.language)
    with asked.house.database.reading() as session:
        one = the_campaign(session, asked)
        taken, mine = works(session, one.id), answers_for(asked, session, one)
        known = {each.code for each in taken}
        return asked.page(
            session,
            "works.html",
            rows=work_rows(session, taken, seen_households(session, asked)),
            offered=[each for each in templates() if each.code not in known] if mine else [],
            may_take_up=mine,
        )


@router.post("/works")
def take(asked: Asked = Depends(asked), form: FormData = Depends(posted)) -> Response:
    """Take up a work that ships with the product."""
    chosen = text(form, "code", 40)
    what = next((one for one in templates() if one.code == chosen), None)
    if what is None:
        raise NotFound
    with asked.house.database.writing() as session:
        one = the_campaign(session, asked)
        must_answer_for(asked, session, one)
        row = take_up(session, asked.house.engine, one, what, asked.visitor.actor)
        session.flush()
        _open_cases(session, asked, row)
    return RedirectResponse(f"/works/{what.code}", 303)


def _open_cases(session: Session, asked: Asked, row: Work) -> None:
    """Cases are opened village by village, in the background."""
    name = Words(f"开展“{row.name_zh}”", f"Begin “{row.name_en}”")
    ask_for(session, "open_cases", name, asked.visitor.person, asked.house.clock.now(), work=row.id)


@router.get("/works/new")
def new(asked: Asked = Depends(asked)) -> Response:
    """The form for a work of the office's own."""
    with asked.house.database.reading() as session:
        must_answer_for(asked, session, the_campaign(session, asked))
        return _form(asked, session, OwnWork(""), {})


async def own_work(request: Request) -> OwnWork:
    """What was filled in, with the files that came along."""
    form = await request.form(max_files=MOST_FILES, max_fields=60)
    models = {one.name: one.data for one in await sent_files(form, "models")}
    return OwnWork(
        name=text(form, "name", 100),
        name_en=text(form, "name_en", 100),
        kinds=[one for one in form.getlist("kinds") if isinstance(one, str)],
        questions=text(form, "questions", 60_000),
        process=text(form, "process", 60),
        models=models,
    )


@router.post("/works/new")
def add(asked: Asked = Depends(asked), own: OwnWork = Depends(own_work)) -> Response:
    """Add it, or show again what was filled in with what is wrong beside it."""
    try:
        with asked.house.database.writing() as session:
            one = the_campaign(session, asked)
            must_answer_for(asked, session, one)
            row = add_own_work(session, asked.house.engine, one, own, asked.visitor.actor)
            session.flush()
            _open_cases(session, asked, row)
    except WrongValues as wrong:
        with asked.house.database.reading() as session:
            return _form(asked, session, own, wrong.problems)
    return RedirectResponse(f"/works/{row.code}", 303)


def _form(asked: Asked, session: Session, own: OwnWork, problems: Mapping[str, Words]) -> Response:
    speak(asked.language)
    return asked.page(
        session,
        "work_new.html",
        status=422 if problems else 200,
        own=own,
        problems={name: said(words) for name, words in problems.items()},
        kinds=[(code, said(words)) for code, words in KINDS.items()],
        processes=[(one.process, said(one.name)) for one in templates()],
    )


@router.get("/works/{code}")
def one(
    code: str, q: str = "", outcome: str = "", after: str | None = None, asked: Asked = Depends(asked)
) -> Response:
    """One work: its households with what came of each."""
    speak(asked.language)
    with asked.house.database.reading() as session:
        at_hand = the_campaign(session, asked)
        row = work(session, at_hand.id, code[:40])
        seen = seen_households(session, asked)
        found = case_rows(
            session,
            row,
            seen,
            outcome=outcome[:40],
            text=q.strip()[:100],
            after=_cursor(after),
            limit=PAGE + 1,
        )
        return asked.page(
            session,
            "key_work.html",
            work=work_rows(session, [row], seen)[0],
            rows=found[:PAGE],
            more=_more(session, code, found, {"q": q, "outcome": outcome}),
            outcome=outcome,
            q=q,
            waiting=len(villages_to_open(session, row)),
            may_open=answers_for(asked, session, at_hand),
        )


def _cursor(given: str | None) -> tuple[str, int] | None:
    match read_cursor(given):
        case [str(village), int(number)]:
            return village, number
    return None


def _more(session: Session, code: str, found: Sequence[CaseRow], query: Mapping[str, str]) -> str | None:
    if len(found) <= PAGE:
        return None
    last = session.get_one(Case, found[PAGE - 1].id)
    kept = {name: value for name, value in query.items() if value}
    return f"/works/{code}?" + urlencode({**kept, "after": write_cursor(last.village, last.id)})


@router.post("/works/{code}/cases")
def open_more(code: str, asked: Asked = Depends(asked)) -> Response:
    """Open cases for households that came later."""
    with asked.house.database.writing() as session:
        one = the_campaign(session, asked)
        must_answer_for(asked, session, one)
        _open_cases(session, asked, work(session, one.id, code[:40]))
    return RedirectResponse("/jobs", 303)


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """One decision, to read."""

    words: str
    reason: str
    approval: str
    at: Any
    who: str


@router.get("/cases/{number}")
def show(number: Number, asked: Asked = Depends(asked)) -> Response:
    """One household in one work."""
    speak(asked.language)
    key = f"case:{number}"
    with asked.house.database.reading() as session:
        see_key(session, asked, key)
        found = case(session, number)
        row, home = session.get_one(Work, found.work_id), session.get_one(Household, found.household_id)
        items = open_items(session, key)
        decided = [one for one in outcomes_of(session, home.id) if one.case_id == found.id]
        return asked.page(
            session,
            "case.html",
            case=found,
            head=home.head,
            work=row.code,
            work_name=said(row.name),
            papers=papers_of_case(session, found),
            old_problems=old_problems(session, home.id, asked.calendar),
            outcomes=[_outcome(session, asked, one) for one in decided],
            tickets=tickets_where(
                session,
                Ticket.household_id == home.id,
                Ticket.source == row.code,
                visible_tickets(session, asked.visitor.person, asked.calendar.today),
            ),
            subject=household_card(session, home, asked.visitor.person, asked.calendar.today),
            my_items=mine(asked, session, items),
            to_acknowledge=to_acknowledge(asked, session, key),
            asks=asks_about(asked, session, items, _("Nothing is open in this work for the household.")),
            story=folded(story_of(asked, session, key)),
        )


def _outcome(session: Session, asked: Asked, one: Outcome) -> OutcomeView:
    who = session.get(Person, one.by_id) if one.by_id else None
    day = asked.calendar.day(one.approved_on) if one.approved_on else ""
    approval = " · ".join(part for part in (one.approval_number or "", day) if part)
    return OutcomeView(said(outcome_words(one.kind)), one.reason, approval, one.at, who.name if who else "")

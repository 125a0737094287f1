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
from engine.text import LocalizedText
from rectification.access.permissions import visible_tickets
from rectification.core.jobs import enqueue
from rectification.core.keys import case_key
from rectification.households.model import KINDS, Household
from rectification.matters.case import Case, get_case, villages_to_open
from rectification.matters.ticket import Ticket
from rectification.people.model import Person
from rectification.results.outcomes import CaseOutcome, outcome_words, outcomes_of
from rectification.work_streams.custom import CustomWorkStream, add_custom_work_stream
from rectification.work_streams.model import (
    WorkStream,
    get_templates,
    get_work_stream,
    get_work_streams,
    take_up,
)
from web.acknowledgements.views import to_acknowledge
from web.authority import answers_for, must_answer_for
from web.components.my_work import my_items, open_items, prompt_about
from web.components.subject_cards import household_card
from web.context import RequestContext, get_context
from web.current_campaign import require_current_campaign
from web.form_data import get_form, sent_files, text
from web.guards import require_visible
from web.history.timeline import folded, story_of
from web.i18n import gettext as _
from web.i18n import translate
from web.pagination import read_cursor, write_cursor
from web.papers.views import papers_of_case
from web.path_id import PathId
from web.tickets.views import tickets_where
from web.visibility import seen_households
from web.work_streams.baseline_problems import baseline_problems
from web.work_streams.views import CaseRow, case_rows, work_rows

router = APIRouter(include_in_schema=False)
PAGE = 40
MOST_FILES = 12


@router.get("/works")
def listing(context: RequestContext = Depends(get_context)) -> Response:
    """The works of the campaign at hand, and those that it could take up."""
    with context.application.database.reading() as session:
        campaign = require_current_campaign(session, context)
        taken, mine = get_work_streams(session, campaign.id), answers_for(context, session, campaign)
        known = {each.code for each in taken}
        return context.page(
            session,
            "work_streams.html",
            rows=work_rows(session, taken, seen_households(session, context)),
            offered=[each for each in get_templates() if each.code not in known] if mine else [],
            may_take_up=mine,
        )


@router.post("/works")
def take(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Take up a work that ships with the product."""
    chosen = text(form, "code", 40)
    what = next((template for template in get_templates() if template.code == chosen), None)
    if what is None:
        raise NotFound
    with context.application.database.writing() as session:
        campaign = require_current_campaign(session, context)
        must_answer_for(context, session, campaign)
        row = take_up(context.acting(session), campaign, what)
        session.flush()
        _open_cases(session, context, row)
    return RedirectResponse(f"/works/{what.code}", 303)


def _open_cases(session: Session, context: RequestContext, row: WorkStream) -> None:
    """Cases are opened village by village, in the background."""
    name = LocalizedText(f"开展“{row.name_zh}”", f"Begin “{row.name_en}”")
    enqueue(context.acting(session), "open_cases", name, work=row.id)


@router.get("/works/new")
def new(context: RequestContext = Depends(get_context)) -> Response:
    """The form for a work of the office's own."""
    with context.application.database.reading() as session:
        must_answer_for(context, session, require_current_campaign(session, context))
        return _form(context, session, CustomWorkStream(""), {})


async def own_work(request: Request) -> CustomWorkStream:
    """What was filled in, with the files that came along."""
    form = await request.form(max_files=MOST_FILES, max_fields=60)
    models = {file.name: file.data for file in await sent_files(form, "models")}
    return CustomWorkStream(
        name=text(form, "name", 100),
        name_en=text(form, "name_en", 100),
        kinds=[kind for kind in form.getlist("kinds") if isinstance(kind, str)],
        questions=text(form, "questions", 60_000),
        process=text(form, "process", 60),
        models=models,
    )


@router.post("/works/new")
def add(
    context: RequestContext = Depends(get_context), own: CustomWorkStream = Depends(own_work)
) -> Response:
    """Add it, or show again what was filled in with what is wrong beside it."""
    try:
        with context.application.database.writing() as session:
            campaign = require_current_campaign(session, context)
            must_answer_for(context, session, campaign)
            row = add_custom_work_stream(context.acting(session), campaign, own)
            session.flush()
            _open_cases(session, context, row)
    except WrongValues as wrong:
        with context.application.database.reading() as session:
            return _form(context, session, own, wrong.problems)
    return RedirectResponse(f"/works/{row.code}", 303)


def _form(
    context: RequestContext, session: Session, own: CustomWorkStream, problems: Mapping[str, LocalizedText]
) -> Response:
    return context.page(
        session,
        "work_stream_new.html",
        status=422 if problems else 200,
        own=own,
        problems={name: translate(words) for name, words in problems.items()},
        kinds=[(code, translate(words)) for code, words in KINDS.items()],
        processes=[(template.process, translate(template.name)) for template in get_templates()],
    )


@router.get("/works/{code}")
def one(
    code: str,
    q: str = "",
    outcome: str = "",
    after: str | None = None,
    context: RequestContext = Depends(get_context),
) -> Response:
    """One work: its households with what came of each."""
    with context.application.database.reading() as session:
        at_hand = require_current_campaign(session, context)
        row = get_work_stream(session, at_hand.id, code[:40])
        condition = seen_households(session, context)
        rows = case_rows(
            session,
            row,
            condition,
            outcome=outcome[:40],
            text=q.strip()[:100],
            after=_cursor(after),
            limit=PAGE + 1,
        )
        return context.page(
            session,
            "work_stream.html",
            work=work_rows(session, [row], condition)[0],
            rows=rows[:PAGE],
            more=_more(session, code, rows, {"q": q, "outcome": outcome}),
            outcome=outcome,
            q=q,
            waiting=len(villages_to_open(session, row)),
            may_open=answers_for(context, session, at_hand),
        )


def _cursor(cursor: str | None) -> tuple[str, int] | None:
    match read_cursor(cursor):
        case [str(village), int(number)]:
            return village, number
    return None


def _more(session: Session, code: str, rows: Sequence[CaseRow], query: Mapping[str, str]) -> str | None:
    if len(rows) <= PAGE:
        return None
    last = session.get_one(Case, rows[PAGE - 1].id)
    kept = {name: value for name, value in query.items() if value}
    return f"/works/{code}?" + urlencode({**kept, "after": write_cursor(last.village, last.id)})


@router.post("/works/{code}/cases")
def open_more(code: str, context: RequestContext = Depends(get_context)) -> Response:
    """Open cases for households that came later."""
    with context.application.database.writing() as session:
        campaign = require_current_campaign(session, context)
        must_answer_for(context, session, campaign)
        _open_cases(session, context, get_work_stream(session, campaign.id, code[:40]))
    return RedirectResponse("/jobs", 303)


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """One decision, to read."""

    words: str
    reason: str
    approval: str
    at: Any
    author: str


@router.get("/cases/{number}")
def show(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """One household in one work."""
    key = case_key(number)
    with context.application.database.reading() as session:
        require_visible(session, context, key)
        case = get_case(session, number)
        row, home = (
            session.get_one(WorkStream, case.work_stream_id),
            session.get_one(Household, case.household_id),
        )
        items = open_items(session, key)
        mine = my_items(context, session, items)
        decided = [outcome for outcome in outcomes_of(session, home.id) if outcome.case_id == case.id]
        return context.page(
            session,
            "case.html",
            case=case,
            head=home.head,
            work=row.code,
            work_name=translate(row.name),
            papers=papers_of_case(session, case),
            baseline_problems=baseline_problems(session, home.id, context.calendar),
            outcomes=[_outcome(session, context, outcome) for outcome in decided],
            tickets=tickets_where(
                session,
                Ticket.household_id == home.id,
                Ticket.source == row.code,
                visible_tickets(session, context.user.person, context.calendar.today),
            ),
            subject=household_card(session, home, context.user.person, context.calendar.today),
            my_items=mine,
            to_acknowledge=to_acknowledge(context, session, key),
            prompt=prompt_about(
                context, session, items, mine, _("Nothing is open in this work for the household.")
            ),
            story=folded(story_of(context, session, key)),
        )


def _outcome(session: Session, context: RequestContext, outcome: CaseOutcome) -> OutcomeView:
    person = session.get(Person, outcome.by_id) if outcome.by_id else None
    day = context.calendar.day(outcome.approved_on) if outcome.approved_on else ""
    approval = " · ".join(part for part in (outcome.approval_number or "", day) if part)
    return OutcomeView(
        translate(outcome_words(outcome.kind)),
        outcome.reason,
        approval,
        outcome.at,
        person.name if person else "",
    )

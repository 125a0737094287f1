"""Pages of results: the list, one result, and what the office that decided may do with it afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from engine.text import LocalizedText
from rectification.core.keys import result_key
from rectification.households.model import get_household
from rectification.matters.result import HouseholdResult, get_outcomes, get_result
from rectification.results.corrections import (
    Correction,
    correct_result,
    keep_result,
    may_correct,
    reopen_result,
)
from web.acknowledgements.views import to_acknowledge
from web.components.evidence_views import pictures_of
from web.components.my_work import my_items, open_items, prompt_about
from web.components.subject_cards import household_card
from web.context import RequestContext, get_context
from web.current_campaign import require_current_campaign
from web.fields.surroundings import numbers_in
from web.form_data import get_form, text
from web.guards import require_visible
from web.history.timeline import folded, story_of
from web.i18n import gettext as _
from web.i18n import translate
from web.pagination import read_cursor, write_cursor
from web.path_id import PathId
from web.results.views import ResultRow, count_results, result_rows, result_with_decisions
from web.visibility import seen_households

router = APIRouter(include_in_schema=False)
PAGE = 40


@router.get("/results")
def listing(
    q: str = "", state: str = "", after: str | None = None, context: RequestContext = Depends(get_context)
) -> Response:
    """The results of the households that I see, in the campaign at hand."""
    with context.application.database.reading() as session:
        campaign = require_current_campaign(session, context)
        seen = seen_households(session, context)
        rows = result_rows(
            session,
            campaign.id,
            seen,
            state=state[:40],
            text=q.strip()[:100],
            after=_cursor(after),
            limit=PAGE + 1,
        )
        return context.page(
            session,
            "results.html",
            rows=rows[:PAGE],
            more=_more(rows, {"q": q, "state": state}),
            filters=count_results(session, campaign.id, seen),
            state=state,
            q=q,
        )


def _cursor(given: str | None) -> tuple[str, int] | None:
    match read_cursor(given):
        case [str(village), int(number)]:
            return village, number
    return None


def _more(rows: list[ResultRow], query: dict[str, str]) -> str | None:
    if len(rows) <= PAGE:
        return None
    last = rows[PAGE - 1]
    kept = {name: value for name, value in query.items() if value}
    return "/results?" + urlencode({**kept, "after": write_cursor(last.village, last.id)})


@router.get("/results/{number}")
def one(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """One result: what it rests on, what is proposed, what was decided, and who comes next."""
    with context.application.database.reading() as session:
        require_visible(session, context, result_key(number))
        return _page(context, session, get_result(session, number), {}, {})


@router.post("/results/{number}/correction")
def correct(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Correct it, or show again what was typed with what is wrong beside it."""
    papers = numbers_in(form.getlist("papers"))
    typed = {
        "outcome": text(form, "outcome", 40),
        "reason": text(form, "reason"),
        "approval_number": text(form, "approval_number", 60),
        "approved_on": text(form, "approved_on", 10),
    }
    correction = Correction(
        typed["outcome"],
        typed["reason"],
        papers,
        typed["approval_number"],
        _day(typed["approved_on"]),
    )
    try:
        with context.application.database.writing() as session:
            require_visible(session, context, result_key(number))
            correct_result(context.acting(session), get_result(session, number), correction)
    except WrongValues as wrong:
        return _again(context, number, {**typed, "papers": papers}, wrong.problems)
    return RedirectResponse(f"/results/{number}", 303)


@router.post("/results/{number}/reopening")
def reopen(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Begin the procedure again, with a reason."""
    reason = text(form, "reason")
    try:
        with context.application.database.writing() as session:
            require_visible(session, context, result_key(number))
            reopen_result(context.acting(session), get_result(session, number), reason)
    except WrongValues as wrong:
        return _again(context, number, {"again": reason}, {"again": wrong.problems["reason"]})
    return RedirectResponse(f"/results/{number}", 303)


@router.post("/results/{number}/keeping")
def keep(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """It was looked at again and stays, with a reason."""
    reason = text(form, "reason")
    try:
        with context.application.database.writing() as session:
            require_visible(session, context, result_key(number))
            keep_result(context.acting(session), get_result(session, number), reason)
    except WrongValues as wrong:
        return _again(context, number, {"kept": reason}, {"kept": wrong.problems["reason"]})
    return RedirectResponse(f"/results/{number}", 303)


def _day(given: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(given) if given else None
    except ValueError:
        return None


def _again(
    context: RequestContext, number: int, typed: Mapping[str, object], problems: Mapping[str, LocalizedText]
) -> Response:
    with context.application.database.reading() as session:
        return _page(context, session, get_result(session, number), typed, problems)


def _page(
    context: RequestContext,
    session: Session,
    result: HouseholdResult,
    typed: Mapping[str, object],
    problems: Mapping[str, LocalizedText],
) -> Response:
    key, today = result.key, context.calendar.today
    home = get_household(session, result.household_id)
    items = open_items(session, key)
    mine = my_items(context, session, items)
    correctable = may_correct(session, context.user.person, result, today)
    return context.page(
        session,
        "result.html",
        status=422 if problems else 200,
        result=result_with_decisions(session, result),
        household=home,
        may_correct=correctable,
        may_reopen=correctable and result.status == "decided" and not result.reopened,
        outcomes=_others(result) if correctable else [],
        typed=typed,
        papers_typed=pictures_of(session, numbers_in(typed.get("papers"))),
        problems={name: translate(words) for name, words in problems.items()},
        subject=household_card(session, home, context.user.person, today),
        my_items=mine,
        to_acknowledge=to_acknowledge(context, session, key),
        prompt=prompt_about(context, session, items, mine, _("Nothing is open about this result.")),
        story=folded(story_of(context, session, key)),
    )


def _others(result: HouseholdResult) -> list[tuple[str, str]]:
    outcomes = get_outcomes()
    question = outcomes[str(result.outcome)].question
    return [
        (outcome.code, translate(outcome.name))
        for outcome in outcomes.values()
        if outcome.question == question and outcome.code != result.outcome
    ]

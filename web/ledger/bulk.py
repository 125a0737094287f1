"""Acts on many tickets of the ledger at once: the chosen ones or all that a filter finds, each with its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from engine.engine import WorkItem
from engine.errors import NotFound
from engine.host import Values
from engine.text import LocalizedText
from rectification.ledger.filters import Filters, matching
from rectification.ledger.pages import numbers
from rectification.matters.ticket import Ticket
from rectification.tickets.bulk import MOST, BulkOutcome, BulkStep, complete_many, first_door, nudge_many
from web.context import RequestContext, get_context
from web.current_campaign import get_current_campaign_id
from web.fields import view_form
from web.fields.view import FormView, read_posted
from web.form_data import get_form, text
from web.guards import check_for
from web.i18n import translate
from web.ledger.views import path_to
from web.tickets.views import TicketRow, tickets_where
from web.work_items.lookups import Lookups

router = APIRouter(include_in_schema=False)
TITLES: Final = {
    "nudge": LocalizedText("催办", "Nudge"),
    "dispatch": LocalizedText("交办", "Dispatch"),
    "assign": LocalizedText("转办", "Assign to others"),
    "extend": LocalizedText("延期", "More time"),
}


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What came of one ticket, beside its line."""

    row: TicketRow
    why_not: str


@dataclass(frozen=True, slots=True)
class _Act:
    """What is being done, to which tickets, and where its page leads back to."""

    name: str
    filters: Filters
    chosen: Sequence[int]


@router.post("/tickets/bulk")
def bulk(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Nudge the chosen tickets, or fill in one form for all of them; each answers for itself."""
    filters = Filters.from_query(text(form, "query", 8000))
    name = text(form, "act", 20)
    if name not in TITLES:
        raise NotFound
    with context.application.database.reading() as session:
        act = _Act(name, filters, _chosen(context, session, form, filters))
        through = _first_door(context, session, act)
    if act.name == "nudge":
        return _answered(context, act, nudge_many(context.application.engine, act.chosen, context.acting))
    if through is None or not form.get("_key"):
        return _asking(context, act, through)
    door, item = through
    values = read_posted(door.form(item.form), form)
    key = f"{context.user.person}:bulk:{text(form, '_key', 60)}"
    engine, actor = context.application.engine, context.user.actor
    done = complete_many(engine, door, act.chosen, values, actor, check_for(context, completing=True), key)
    return _answered(context, act, done, through, values)


def _chosen(context: RequestContext, session: Session, form: FormData, filters: Filters) -> list[int]:
    """Only what the asker sees; the rest of what was sent does not exist for them."""
    person, now = context.user.person, context.application.clock.now()
    if form.get("all"):
        at_hand = replace(filters, campaign=get_current_campaign_id(session, context))
        return numbers(session, person, now, at_hand, MOST)
    sent = [
        int(value)
        for value in form.getlist("ticket")
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19
    ]
    query = select(Ticket.id).where(Ticket.id.in_(sent[:MOST]), matching(session, person, now, Filters()))
    visible = set(session.scalars(query))
    return [fromkey for fromkey in dict.fromkeys(sent[:MOST]) if fromkey in visible]


def _first_door(context: RequestContext, session: Session, act: _Act) -> tuple[BulkStep, WorkItem] | None:
    user, today = context.user, context.calendar.today
    return first_door(context.application.engine, session, user.person, today, act.name, act.chosen)


def _asking(context: RequestContext, act: _Act, through: tuple[BulkStep, WorkItem] | None) -> Response:
    """The form to fill in for all of them."""
    with context.application.database.reading() as session:
        rows = tickets_where(session, Ticket.id.in_(act.chosen), limit=MOST)
        form = None if through is None else _form(context, session, *through, {})
        return _page(context, session, act, _title(act, through), rows=rows, form=form)


def _form(
    context: RequestContext, session: Session, door: BulkStep, item: WorkItem, typed: Values
) -> FormView:
    """What one ticket was told before stands in no form for many."""
    form = door.form(item.form)
    own = {field.id for field in form.fields}
    shared = {name: value for name, value in item.variables.items() if name not in own}
    around = Lookups(session, context.application, item, context.language, one_of_many=True)
    return view_form(form, {**form.prefilled(shared), **typed}, around)


def _answered(
    context: RequestContext,
    act: _Act,
    outcomes: Sequence[BulkOutcome],
    through: tuple[BulkStep, WorkItem] | None = None,
    typed: Values | None = None,
) -> Response:
    """Each ticket with its answer; where none was done, the form again as it was filled in."""
    with context.application.database.reading() as session:
        condition = Ticket.id.in_([outcome.ticket for outcome in outcomes])
        rows = {ticket.id: ticket for ticket in tickets_where(session, condition, limit=MOST)}
        answers = [
            RowAnswer(rows[outcome.ticket], translate(outcome.why_not))
            for outcome in outcomes
            if outcome.ticket in rows
        ]
        if through is None or any(outcome.why_not is None for outcome in outcomes):
            return _page(context, session, act, _title(act, through), answers=answers)
        form = _form(context, session, *through, typed or {})
        return _page(
            context, session, act, _title(act, through), answers=answers, rows=list(rows.values()), form=form
        )


def _title(act: _Act, through: tuple[BulkStep, WorkItem] | None) -> LocalizedText:
    return TITLES[act.name] if through is None else through[0].words


def _page(
    context: RequestContext,
    session: Session,
    act: _Act,
    title: LocalizedText,
    *,
    rows: Sequence[TicketRow] = (),
    form: FormView | None = None,
    answers: Sequence[RowAnswer] | None = None,
) -> Response:
    return context.page(
        session, "tickets_bulk.html", act=act.name, title=translate(title), rows=rows, form=form,
        answers=answers, back=path_to(act.filters), query=act.filters.query,
    )  # fmt: skip

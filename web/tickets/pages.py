"""One ticket with facts, evidence, progress, diagram and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import DomainError, WrongValues
from engine.text import LocalizedText
from engine.worklist.selectables import work_items
from rectification.access.acting_for import others_acted_for
from rectification.access.permissions import may_see
from rectification.core.keys import ticket_key
from rectification.escalation.delivery_proof import get_delivery_proof, get_sent_notices
from rectification.households.model import Household
from rectification.matters.pause import suspension_of
from rectification.matters.status import is_open
from rectification.matters.ticket import ProgressNote, Ticket
from rectification.people.model import Person
from rectification.rescheduling.ticket_due_date import may_change_due
from rectification.tickets.cancellations import may_propose
from rectification.tickets.carbon_copies import copies_of
from rectification.tickets.comments import comments_of
from rectification.tickets.consulting import QUESTION
from rectification.tickets.nudges import may_nudge
from rectification.tickets.recall import last_step_of
from rectification.tickets.slow_progress import may_mark
from web.access import opens_to
from web.acknowledgements.views import to_acknowledge
from web.components.consultation_views import consultations
from web.components.diagrams import diagrams_of
from web.components.evidence_views import pictures_about, pictures_of
from web.components.mark_read import give_receipt, is_news, mark_notices_read
from web.components.my_work import MyItem, my_items, name_of, open_items, prompt_about
from web.components.people_picker import Chooser, PersonChoice, find_people
from web.components.prompt import Prompt
from web.components.subject_cards import SubjectCard, household_card, ticket_facts
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.guards import require_readable
from web.history.timeline import folded, name_with_principal, story_of
from web.i18n import gettext as _
from web.i18n import translate
from web.notifications.delivery_views import STATES, WAYS
from web.papers.views import papers_of
from web.path_id import PathId
from web.tickets.cancellation_views import endings
from web.tickets.progress import LONGEST, may_note, note_progress
from web.tickets.slow_progress_views import statements
from web.tickets.views import title_of

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class TicketView:
    """The head of a ticket's page."""

    id: int
    number: str | None
    title: str
    status: str | None
    round: int
    slow: bool


@dataclass(frozen=True, slots=True)
class NoteView:
    """One progress note."""

    at: Any
    author: str
    text: str
    percent: int | None


@router.get("/tickets/{number}")
def one(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """One ticket."""
    key = ticket_key(number)
    with context.application.database.reading() as session:
        if not is_news(context, session, [key], ticket=number):
            return _page(context, session, number)
    give_receipt(context, number)
    mark_notices_read(context, [key])
    return page(context, number)


@router.post("/tickets/{number}/progress")
def progress(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Note how far it has come."""
    typed = {"text": text(form, "text", LONGEST + 1), "percent": text(form, "percent", 10)}
    try:
        note_progress(context, number, **typed)
    except WrongValues as wrong:
        return page(context, number, "progress", typed, wrong.problems)
    return RedirectResponse(f"/tickets/{number}#progress", 303)


def page(
    context: RequestContext,
    number: int,
    form: str = "",
    typed: Mapping[str, Any] | None = None,
    problems: Mapping[str, LocalizedText] | None = None,
) -> Response:
    """The page of a ticket; with ``form``, that one of its forms as it was sent, and what is wrong with it."""
    with context.application.database.reading() as session:
        return _page(context, session, number, form, typed, problems)


def _page(
    context: RequestContext,
    session: Session,
    number: int,
    form: str = "",
    typed: Mapping[str, Any] | None = None,
    problems: Mapping[str, LocalizedText] | None = None,
) -> Response:
    typed, problems = typed or {}, problems or {}
    key = ticket_key(number)
    require_readable(session, context, key)
    may_act = may_see(session, context.user.person, key, context.calendar.today)
    issue = session.get_one(Ticket, number)
    story = folded(story_of(context, session, key))
    items = open_items(session, key)
    mine = my_items(context, session, items)
    told_slow, proposed = statements(session, number), endings(session, number)
    home = session.get(Household, issue.household_id) if issue.household_id else None
    return context.page(
        session,
        "ticket.html",
        status=422 if problems else 200,
        ticket=TicketView(
            issue.id, issue.number, title_of(issue), issue.status, issue.rounds + 1, issue.slow
        ),
        facts=[(_("What was found"), issue.description), *ticket_facts(session, issue, context.calendar)],
        pictures=pictures_about(session, key),
        notes=_notes(session, number),
        may_note=may_note(context, issue),
        may_act=may_act,
        pause=suspension_of(session, issue, context.calendar.today),
        may_change_due=may_act and _may_change_due(context, session, issue),
        may_nudge=may_act and is_open(issue.status) and may_nudge(context.user.roles),
        comments=comments_of(session, number),
        comment_files=pictures_of(session, typed.get("files") or ()),
        copies=copies_of(session, number),
        reader=context.user.person,
        choices=_choices(context, session, key, typed.get("people") or ()),
        form=form,
        typed=typed,
        problems={name: translate(words) for name, words in problems.items()},
        statements=told_slow,
        endings=proposed,
        consultations=consultations(session, ticket_id=number),
        may_end=may_act
        and may_propose(session, context.user.person, issue, context.calendar.today)
        and all(proposal.decided_at is not None for proposal in proposed),
        to_acknowledge=to_acknowledge(context, session, key),
        may_mark=may_act and may_mark(session, context.user.person, issue, context.calendar.today),
        asked_now=any(statement.closed_at is None for statement in told_slow),
        diagrams=diagrams_of(context.application.engine, session, issue.key, issue.instance_id),
        my_items=mine,
        last_step=_last_step(context, session, key) if may_act else None,
        prompt=_prompt(context, session, issue, items, mine),
        subject=_subject(context, session, home, may_act),
        story=story,
        notices=get_sent_notices(session, key),
        proof=get_delivery_proof(session, key),
        ways_out=WAYS,
        states=STATES,
        papers=papers_of(issue),
    )


def _last_step(context: RequestContext, session: Session, key: str) -> MyItem | None:
    """What the reader may take back."""
    done = last_step_of(context.acting(session), key)
    if done is None:
        return None
    row = session.execute(select(work_items).where(work_items.c.id == done.item)).one()
    return MyItem(row.id, name_of(context, session, row))


def _subject(
    context: RequestContext, session: Session, home: Household | None, may_act: bool
) -> SubjectCard | None:
    """The household; whoever has the ticket as a copy alone is not led to its page."""
    if home is None:
        return None
    card = household_card(session, home, context.user.person, context.calendar.today)
    return card if may_act else replace(card, path="")


def _may_change_due(context: RequestContext, session: Session, issue: Ticket) -> bool:
    if not opens_to("POST /tickets/{number}/due", context.user.roles):
        return False
    try:
        may_change_due(context.acting(session), issue, context.calendar.today)
    except DomainError:
        return False
    return True


def _choices(
    context: RequestContext, session: Session, key: str, people: Sequence[int]
) -> Sequence[PersonChoice]:
    """Those to whom a copy was to go, in a form that was not accepted."""
    chooser = Chooser(context.user.person, context.calendar.today, key)
    return find_people(session, people, "", chooser) if people else ()


def _prompt(
    context: RequestContext, session: Session, issue: Ticket, items: Sequence[Any], mine: Sequence[MyItem]
) -> Prompt:
    ended = {"closed": _("Nothing: this ticket is closed."), "void": _("Nothing: this line is void.")}
    otherwise = ended.get(issue.status or "", _("Nothing right now: the process waits for its next date."))
    own = {item.id for item in mine}
    steps = [row for row in items if row.process != QUESTION or row.id in own]
    prompt = prompt_about(context, session, steps or items, mine, otherwise)
    return prompt if prompt.due or not is_open(issue.status) else replace(prompt, due=issue.due_at)


def _notes(session: Session, number: int) -> list[NoteView]:
    other, acts = aliased(Person), others_acted_for(ticket_key(number))
    did = (acts.c.person == ProgressNote.by_id) & (acts.c.at == ProgressNote.at)
    query = select(ProgressNote, Person.name, other.name.label("other"))
    query = query.join(Person, Person.id == ProgressNote.by_id).outerjoin(acts, did)
    query = query.outerjoin(other, other.id == acts.c.on_behalf_of).where(ProgressNote.ticket_id == number)
    rows = session.execute(query.order_by(ProgressNote.id.desc())).all()
    return [
        NoteView(
            row.ProgressNote.at,
            name_with_principal(row.name, row.other),
            row.ProgressNote.text,
            row.ProgressNote.percent,
        )
        for row in rows
    ]

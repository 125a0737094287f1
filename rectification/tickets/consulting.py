"""Asking others about one's work, or giving it away for a while: who may, whom, and taking the question back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.commands.reassign import hold
from engine.engine import WorkItem
from engine.errors import AlreadyDone, DomainError, NotAllowed, NotFound, WrongValues
from engine.host import Step, Values
from engine.inputs import HandlerInput, NoInput, guard
from engine.text import LocalizedText
from rectification.access.permissions import may_do
from rectification.access.selectable_people import ELSEWHERE, are_elsewhere
from rectification.access.separation_of_duties import FIXING, check_separation, kept_apart, unfit_people
from rectification.calendar.deadlines import local_day, workdays_after
from rectification.campaigns.model import get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import number_in, row_number
from rectification.matters.consultation import (
    KINDS,
    Consultation,
    ConsultedPerson,
    consultations_of,
    end_rest,
    unanswered,
)
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.timezone import zone_of_campaign
from rectification.people.model import Person, names_of
from rectification.people.posts import holders
from rectification.tickets.carbon_copies import CarbonCopy
from rectification.tickets.dispatch import verifier_of
from rectification.tickets.findings import variables_of

QUESTION: Final = "consultation"
"""The process of one who is asked."""
LONGEST: Final = 1000
MOST: Final = 10
"""People who are asked at once."""
WORKDAYS: Final = 2
"""Until an answer is due, or until the work itself is, whichever comes first."""


@dataclass(frozen=True, slots=True)
class ConsultationRequest:
    """Whom to ask what; ``needed`` answers are demanded, 0: all of them."""

    kind: str
    people: tuple[int, ...]
    question: str
    needed: int = 0


def ask_opinion(context: ActionContext, number: int, proposal: ConsultationRequest) -> int:
    """Put a question about a work item before others; returns the consultation's number.

    Raises:
        NotAllowed: the work does not stand before the actor.
        AlreadyDone: it has been done.
        WrongValues: a sentence for each field that cannot be taken.
    """
    session = context.session
    item, ticket = _item(context, number)
    context = context.acting_as(may_do(context, item))
    if context.actor.person is None:
        raise NotAllowed(LocalizedText("需要先登录。", "Sign in first."))
    names = _check(context, item, proposal)
    now, place = context.now, get_campaign(session, ticket.campaign_id)
    row = Consultation(ticket_id=ticket.id, work_item_id=item.id, step=item.name, element=item.element)
    row.kind, row.question, row.needed = proposal.kind, proposal.question, proposal.needed or len(names)
    row.by_id, row.on_behalf_of_id, row.at = context.actor.person, context.actor.on_behalf_of, now
    row.due_at = _due(session, place.zone, ticket.village, item, now)
    session.add(row)
    session.flush()
    recipients = sorted(names)
    action = "work_delegated" if proposal.kind == "delegation" else "opinion_asked"
    detail = {"told": recipients, "needed": row.needed, "text": proposal.question, "due_at": row.due_at}
    record_event(context, action, ticket.key, instance=item.instance, element=item.element, **detail)
    apart: Values = {"apart_from": item.properties.get("separate_from") or "", "asked_in": item.instance}
    for person in recipients:
        _ask(context, ticket, row, person, apart)
    return row.id


def consultable(item: WorkItem) -> bool:
    """Work on tickets; not an answer itself, for it would be asked on and on."""
    return number_in(item.key, "ticket") is not None and item.process != QUESTION


def _item(context: ActionContext, number: int) -> tuple[WorkItem, Ticket]:
    """An open work item about a ticket, with what runs about it held."""
    session = context.session
    item = context.engine.work_item(session, number)
    if not consultable(item):
        raise DomainError(
            "not_here",
            LocalizedText("这类事项不能征求意见或委派。", "Others cannot be asked about this kind of work."),
        )
    hold(session, item.key)
    item = context.engine.work_item(session, number)
    if item.closed_at is not None:
        raise AlreadyDone(item.closed_by, item.closed_at, item.outcome or "completed")
    return item, get_ticket(session, row_number(item.key))


def _due(session: Session, zone: ZoneInfo, area: str, item: WorkItem, now: dt.datetime) -> dt.datetime:
    soon = workdays_after(session, now, WORKDAYS, zone, area)
    return item.due_at if item.due_at is not None and now < item.due_at < soon else soon


def _ask(context: ActionContext, ticket: Ticket, row: Consultation, person: int, apart: Values) -> None:
    """On their desk, with a copy of the ticket, so that they see what it is about."""
    session = context.session
    consulted = ConsultedPerson(consultation_id=row.id, person_id=person)
    session.add(consulted)
    session.add(
        CarbonCopy(ticket_id=ticket.id, person_id=person, note=row.question, by_id=row.by_id, at=row.at)
    )
    session.flush()
    values: Values = {
        **variables_of(session, ticket),
        "consultation": row.id,
        "consulted": consulted.id,
        "asked": person,
        "asked_as": row.kind,
        "asked_about": row.step,
        "question": row.question,
        **apart,
        "answer_by": row.due_at.isoformat(),
    }
    consulted.instance_id = context.engine.start(session, QUESTION, ticket.key, values, context.actor)


# -- whom -------------------------------------------------------------------------------------------


def _check(context: ActionContext, item: WorkItem, proposal: ConsultationRequest) -> dict[int, str]:
    problems: dict[str, LocalizedText] = {}
    if proposal.kind not in KINDS:
        problems["kind"] = LocalizedText(
            "请选择征求意见或委派。", "Choose: an opinion, or giving the work away."
        )
    if not proposal.question or len(proposal.question) > LONGEST:
        problems["question"] = LocalizedText(
            f"请写明要对方做什么（不超过 {LONGEST} 字）。",
            f"Say what they are to do, in at most {LONGEST} characters.",
        )
    names = names_of(context.session, proposal.people)
    wrong = _wrong_people(context, item, proposal, names) or _too_near(context, item, proposal, names)
    if wrong is not None:
        problems["people"] = wrong
    elif not 0 <= proposal.needed <= len(names):
        problems["needed"] = (
            LocalizedText(f"请填写 1 到 {len(names)} 之间的数。", f"A number from 1 to {len(names)}.")
            if len(names) > 1
            else LocalizedText("只征求一人的意见，请填 1。", "One person is asked: enter 1.")
        )
    if problems:
        raise WrongValues(problems)
    return names


def _wrong_people(
    context: ActionContext, item: WorkItem, proposal: ConsultationRequest, names: dict[int, str]
) -> LocalizedText | None:
    session, me, people = context.session, context.actor.person or 0, proposal.people
    active = set(session.scalars(select(Person.id).where(Person.id.in_(people), Person.active)))
    if not people:
        return LocalizedText("请选择人员。", "Choose somebody.")
    if me in people:
        return _ONESELF
    if len(people) > (1 if proposal.kind == "delegation" else MOST):
        return (
            LocalizedText("委派只能选一人。", "Work is given to one person.")
            if proposal.kind == "delegation"
            else LocalizedText(f"一次最多征求 {MOST} 人。", f"At most {MOST} people at once.")
        )
    if not active.issuperset(people):
        return LocalizedText(
            "所选人员已不在岗，请重新选择。", "Somebody chosen no longer works here; choose again."
        )
    if are_elsewhere(session, me, people, context.today, item.key):
        return ELSEWHERE
    waiting = set(people) & set(unanswered(session, item.id))
    if waiting:
        called = "、".join(names[person] for person in sorted(waiting))
        return LocalizedText(f"已经征求过{called}，正在等待答复。", f"{called} has been asked already.")
    return None


def _too_near(
    context: ActionContext, item: WorkItem, proposal: ConsultationRequest, names: dict[int, str]
) -> LocalizedText | None:
    """Whoever repaired says nothing on whether it is repaired; whoever judges repairs is given none to do."""
    reasons = _why_apart(context, item, proposal.kind, sorted(proposal.people))
    for person, why_not in sorted(reasons.items()):
        return LocalizedText(
            f"不能选择{names[person]}：{why_not.zh}", f"{names[person]} cannot be chosen: {why_not.en}"
        )
    return None


def why_not_ask(
    context: ActionContext, item: WorkItem, kind: str, people: Sequence[int]
) -> dict[int, LocalizedText]:
    """Who of these people cannot be asked about this work, or be given it, and why."""
    reasons = _why_apart(context, item, kind, people)
    reasons |= dict.fromkeys(unanswered(context.session, item.id), _WAITING)
    return {**reasons, context.actor.person or 0: _ONESELF}


_ONESELF: Final = LocalizedText("不能选择自己。", "You cannot choose yourself.")
_WAITING: Final = LocalizedText("已经征求过，正在等待答复。", "They have been asked already.")


def _why_apart(
    context: ActionContext, item: WorkItem, kind: str, people: Sequence[int]
) -> dict[int, LocalizedText]:
    """Who of these people must keep out of it; those who are the only ones to verify it repair nothing of it."""
    session, today = context.session, context.today
    if kind == "delegation" and item.element in FIXING:
        property_values = partial(context.engine.definitions.property_values, session)
        reasons = {
            **_needed_to_verify(session, item.key, today),
            **unfit_people(session, property_values, item.key, people, today),
        }
        return {person: reasons[person] for person in people if person in reasons}
    if element := item.properties.get("separate_from"):
        near = {person: (person,) for person in people}
        return kept_apart(session, near, item, element, item.variables, today)
    return {}


def _needed_to_verify(session: Session, key: str, today: dt.date) -> dict[int, LocalizedText]:
    """Whoever is the only one left to say whether it is repaired."""
    desk = verifier_of(session, get_ticket(session, row_number(key)))
    people = set(holders(session, {desk}, today)[desk])
    words = LocalizedText("此人是这张工单唯一的复核人。", "Nobody else could verify this ticket.")
    return dict.fromkeys(people, words) if len(people) == 1 else {}


@dataclass(frozen=True, slots=True)
class _JudgedWork:
    """The work about which a question is, as far as separation looks at it."""

    instance: int
    key: str
    owner: str = ""


class ConsultedStep(HandlerInput):
    """The step about which somebody is asked: whose repair it judges, and where."""

    campaign: int | None = None
    apart_from: str = ""
    asked_in: int = 0


@guard(NoInput, reads=ConsultedStep)
def did_not_repair(step: Step, _form: NoInput) -> Mapping[str, LocalizedText]:
    """Guard: whoever answers, also for somebody else, is not the one whose repair is judged."""
    about, person = ConsultedStep.read(step.variables), step.actor.person
    if not about.apart_from or person is None:
        return {}
    origin, today = (
        _JudgedWork(about.asked_in, step.key),
        local_day(step.now, zone_of_campaign(step.session, about.campaign)),
    )
    try:
        check_separation(step.session, person, origin, about.apart_from, step.variables, today)
    except NotAllowed as refusal:
        return {"": refusal.words}
    return {}


# -- taking the question back -----------------------------------------------------------------------


def cancel_consultation(context: ActionContext, number: int, which: int) -> None:
    """Ask no more: the work waits no longer for those who have not answered.

    Raises:
        NotFound: no such consultation about this work, or it is over.
        NotAllowed: the work does not stand before the actor.
    """
    session = context.session
    item, ticket = _item(context, number)
    context = context.acting_as(may_do(context, item))
    next_ = next((row for row, _who in consultations_of(session, work_item=number) if row.id == which), None)
    if next_ is None or next_.called_off_at is not None:
        raise NotFound
    next_.called_off_at = context.now
    session.flush()
    end_rest(session, next_, context.actor, context.now)
    record_event(
        context,
        "asked_no_more",
        ticket.key,
        instance=item.instance,
        element=item.element,
        text=next_.question,
    )

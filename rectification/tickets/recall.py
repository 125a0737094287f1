"""Taking back (撤回): whoever completed a step has it again, as long as nobody has touched what followed.

What a service task wrote into the domain goes with it: the row of that very instant. What others already
rest on (a number of the list, an extension) stays, and so does a description that was put right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import orjson
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine.commands.recall import RecallableStep, RecalledStep, recall, recallable
from engine.errors import DomainError, NotFound, WrongValues
from engine.host import Values
from engine.text import LocalizedText
from engine.worklist.selectables import history, work_items
from notifications.notices import Notice
from notifications.outbox import NotificationRequest, notify_many
from rectification.access.permissions import may_take
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import number_in, split_key
from rectification.escalation.acknowledgements import wait_again
from rectification.matters.issue_list import TicketReturn
from rectification.matters.repeated_status import repeat_status
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.tickets.closures import ClosureRequest
from rectification.tickets.dispatch import Acknowledgement, Dispatch
from rectification.tickets.explanations import Explanation
from rectification.tickets.reverifications import Reverification

LONGEST: Final = 500
RESTORED: Final = "facts_restored"
"""The action under which the history keeps what counts again of a ticket; pages tell the taking back itself."""
_ITEMS: Final = select(work_items, work_items.c.instance_id.label("instance"))
Made = type[Acknowledgement | ClosureRequest | Dispatch | Explanation | TicketReturn | Reverification]


def take_step_back(context: ActionContext, number: int, reason: str) -> None:
    """Open a completed work item again on the desk where it stood; those who were told of what followed hear it.

    Raises:
        WrongValues: no reason is given.
        NotAllowed: somebody else completed it, or it would not come back to the actor's desk.
        DomainError: something has followed.
    """
    session = context.session
    if not reason or len(reason) > LONGEST:
        raise WrongValues({"reason": LocalizedText("请写明撤回的理由。", "Say why you take it back.")})
    _still_theirs(context, number)
    done = recall(context.engine, session, number, context.actor, reason, UNDO)
    wait_again(session, number)
    ticket = _ticket(session, done.key)
    if ticket is not None:
        before = _facts(ticket)
        for topic in reversed(done.topics):
            UNDO[topic](session, ticket, done.at)
        if _facts(ticket) != before:
            record_event(context, RESTORED, ticket.key, before=before, after=_facts(ticket))
        ticket.slow = ticket.slow or _was_slow(session, done)
        if done.reached == "returned" or (done.reached == "listed" and "enter_list" not in done.topics):
            _forget(session, TicketReturn, ticket, done.at)
    session.flush()
    if done.reached is not None:
        repeat_status(session, done.key, done.status)
    _tell(context, done)


def _facts(ticket: Ticket) -> dict[str, object]:
    """Who is responsible until when."""
    return {name: getattr(ticket, name) for name in ("resp_unit_id", "resp_person_id", "due_at")}


def last_step_of(context: ActionContext, key: str) -> RecallableStep | None:
    """The step about a business key that the actor completed last and may take back now, if any."""
    mine = (work_items.c.key == key, work_items.c.outcome == "completed")
    query = _ITEMS.where(*mine, work_items.c.closed_by_person == context.actor.person)
    newest = query.order_by(work_items.c.closed_at.desc(), work_items.c.id.desc()).limit(1)
    item = context.session.execute(newest).one_or_none()
    if item is None:
        return None
    try:
        may_take(context, item)
        return recallable(context.engine, context.session, item.id, context.actor, UNDO)
    except DomainError:
        return None


def values_taken_back(session: Session, person_id: int, instance: int, element: str) -> Values:
    """What a person had filled in when they completed a step that they have taken back since, to put it right."""
    query = select(history.c.action, history.c.detail, history.c.person).where(
        history.c.instance_id == instance,
        history.c.element == element,
        history.c.action.in_(("completed", "taken_back")),
    )
    rows = session.execute(query.order_by(history.c.id.desc()).limit(2)).all()
    if [(row.action, row.person) for row in rows] != [("taken_back", person_id), ("completed", person_id)]:
        return {}
    values: Values = orjson.loads(rows[1].detail).get("values") or {}
    return values


def _still_theirs(context: ActionContext, number: int) -> None:
    item = context.session.execute(_ITEMS.where(work_items.c.id == number)).one_or_none()
    if item is None:
        raise NotFound
    may_take(context, item)


def _tell(context: ActionContext, done: RecalledStep) -> None:
    """Whoever was told of work that is no longer there."""
    session = context.session
    links = [f"/work-items/{each}" for each in done.closed]
    query = select(Notice.person_id).where(Notice.about == done.key, Notice.link.in_(links)).distinct()
    people = sorted(set(session.scalars(query)) - {context.actor.person})
    kind, number = split_key(done.key)
    ticket = _ticket(session, done.key)
    about = ticket_name(session, ticket) if ticket else _THIS
    words = LocalizedText(
        f"{context.actor.name} 撤回了{about.zh}的上一步，您暂时不用办理。",
        f"{context.actor.name} took the step before back on {about.en}; you need not do anything for now.",
    )
    link = f"/tickets/{number}" if kind == "ticket" else "/"
    notify_many(
        session,
        [NotificationRequest(person, "taken_back", done.key, words, link) for person in people],
        context.now,
    )


_THIS: Final = LocalizedText("此事项", "this work")


def _ticket(session: Session, key: str) -> Ticket | None:
    number = number_in(key, "ticket")
    return None if number is None else get_ticket(session, number)


# -- what service tasks wrote -----------------------------------------------------------------------


def _forget(session: Session, row: Made, ticket: Ticket, at: dt.datetime) -> None:
    last = select(func.max(row.id)).where(row.ticket_id == ticket.id, row.at == at).scalar_subquery()
    session.execute(delete(row).where(row.id == last))


def _forgets(row: Made) -> Callable[[Session, Ticket, dt.datetime], None]:
    return lambda session, ticket, at: _forget(session, row, ticket, at)


def _was_slow(session: Session, done: RecallableStep) -> bool:
    """Whether the step took the mark of slow progress off."""
    lifted = (history.c.key == done.key, history.c.action == "slow_lifted", history.c.id > done.entry)
    return session.execute(select(history.c.id).where(*lifted).limit(1)).first() is not None


def _undo_dispatch(session: Session, ticket: Ticket, at: dt.datetime) -> None:
    """What was handed out before counts again, if anything was."""
    _forget(session, Dispatch, ticket, at)
    last = session.scalars(
        select(Dispatch).where(Dispatch.ticket_id == ticket.id).order_by(Dispatch.id.desc()).limit(1)
    ).first()
    ticket.measure, ticket.rect_type = (last.measure, last.rect_type) if last else (None, None)
    ticket.resp_unit_id, ticket.resp_person_id = (last.unit_id, last.person_id) if last else (None, None)
    ticket.due_at = last.due_at if last else None


def _undo_reverification(session: Session, ticket: Ticket, at: dt.datetime) -> None:
    query = select(Reverification).where(Reverification.ticket_id == ticket.id, Reverification.at == at)
    if session.scalars(query).one().result == "not_fixed":
        ticket.rounds -= 1
    _forget(session, Reverification, ticket, at)


def _undo_entering(session: Session, ticket: Ticket, _at: dt.datetime) -> None:
    if ticket.number is not None:
        raise DomainError(
            "numbered",
            LocalizedText(
                "问题已编号列入清单，不能撤回。",
                "The issue has its number on the list; it cannot be taken back.",
            ),
        )
    ticket.list_id = None


UNDO: Final[Mapping[str, Callable[[Session, Ticket, dt.datetime], None]]] = {
    "dispatch": _undo_dispatch,
    "acknowledged": _forgets(Acknowledgement),
    "apply_for_closure": _forgets(ClosureRequest),
    "record_reverification": _undo_reverification,
    "explanation_submitted": _forgets(Explanation),
    "enter_list": _undo_entering,
}
"""How what a service task wrote is undone, by topic; of any other the step stays done."""

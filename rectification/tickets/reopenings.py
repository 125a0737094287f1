"""Reopening (重新挂号): a closed issue is found again; same number, next round, closer eyes."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import DomainError, WrongValues
from engine.iso import end_of_day
from engine.json import Values
from engine.text import LocalizedText
from rectification.calendar.deadlines import explanation_due, local_day
from rectification.campaigns.milestone_order import too_far
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model
from rectification.matters.pause import forget_pause
from rectification.matters.status import TicketStatus
from rectification.matters.ticket import Ticket, get_ticket
from rectification.tickets.dispatch import reviewer_of, verifier_of
from rectification.tickets.findings import variables_of

REASONS: Final[dict[str, LocalizedText]] = {
    "relapse": LocalizedText("问题反弹", "it came back"),
    "spot_check": LocalizedText("抽查发现未真正整改", "a spot check failed"),
    "complaint": LocalizedText("群众反映", "a complaint"),
    "wrong_entry": LocalizedText("销号登记有误", "it was closed by mistake"),
}
"""Why a closed ticket is opened again."""


class Reopening(Model):
    """One time that a closed ticket was opened again."""

    __tablename__ = "reopenings"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[LongText]
    closed_as: Mapped[str | None] = mapped_column(String(20))
    due_at: Mapped[dt.datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def reopen(context: ActionContext, number: int, *, kind: str, reason: str, due: dt.date | None) -> None:
    """Open a closed ticket again, on the desk of whoever was responsible, in the caller's transaction.

    Raises:
        WrongValues: the reason or the new due date is missing or cannot stand.
        DomainError: the ticket is not closed, or nobody was ever responsible for it.
    """
    session = context.session
    ticket = get_ticket(session, number)
    the_campaign, now = get_campaign(session, ticket.campaign_id), context.now
    if ticket.status != TicketStatus.CLOSED or ticket.resp_person_id is None:
        raise DomainError(
            "not_closed",
            LocalizedText(
                "只有整改后销号的工单可以重新挂号。",
                "Only a ticket that was repaired and closed can be reopened.",
            ),
        )
    _check(kind, reason, due, local_day(now, the_campaign.zone))
    assert due is not None
    row = Reopening(ticket_id=ticket.id, kind=kind, reason=reason.strip(), closed_as=ticket.close_type)
    row.due_at, row.by_id, row.at = end_of_day(due, the_campaign.zone), context.actor.person, now
    session.add(row)
    ticket.rounds, ticket.due_at = ticket.rounds + 1, row.due_at
    ticket.escalation_level = max(ticket.escalation_level, 1)
    ticket.close_type = ticket.closed_at = ticket.closed_late = None
    forget_pause(context, ticket)
    record_event(context, "reopened", ticket.key, reason=kind, text=row.reason, due_at=row.due_at)
    ticket.instance_id = context.engine.start(
        session, "rectification", ticket.key, _variables(session, ticket, the_campaign), context.actor
    )


def _check(kind: str, reason: str, due: dt.date | None, today: dt.date) -> None:
    problems: dict[str, LocalizedText] = {}
    if kind not in REASONS:
        problems["kind"] = LocalizedText("请选择原因。", "Choose why.")
    if not reason.strip():
        problems["reason"] = LocalizedText("请写明情况。", "Say what was found.")
    if due is None or due < today:
        problems["due"] = LocalizedText(
            "请填写新的时限，不早于今天。", "Give a new due date, not in the past."
        )
    elif words := too_far(due, today):
        problems["due"] = words
    if problems:
        raise WrongValues(problems)


def _variables(session: Session, ticket: Ticket, the_campaign: Campaign) -> Values:
    assert ticket.due_at is not None
    zone = the_campaign.zone
    return {
        **variables_of(session, ticket),
        "list_submitted": True,
        "reopened": True,
        "measure": ticket.measure,
        "resp_unit": ticket.resp_unit_id,
        "resp_person": ticket.resp_person_id,
        "due_at": ticket.due_at.astimezone(zone).isoformat(),
        **explanation_due(the_campaign, ticket.due_at),
        "verifier": verifier_of(session, ticket),
        "dept": reviewer_of(session, ticket, "dept"),
    }

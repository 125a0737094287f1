"""Endings (终止): one person proposes with a reason that a ticket ends without repair, another one decides.

The proposal runs as the diagram ``ticket_ending`` under the ticket's key, so that it stands on the desk of
those who may confirm, with its date and its escalation. Until they do, the ticket goes on as before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from sqlalchemy import ForeignKey, Index, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.commands.reassign import hold
from engine.commands.terminate import end_all
from engine.errors import DomainError, NotAllowed, WrongValues
from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.owners import post_owner
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.access.permissions import may_see
from rectification.calendar.deadlines import local_day
from rectification.campaigns.model import get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model
from rectification.matters.consultation import work_gone
from rectification.matters.issue_list import TicketVoid
from rectification.matters.status import TicketStatus, is_going_on
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_begins, ticket_name
from rectification.people.deputies import stood_in_for
from rectification.people.posts import city_office, posts_of
from rectification.people.roles import Role
from rectification.tickets.findings import variables_of
from rectification.tickets.progress_statements import open_statement

PROPOSERS: Final = frozenset(
    {
        Role.TEAM_LEAD,
        Role.VILLAGE_OFFICE,
        Role.TOWN_OFFICE,
        Role.COUNTY_OFFICE,
        Role.CITY_OFFICE,
        Role.LINE_DEPT,
    }
)
"""Roles that may say that a ticket is to end."""
_OPEN: Final = text("decided_at IS NULL")


class Cancellation(Model):
    """One proposal to end a ticket, and what a second person said to it."""

    __tablename__ = "cancellations"
    __table_args__ = (
        Index("uq_cancellations_open", "ticket_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    reason: Mapped[LongText]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
    confirmed: Mapped[bool | None]
    opinion: Mapped[LongText] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[dt.datetime | None]


def get_cancellations(session: Session, number: int) -> list[Cancellation]:
    """Every proposal to end a ticket, the oldest first."""
    return list(
        session.scalars(
            select(Cancellation).where(Cancellation.ticket_id == number).order_by(Cancellation.id)
        )
    )


def get_open_cancellation(session: Session, number: int) -> Cancellation | None:
    """The proposal that waits for its second person."""
    query = select(Cancellation).where(Cancellation.ticket_id == number, Cancellation.decided_at.is_(None))
    return session.scalars(query).one_or_none()


# -- proposing --------------------------------------------------------------------------------------


def may_propose(session: Session, person_id: int, ticket: Ticket, today: dt.date) -> bool:
    """Whether somebody may propose that a ticket ends."""
    roles = {post.role for post in posts_of(session, person_id, today)}
    return is_going_on(ticket.status) and not PROPOSERS.isdisjoint(roles)


def propose_cancellation(context: ActionContext, number: int, reason: str) -> None:
    """Ask the county's office (and the city's, for the county may be the one who asks) to end a ticket.

    Raises:
        NotAllowed: the actor does not see the ticket, or their post does not propose.
        WrongValues: no reason is given.
        DomainError: it is over, or a proposal waits already.
    """
    session, actor = context.session, context.actor
    ticket = get_ticket(session, number)
    hold(session, ticket.key)
    if actor.person is None or not may_see(session, actor.person, ticket.key, context.today):
        raise NotAllowed(LocalizedText("您看不到这张工单。", "You cannot see this ticket."))
    if not is_going_on(ticket.status):
        raise DomainError("over", _OVER)
    if not may_propose(session, actor.person, ticket, context.today):
        raise NotAllowed(LocalizedText("您的岗位不能提出终止。", "Your post does not propose an ending."))
    if not reason:
        raise WrongValues({"reason": LocalizedText("请写明终止的理由。", "Say why it is to end.")})
    if get_open_cancellation(session, number) is not None:
        raise DomainError(
            "proposed_already",
            LocalizedText(
                "已有人提出终止，等待另一人确认。",
                "An ending has been proposed and waits for a second person.",
            ),
        )
    row = Cancellation(ticket_id=number, reason=reason, by_id=actor.person, at=context.now)
    session.add(row)
    session.flush()
    record_event(context, "ending_proposed", ticket.key, instance=ticket.instance_id, text=reason)
    values: Values = {
        **variables_of(session, ticket),
        "ending": row.id,
        "ending_reason": reason,
        "confirmers": [post_owner(Role.COUNTY_OFFICE, ticket.county), city_office(session, ticket.county)],
    }
    context.engine.start(session, "ticket_ending", ticket.key, values, actor)


# -- the second person ------------------------------------------------------------------------------


class EndingInput(HandlerInput):
    """The ticket that is to end, and the proposal."""

    ticket: int
    ending: int


class EndingForm(HandlerInput):
    """What a second person decides."""

    ending_decision: str | None


class DecidedEnding(EndingInput):
    """A proposal as it was decided."""

    ending_decision: str
    ending_opinion: str = ""


@guard(EndingForm, reads=EndingInput)
def second_person(step: Step, form: EndingForm) -> Mapping[str, LocalizedText]:
    """Guard: an ending is confirmed by somebody else than who proposed it, and not by whoever was to repair."""
    if form.ending_decision != "confirm" or step.actor.person is None:
        return {}
    about = EndingInput.read(step.variables)
    row, ticket = _row(step, about), get_ticket(step.session, about.ticket)
    today = local_day(step.now, get_campaign(step.session, ticket.campaign_id).zone)
    counted = {step.actor.person, *stood_in_for(step.session, step.actor.person, today)}
    if not is_going_on(ticket.status):
        return {"ending_decision": _OVER}
    if row.by_id in counted:
        return {
            "ending_decision": LocalizedText(
                "终止须由另一人确认，提出人及其代办人不能确认。",
                "A second person confirms it: not whoever proposed it, nor who stands in for them.",
            )
        }
    if ticket.resp_person_id in counted:
        return {
            "ending_decision": LocalizedText(
                "责任人及其代办人不能确认终止。",
                "The responsible person, and who stands in for them, cannot confirm it.",
            )
        }
    return {}


@service(DecidedEnding)
def cancellation_decided(step: Step, given: DecidedEnding) -> None:
    """The second person decided: the ticket ends with everything that runs about it, or goes on."""
    row, ticket = _row(step, given), get_ticket(step.session, given.ticket)
    row.confirmed = given.ending_decision == "confirm"
    row.opinion = given.ending_opinion
    row.decided_by_id, row.on_behalf_of_id = step.actor.person, step.actor.on_behalf_of
    row.decided_at = step.now
    if row.confirmed:
        _end(step, ticket, row)
    record_event(
        step, "ending_confirmed" if row.confirmed else "ending_refused", ticket.key, note=row.opinion
    )
    _tell(step, ticket, row)


def _end(step: Step, ticket: Ticket, row: Cancellation) -> None:
    """A line that has its number keeps it, and stays on its list."""
    session = step.session
    gone = end_all(step, ticket.key, "void", row.reason)
    work_gone(session, gone, step.actor, step.now)
    session.execute(
        update(Ticket)
        .where(Ticket.id == ticket.id)
        .values(status=TicketStatus.VOID, close_type="terminated", slow=False)
    )
    if ticket.number is None:
        ticket.list_id = None
    session.add(TicketVoid(ticket_id=ticket.id, reason=row.reason, by_id=step.actor.person, at=step.now))
    if (statement := open_statement(session, ticket.id)) is not None:
        statement.closed_at = step.now


def _tell(step: Step, ticket: Ticket, row: Cancellation) -> None:
    begins, name = ticket_begins(step.session, ticket), ticket_name(step.session, ticket)
    words = (
        LocalizedText(
            f"{begins.zh}已终止：{row.reason}", f"{begins.en} was ended without repair: {row.reason}"
        )
        if row.confirmed
        else LocalizedText(
            f"{name.zh}的终止未获同意：{row.opinion}",
            f"It was refused to end {name.en}: {row.opinion}",
        )
    )
    people = {row.by_id, ticket.resp_person_id if row.confirmed else None} - {None, step.actor.person}
    rows = [
        NotificationRequest(person, "ending", ticket.key, words, f"/tickets/{ticket.id}", urgent=True)
        for person in sorted(people, key=str)
        if person is not None
    ]
    notify_many(step.session, rows, step.now)


def _row(step: Step, about: EndingInput) -> Cancellation:
    return step.session.get_one(Cancellation, about.ending)


_OVER: Final = LocalizedText("这张工单已不在办理中。", "This ticket is no longer being worked on.")

"""Suspensions (暂停计时): where the campaign allows it, the days of a pause do not count against a ticket.

The office above says until when and why. The due date moves by as many days at once, and with it timers and
escalation, so that nothing falls due meanwhile; whoever takes the ticket up again earlier gives the rest back.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, and_, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.core.model import Id, LongText, Model
from rectification.matters.ticket import Ticket

ALLOWED: Final = "suspensions"
"""The campaign's setting: true where tickets may be suspended."""


class Suspension(Model):
    """One pause of a ticket; it is over after its last day, or once somebody ended it."""

    __tablename__ = "suspensions"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    until: Mapped[dt.date] = mapped_column(comment="its last day")
    reason: Mapped[LongText]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None] = mapped_column(comment="taken up again before the last day")
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


def allowed(campaign: Campaign) -> bool:
    """Whether a campaign lets tickets be suspended; none does unless it says so."""
    return bool(campaign.settings.get(ALLOWED))


def allow(context: ActionContext, number: int, yes: bool) -> None:
    """Say so for a campaign; what is suspended stays so until its last day.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = get_campaign(context.session, number)
    before = allowed(campaign)
    campaign.settings = {**campaign.settings, ALLOWED: yes}
    changes = {"before": {ALLOWED: before}, "after": {ALLOWED: yes}}
    record_event(context, "changed", campaign_key(campaign.id), **changes)


def rested_since(day: dt.date, at: dt.datetime) -> ColumnElement[bool]:
    """Suspensions that held on a day, which began at an instant, or later."""
    return and_(Suspension.until >= day, or_(Suspension.ended_at.is_(None), Suspension.ended_at >= at))


def suspension_of(session: Session, ticket: Ticket, day: dt.date) -> Suspension | None:
    """The pause of a ticket on a day, if it rests."""
    rests = Suspension.ended_at.is_(None), Suspension.until >= day
    query = select(Suspension).where(Suspension.ticket_id == ticket.id, *rests)
    return session.scalars(query.order_by(Suspension.id.desc()).limit(1)).first()


def forget_pause(context: ActionContext, ticket: Ticket) -> None:
    """A pause of before says nothing about the new due date of a ticket that is opened again."""
    still = Suspension.ticket_id == ticket.id, Suspension.ended_at.is_(None)
    context.session.execute(
        update(Suspension).where(*still).values(ended_at=context.now, ended_by_id=context.actor.person)
    )

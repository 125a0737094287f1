"""Issue lists: a village's findings, submitted, numbered, frozen and hashed; later ones in a supplement."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from rectification.core.model import Code, Id, LongText, Model
from rectification.places.areas import Area


class IssueList(Model):
    """The main list of a village, or its supplement. ``lines`` is what the hash is over."""

    __tablename__ = "issue_lists"
    __table_args__ = (UniqueConstraint("campaign_id", "village", "kind"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    village: Mapped[Code] = mapped_column(ForeignKey("areas.code"), index=True)
    kind: Mapped[str] = mapped_column(String(12), comment="main or supplement")
    version: Mapped[int] = mapped_column(default=0)
    zero_report: Mapped[bool] = mapped_column(default=False)
    statement: Mapped[LongText] = mapped_column(default="")
    unvisited_reason: Mapped[LongText] = mapped_column(default="")
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    submitted_at: Mapped[dt.datetime | None]
    frozen_at: Mapped[dt.datetime | None]
    hash: Mapped[str | None] = mapped_column(String(64))
    lines: Mapped[LongText | None]


class TicketReturn(Model):
    """A line went back to be completed."""

    __tablename__ = "ticket_returns"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    reason: Mapped[LongText]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class TicketVoid(Model):
    """A line that was not true, a duplicate, or answered by a later visit."""

    __tablename__ = "ticket_voids"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    reason: Mapped[LongText]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def get_issue_list(session: Session, campaign_id: int, village: str, kind: str = "main") -> IssueList | None:
    """A village's list, if it has been begun."""
    query = select(IssueList).where(
        IssueList.campaign_id == campaign_id, IssueList.village == village, IssueList.kind == kind
    )
    return session.scalars(query).one_or_none()


def hold_village(session: Session, village: str) -> None:
    """Let one transaction at a time change a village's lists, so that no line falls between two of them."""
    session.execute(select(Area.code).where(Area.code == village).with_for_update(key_share=True))

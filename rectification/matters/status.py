"""When a ticket is open (未结), ended (办结), done with (了结), being fixed (整改中) and overdue (逾期): said once.

A status is what the ticket's diagram says; an office may draw further ones. Each question has its condition for SQL and
its function for Python beside each other, and a test holds them equal.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_

from rectification.matters.ticket import Ticket


class TicketStatus(StrEnum):
    """The statuses of the shipped diagram, as ``status`` properties write them (工单状态)."""

    DRAFT = "draft"
    REPORTED = "reported"
    LISTED = "listed"
    RETURNED = "returned"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    TRANSFERRING = "transferring"
    EXTENDING = "extending"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    EXPLAINING = "explaining"
    HUNG = "hung"
    CLOSED = "closed"
    VOID = "void"


ENDED: Final = (TicketStatus.CLOSED, TicketStatus.HUNG, TicketStatus.VOID)
"""Nothing is asked of anybody now. Hung is neither open nor closed."""
DONE_WITH: Final = (TicketStatus.CLOSED, TicketStatus.VOID)
"""It does not come back by itself, as a hung one does."""
BEING_FIXED: Final = (
    TicketStatus.ASSIGNED,
    TicketStatus.IN_PROGRESS,
    TicketStatus.TRANSFERRING,
    TicketStatus.EXTENDING,
)
"""The responsible unit has it."""

OPEN: Final = or_(Ticket.status.is_(None), Ticket.status.not_in(ENDED))
"""Still waits for somebody."""
GOING_ON: Final = or_(Ticket.status.is_(None), Ticket.status.not_in(DONE_WITH))
"""Open or hung."""


def is_open(status: str | None) -> bool:
    """Whether it still waits for somebody; :data:`OPEN` in SQL."""
    return status not in ENDED


def is_going_on(status: str | None) -> bool:
    """Whether it is open or hung; :data:`GOING_ON` in SQL."""
    return status not in DONE_WITH


def is_overdue(status: str | None, due_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether it is open and its due date has passed: asked of the clock, never stored; :func:`overdue` in SQL."""
    return is_open(status) and due_at is not None and due_at < now


def overdue(now: Any, due_at: ColumnElement[Any] | None = None) -> ColumnElement[bool]:
    """Open and past the due date at ``now``; ``due_at`` where the planner is to see the column otherwise."""
    return and_(OPEN, (Ticket.due_at if due_at is None else due_at) < now)

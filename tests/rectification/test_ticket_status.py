"""Open, ended and overdue mean the same in SQL and in Python."""

from __future__ import annotations

import datetime as dt
import re
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from rectification.matters.status import (
    GOING_ON,
    OPEN,
    TicketStatus,
    is_going_on,
    is_open,
    is_overdue,
    overdue,
)
from rectification.matters.ticket import Ticket
from tests.rectification.campaign import SmallCampaign, local

STATUSES = (
    None,
    "draft",
    "assigned",
    "in_progress",
    "explaining",
    "hung",
    "closed",
    "void",
    "drawn_by_an_office",
)
NOW = local(20)
DATES = (
    None,
    NOW - dt.timedelta(days=1),
    NOW - dt.timedelta(microseconds=1),
    NOW,
    NOW + dt.timedelta(days=1),
)


def test_the_statuses_are_those_of_the_shipped_diagram() -> None:
    diagram = (Path(__file__).parents[2] / "bpmn" / "rectification.bpmn").read_text("utf-8")
    drawn = set(re.findall(r'name="status" value="([a-z_]+)"', diagram))
    assert drawn == {str(status) for status in TicketStatus}


@pytest.mark.made_up_rows
def test_open_going_on_and_overdue_are_the_same_in_sql_and_in_python(small: SmallCampaign) -> None:
    cases = list(product(STATUSES, DATES))
    with small.database.writing() as session:
        for status, due_at in cases:
            session.add(_ticket(status, due_at))
        session.flush()
        rows = session.execute(select(Ticket.status, Ticket.due_at, OPEN, GOING_ON, overdue(NOW))).all()
    assert len(rows) == len(cases)
    for status, due_at, sql_open, sql_going_on, sql_overdue in rows:
        assert bool(sql_open) == is_open(status)
        assert bool(sql_going_on) == is_going_on(status)
        assert bool(sql_overdue) == is_overdue(status, due_at, NOW)


def _ticket(status: str | None, due_at: dt.datetime | None) -> Ticket:
    ticket = Ticket(campaign_id=1, village="341226100201", town="341226100", county="341226", item="E4")
    ticket.category, ticket.description, ticket.found_on, ticket.created_at = "1", "x", NOW.date(), NOW
    ticket.status, ticket.due_at = status, due_at
    return ticket

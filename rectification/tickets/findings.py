"""Drafts: every failed item of a visit becomes a ticket draft, once, and a later visit may take it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.host import Step, Values
from engine.owners import post_owner
from rectification.campaigns.catalogue import CheckItem, get_check_items
from rectification.core.history import record_event
from rectification.households.model import Household
from rectification.matters.issue_list import TicketVoid, get_issue_list, hold_village
from rectification.matters.status import GOING_ON, TicketStatus
from rectification.matters.ticket import Ticket
from rectification.matters.visit import Visit
from rectification.people.roles import Role
from rectification.places.units import line_dept_of

"""Statuses after which the same item of the same household makes a new ticket."""


@dataclass(frozen=True, slots=True)
class Find:
    """A failed item: the answer that failed it, when and by whom, on which visit or in which work."""

    item: CheckItem
    answer: Mapping[str, object]
    found_on: dt.date
    person: int | None
    visit: int | None = None
    source: str = "visit"


@dataclass(frozen=True, slots=True)
class FindingPlace:
    """What an issue is about and where it lies: a household, a village, or a county's unit.

    For a unit of the county, village and town are the county itself.
    """

    campaign: int
    village: str
    town: str
    county: str
    household: int | None = None
    kind: str = "household"
    name: str | None = None
    desk: str | None = None
    """Whose desk speaks for a unit."""

    @classmethod
    def of(cls, home: Household) -> FindingPlace:
        """Where a household lives."""
        return cls(home.campaign_id, home.village, home.town, home.county, home.id)

    @property
    def office(self) -> str:
        """Who leads its tickets: the town, or the county where it lies in no town."""
        level = "county" if self.town == self.county else "town"
        return post_owner(f"{level}_office", self.town)

    @property
    def reporter(self) -> str:
        """Who completes a line that is returned."""
        return self.desk or (self.office if self.kind == "unit" else post_owner(Role.TEAM_LEAD, self.village))


def open_findings(step: Step, household: Household, visit: Visit) -> list[Ticket]:
    """Bring a household's tickets in line with a visit; returns the new drafts."""
    hold_village(step.session, household.village)
    known = open_tickets(step.session, household.id)
    new: list[Ticket] = []
    for item in get_check_items(step.session, visit.campaign_id, "H"):
        answer = visit.answers.get(item.code)
        ticket = known.get(item.code)
        if not item.fails(answer):
            if answer and ticket is not None and ticket.status == TicketStatus.DRAFT:
                _take_back(step, ticket)
        elif ticket is None:
            find = Find(item, answer or {}, visit.visited_on, visit.person_id, visit.id)
            new.append(open_finding(step, FindingPlace.of(household), find))
        elif ticket.status == TicketStatus.DRAFT:
            ticket.description = _described(item, answer or {})
            _follow_date(step, ticket, visit)
    return new


def _follow_date(step: Step, ticket: Ticket, visit: Visit) -> None:
    """A draft is found on the day of its visit, also when that day is corrected; the history says so."""
    if ticket.found_on != visit.visited_on:
        record_event(step, "draft_corrected", ticket.key, visit=visit.id, found_on=visit.visited_on)
    ticket.visit_id, ticket.found_on = visit.id, visit.visited_on


def open_tickets(session: Session, household_id: int) -> dict[str, Ticket]:
    """A household's tickets that have not ended, by item."""
    query = select(Ticket).where(Ticket.household_id == household_id, GOING_ON)
    return {ticket.item: ticket for ticket in session.scalars(query)}


def open_finding(step: Step, place: FindingPlace, find: Find) -> Ticket:
    """Make a ticket of a find and start its diagram."""
    item = find.item
    dept = line_dept_of(step.session, place.county, item.field)
    ticket = Ticket(
        campaign_id=place.campaign,
        household_id=place.household,
        village=place.village,
        town=place.town,
        county=place.county,
        subject_kind=place.kind,
        subject_name=place.name,
        item=item.code,
        category=item.category,
        line_dept_id=dept.id if dept else None,
        description=_described(item, find.answer),
        source=find.source,
        found_on=find.found_on,
        found_by_id=find.person,
        visit_id=find.visit,
        status=TicketStatus.DRAFT,
        created_at=step.now,
    )
    step.session.add(ticket)
    step.session.flush()
    ticket.instance_id = step.start("rectification", ticket.key, variables_of(step.session, ticket, place))
    record_event(step, "drafted", ticket.key, item=item.code, visit=find.visit, found_on=ticket.found_on)
    return ticket


def variables_of(session: Session, ticket: Ticket, place: FindingPlace | None = None) -> Values:
    """What the diagram of a ticket begins with."""
    where = place or FindingPlace(
        ticket.campaign_id, ticket.village, ticket.town, ticket.county, kind=ticket.subject_kind
    )
    main = get_issue_list(session, ticket.campaign_id, ticket.village)
    return {
        "campaign": ticket.campaign_id,
        "ticket": ticket.id,
        "household": ticket.household_id,
        "village": ticket.village,
        "town": ticket.town,
        "county": ticket.county,
        "item": ticket.item,
        "category": ticket.category,
        "description": ticket.description,
        "office": where.office,
        "reporter": where.reporter,
        "list_submitted": where.kind == "unit" or (main is not None and main.submitted_at is not None),
    }


def _described(item: CheckItem, answer: Mapping[str, object]) -> str:
    return str(answer.get("reason") or "").strip() or item.name_zh


def _take_back(step: Step, ticket: Ticket) -> None:
    """A draft whose item passes on a later visit is void before it was ever reported."""
    ticket.status = TicketStatus.VOID
    reason = "再次入户核实，该项已无问题"
    step.session.add(TicketVoid(ticket_id=ticket.id, reason=reason, by_id=step.actor.person, at=step.now))
    step.send("issue_withdrawn", ticket.key, {})
    record_event(step, "withdrawn", ticket.key, status=["draft", "void"], reason=reason)

"""Dispatch: a ticket is handed out with measure, unit, person and due date; the person acknowledges it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar, Final

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.iso import end_of_day
from engine.owners import post_owner, unit_owner
from engine.text import LocalizedText
from rectification.access.separation_of_duties import unfit_to_repair
from rectification.calendar.deadlines import as_day, explanation_due, latest_due_day, local_day
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.digest import digest_of
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model
from rectification.matters.ticket import Ticket, get_ticket
from rectification.people.model import Person
from rectification.people.posts import Post, city_office, held_on
from rectification.people.roles import Role
from rectification.places.units import Unit, level_of

DESCRIBED: Final = ("description",)
"""What stands when a ticket is handed out."""


class Dispatch(Model):
    """One formal hand-out of a ticket."""

    __tablename__ = "dispatches"
    KEPT: ClassVar = ("rect_type", "measure", "unit_id", "person_id", "due_at", "by_id")
    """What the history has a digest of."""

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    rect_type: Mapped[str] = mapped_column(String(20))
    measure: Mapped[LongText]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    due_at: Mapped[dt.datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class Acknowledgement(Model):
    """The responsible person took the ticket."""

    __tablename__ = "acknowledgements"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class TicketInput(HandlerInput):
    """A ticket, and its campaign."""

    campaign: int
    ticket: int


class DispatchForm(HandlerInput):
    """A hand-out as the office writes it."""

    measure: str | None
    resp_unit: int | None
    resp_person: int | None
    due_date: str | None


class DispatchedTicket(HandlerInput):
    """A hand-out as it is kept."""

    ticket: int
    measure: str
    rect_type: str = "immediate"
    resp_unit: int
    resp_person: int
    due_date: str


class AcknowledgedTicket(HandlerInput):
    """A ticket that its person takes."""

    ticket: int


@guard(DispatchForm, reads=TicketInput)
def dispatch_complete(step: Step, form: DispatchForm) -> Mapping[str, LocalizedText]:
    """Guard: a measure, a unit, one of its people, and a due date that leaves time to re-verify."""
    campaign = get_campaign(step.session, TicketInput.read(step.variables).campaign)
    problems: dict[str, LocalizedText] = {}
    if not (form.measure or "").strip():
        problems["measure"] = LocalizedText("请写明整改措施。", "Say what will be done.")
    problems.update(wrong_person(step, ("resp_unit", form.resp_unit), ("resp_person", form.resp_person)))
    problems.update(_wrong_due(step, form.due_date, campaign))
    return problems


def wrong_person(
    step: Step, chosen_unit: tuple[str, int | None], chosen_person: tuple[str, int | None]
) -> dict[str, LocalizedText]:
    """What is wrong with a unit and one of its people: each with the name of its field."""
    (unit, unit_id), (person, person_id) = chosen_unit, chosen_person
    about = TicketInput.read(step.variables)
    campaign = get_campaign(step.session, about.campaign)
    chosen = step.session.get(Unit, unit_id) if unit_id is not None else None
    near = get_ticket(step.session, about.ticket)
    if chosen is None or chosen.area_code not in (near.village, near.town, near.county):
        return {unit: LocalizedText("请选择责任单位。", "Choose the responsible unit.")}
    today = local_day(step.now, campaign.zone)
    if person_id not in {person.id for person in people_of_unit(step.session, chosen.id, today)}:
        words = LocalizedText(f"请选择“{chosen.name}”的人员。", f"Choose somebody of {chosen.name}.")
        return {person: words}
    assert person_id is not None
    why_not = unfit_to_repair(step.session, step.property_values, step.key, person_id, today)
    return {person: why_not} if why_not is not None else {}


def people_of_unit(session: Session, unit_id: int, today: dt.date) -> list[Person]:
    """Who belongs to a unit today: its active people with a post there."""
    posts = select(Post.person_id).where(Post.unit_id == unit_id, held_on(today))
    return list(
        session.scalars(select(Person).where(Person.id.in_(posts), Person.active).order_by(Person.id))
    )


def _wrong_due(step: Step, due_date: str | None, campaign: Campaign) -> dict[str, LocalizedText]:
    if not due_date:
        return {"due_date": LocalizedText("请填写整改时限。", "Set the due date.")}
    day, today = as_day(due_date, campaign.zone), local_day(step.now, campaign.zone)
    if day < today:
        return {"due_date": LocalizedText("整改时限不能早于今天。", "The due date cannot lie in the past.")}
    last = last_due_day(campaign, today)
    if last is not None and day > last:
        reverify = campaign.milestone("reverify").day
        zh = f"整改时限最迟为 {last:%Y-%m-%d}，要给 {reverify:%m-%d} 的复核留出时间。"
        en = f"The latest due date is {last:%Y-%m-%d}: re-verification ends on {reverify:%Y-%m-%d}."
        return {"due_date": LocalizedText(zh, en)}
    return {}


def last_due_day(campaign: Campaign, today: dt.date) -> dt.date | None:
    """The last due date that may be given today.

    Re-verification minus the buffer; for finds that come later than that, the next milestone that
    lies ahead; none once the campaign is over.
    """
    ends = (latest_due_day(campaign), campaign.milestone("reverify").day, campaign.milestone("closing").day)
    return next((day for day in ends if day >= today), None)


@service(
    DispatchedTicket,
    *("resp_unit", "resp_person", "due_at", "explain_by", "explain_milestone", "verifier", "dept"),
)
def dispatch(step: Step, given: DispatchedTicket) -> Values:
    """Write measure, unit, person and due date into the ticket, and say who will verify it.

    An explanation is due at its milestone; of a late find, when its own due date has passed.
    """
    session = step.session
    ticket = get_ticket(session, given.ticket)
    the_campaign = get_campaign(session, ticket.campaign_id)
    zone = the_campaign.zone
    ticket.measure, ticket.rect_type = given.measure, given.rect_type or "immediate"
    ticket.resp_unit_id, ticket.resp_person_id = given.resp_unit, given.resp_person
    ticket.due_at = end_of_day(as_day(given.due_date, zone), zone)
    row = Dispatch(
        ticket_id=ticket.id, rect_type=ticket.rect_type, measure=ticket.measure, unit_id=ticket.resp_unit_id
    )
    row.person_id, row.due_at, row.by_id, row.at = (
        ticket.resp_person_id,
        ticket.due_at,
        step.actor.person,
        step.now,
    )
    session.add(row)
    record_event(
        step,
        "dispatched",
        ticket.key,
        unit=ticket.resp_unit_id,
        person=ticket.resp_person_id,
        due_at=ticket.due_at,
        kept=digest_of(row, row.KEPT),
        described=digest_of(ticket, DESCRIBED),
    )
    return {
        "resp_unit": ticket.resp_unit_id,
        "resp_person": ticket.resp_person_id,
        "due_at": ticket.due_at.astimezone(zone).isoformat(),
        **explanation_due(the_campaign, ticket.due_at),
        "verifier": verifier_of(session, ticket),
        "dept": reviewer_of(session, ticket, "dept"),
    }


def verifier_of(session: Session, ticket: Ticket) -> str:
    """Whose work re-verification (复核) is: the town office's for a unit of the village, else that of the county's reviewer."""
    unit = session.get_one(Unit, ticket.resp_unit_id) if ticket.resp_unit_id is not None else None
    if unit is None or level_of(session, unit) == "village":
        return post_owner(Role.TOWN_OFFICE, ticket.town)
    return reviewer_of(session, ticket, "county")


def reviewer_of(session: Session, ticket: Ticket, level: str) -> str:
    """The office that speaks for ``town``, ``dept`` or ``county``.

    Where that office is itself responsible nobody there may judge, so the office above speaks for it.
    """
    unit = session.get_one(Unit, ticket.resp_unit_id) if ticket.resp_unit_id is not None else None
    kind = "" if unit is None else unit.kind
    county = post_owner(Role.COUNTY_OFFICE, ticket.county)
    if level == "town" and kind != "town_office" and ticket.town != ticket.county:
        return post_owner(Role.TOWN_OFFICE, ticket.town)
    if level == "dept" and ticket.line_dept_id not in (None, ticket.resp_unit_id):
        return unit_owner(Role.LINE_DEPT, ticket.line_dept_id)
    return county if kind != "county_office" else city_office(session, ticket.county)


@service(AcknowledgedTicket)
def acknowledged(step: Step, given: AcknowledgedTicket) -> None:
    """The responsible person took the ticket."""
    session = step.session
    session.add(Acknowledgement(ticket_id=given.ticket, by_id=step.actor.person, at=step.now))

"""Extensions (延期): asked for before the due date, with reason and progress; decided by the office above.

There is no extension after the fact, and none beyond re-verification without the city.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import WrongValues
from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.iso import end_of_day
from engine.json import as_int
from engine.text import LocalizedText
from rectification.calendar.deadlines import as_day, explanation_due, is_overdue, local_day
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.core.model import Id, LongText, Model
from rectification.escalation.policy import WHO
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.people.posts import city_office
from rectification.tickets.dispatch import TicketInput, reviewer_of
from rectification.tickets.notifications import notify_assignee

MOST: Final = 1
"""Extensions that one ticket gets, unless the campaign's setting ``extension_limit`` says otherwise."""

DECIDERS: Final = {level: WHO[level] for level in ("town", "county", "city")}
"""Who can be named to decide; the campaign's setting ``extension_decider``, the town unless it says otherwise."""


class Extension(Model):
    """One asked extension and its decision; ``new_due`` is empty when it was refused."""

    __tablename__ = "extensions"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    old_due: Mapped[dt.datetime]
    asked_for: Mapped[dt.date]
    reason: Mapped[LongText]
    new_due: Mapped[dt.datetime | None]
    note: Mapped[LongText] = mapped_column(default="")
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def extensions_of(session: Session, ticket_id: int) -> list[Extension]:
    """What was asked and decided, the oldest first."""
    query = select(Extension).where(Extension.ticket_id == ticket_id).order_by(Extension.id)
    return list(session.scalars(query))


class ExtensionForm(HandlerInput):
    """What the office decides on an extension."""

    extension_granted: str | None
    new_due_date: str | None


class AskedExtension(HandlerInput):
    """A ticket for which more time is asked, and until when."""

    ticket: int
    asked_date: str


class DecidedExtension(AskedExtension):
    """An extension as it was decided."""

    result: str = ""
    extension_note: str = ""
    extension_granted: str
    new_due_date: str = ""


def wrong_extension(step: Step, asked_date: str | None) -> Mapping[str, LocalizedText]:
    """What is wrong with an extension that is asked for."""
    ticket = get_ticket(step.session, TicketInput.read(step.variables).ticket)
    the_campaign = get_campaign(step.session, ticket.campaign_id)
    if is_overdue(ticket.due_at, step.now):
        words = LocalizedText(
            "已经逾期，不能再申请延期。", "It is overdue already; more time is asked for before that."
        )
        return {"outcome": words}
    granted = select(func.count()).where(Extension.ticket_id == ticket.id, Extension.new_due.is_not(None))
    most = as_int(the_campaign.settings.get("extension_limit", MOST))
    if (step.session.scalar(granted) or 0) >= most:
        words = LocalizedText(
            f"每张工单最多延期 {most} 次。", f"A ticket is extended {most} time(s) at most."
        )
        return {"outcome": words}
    return _out_of_bounds(ticket, the_campaign, asked_date, "asked_date")


def _out_of_bounds(
    ticket: Ticket, the_campaign: Campaign, value: str | None, field: str
) -> dict[str, LocalizedText]:
    if not value or ticket.due_at is None:
        return {field: LocalizedText("请填写日期。", "Give the date.")}
    day, due = as_day(value, the_campaign.zone), local_day(ticket.due_at, the_campaign.zone)
    last = the_campaign.milestone("closing").day
    if due >= last:
        words = LocalizedText(
            "时限已不早于销号期限，不能再延期；需要改期请上级调整时限。",
            "It is due at the closing milestone or later; ask the office above to change the date.",
        )
        return {field: words}
    if day <= due:
        words = LocalizedText(
            f"要晚于现在的时限 {due}。", f"It must be later than the present due date, {due}."
        )
        return {field: words}
    if day > last:
        return {
            field: LocalizedText(f"最迟到销号期限 {last}。", f"The closing milestone, {last}, is the latest.")
        }
    return {}


def extender_of(session: Session, number: int, value: object) -> str:
    """Who decides: the office that the campaign names; the one above where that is responsible; the city beyond re-verification."""
    ticket = get_ticket(session, number)
    the_campaign = get_campaign(session, ticket.campaign_id)
    decider = extension_decider(the_campaign)
    if decider == "city" or as_day(value, the_campaign.zone) > the_campaign.milestone("reverify").day:
        return city_office(session, ticket.county)
    return reviewer_of(session, ticket, decider)


def extension_decider(campaign: Campaign) -> str:
    """The level of the office that decides on extensions in a campaign."""
    named = campaign.settings.get("extension_decider")
    return str(named) if named in DECIDERS else "town"


def name_extension_decider(context: ActionContext, number: int, level: str) -> None:
    """Let another office decide on what is asked from now on; what is being decided stays where it is.

    Raises:
        NotFound: there is no such campaign.
        WrongValues: there is no such office.
    """
    campaign = get_campaign(context.session, number)
    if level not in DECIDERS:
        raise WrongValues({"decider": LocalizedText("请选择由谁审批。", "Choose who decides.")})
    before = extension_decider(campaign)
    campaign.settings = {**campaign.settings, "extension_decider": level}
    record_event(
        context,
        "changed",
        campaign_key(campaign.id),
        before={"extension_decider": before},
        after={"extension_decider": level},
    )


@guard(ExtensionForm, reads=AskedExtension)
def extension_bounded(step: Step, form: ExtensionForm) -> Mapping[str, LocalizedText]:
    """Guard: what is granted lies after the present due date and not after what was asked for."""
    if form.extension_granted != "yes":
        return {}
    about = AskedExtension.read(step.variables)
    ticket = get_ticket(step.session, about.ticket)
    the_campaign = get_campaign(step.session, ticket.campaign_id)
    wrong = _out_of_bounds(ticket, the_campaign, form.new_due_date, "new_due_date")
    if wrong or form.new_due_date is None:
        return wrong
    requested_day = as_day(about.asked_date, the_campaign.zone)
    if as_day(form.new_due_date, the_campaign.zone) > requested_day:
        return {
            "new_due_date": LocalizedText(
                f"不能晚于申请的日期 {requested_day}。", f"Not later than was asked for, {requested_day}."
            )
        }
    return {}


@service(DecidedExtension, "due_at", "explain_by", "explain_milestone")
def extend(step: Step, given: DecidedExtension) -> Values:
    """Keep the decision; granted, the ticket's due date moves, and with it everything that hangs on it."""
    ticket = get_ticket(step.session, given.ticket)
    the_campaign = get_campaign(step.session, ticket.campaign_id)
    zone = the_campaign.zone
    assert ticket.due_at is not None
    row = Extension(ticket_id=ticket.id, old_due=ticket.due_at, asked_for=as_day(given.asked_date, zone))
    row.reason, row.note = given.result, given.extension_note
    row.asked_by_id, row.decided_by_id, row.at = ticket.resp_person_id, step.actor.person, step.now
    granted = given.extension_granted == "yes"
    if granted:
        row.new_due = end_of_day(as_day(given.new_due_date, zone), zone)
        ticket.due_at = row.new_due
    step.session.add(row)
    record_event(
        step,
        "extended" if granted else "extension_refused",
        ticket.key,
        before={"due_at": row.old_due},
        after={"due_at": ticket.due_at},
        note=row.note,
    )
    _tell(step, ticket, granted)
    if not granted:
        return {}
    return {
        "due_at": ticket.due_at.astimezone(zone).isoformat(),
        **explanation_due(the_campaign, ticket.due_at),
    }


def _tell(step: Step, ticket: Ticket, granted: bool) -> None:
    name = ticket_name(step.session, ticket)
    words = (
        LocalizedText(f"{name.zh}的延期已批准。", f"More time was granted for {name.en}.")
        if granted
        else LocalizedText(f"{name.zh}的延期未批准，时限不变。", f"More time was refused for {name.en}.")
    )
    notify_assignee(step, ticket, "extension", words)

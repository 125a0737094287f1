"""One step up: a refused explanation sends the ticket back with a last deadline, under closer eyes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from engine.host import Step, Values
from engine.inputs import HandlerInput, service
from engine.iso import end_of_day
from engine.json import as_int
from engine.owners import post_owner, unit_owner
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.calendar.deadlines import explanation_due, local_day, workdays_after
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.history import record_event
from rectification.escalation.policy import HIGHEST
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.people.deputies import reached
from rectification.people.roles import Role

LAST_DEADLINE_WORKDAYS = 3


class RefusedExplanation(HandlerInput):
    """The ticket whose explanation was refused."""

    ticket: int


@service(RefusedExplanation, "due_at", "explain_by", "explain_milestone")
def escalate_refusal(step: Step, given: RefusedExplanation) -> Values:
    """Raise the ticket one level and give it its last deadline; it is asked to explain again at closing."""
    session, ticket = step.session, get_ticket(step.session, given.ticket)
    the_campaign = get_campaign(session, ticket.campaign_id)
    before = {"level": ticket.escalation_level, "due_at": ticket.due_at}
    ticket.escalation_level = min(ticket.escalation_level + 1, HIGHEST)
    last = last_deadline(session, the_campaign, ticket.village, step.now)
    ticket.due_at = max(ticket.due_at or last, last)
    after = {"level": ticket.escalation_level, "due_at": ticket.due_at}
    record_event(step, "stepped_up", ticket.key, before=before, after=after)
    _tell_above(step, ticket, the_campaign)
    due = ticket.due_at.astimezone(the_campaign.zone).isoformat()
    return {"due_at": due, **explanation_due(the_campaign, ticket.due_at, "closing")}


def last_deadline(session: Session, campaign: Campaign, area: str, now: dt.datetime) -> dt.datetime:
    """The end of the last day that a ticket gets after its explanation was refused."""
    count = as_int(campaign.settings.get("last_deadline_workdays", LAST_DEADLINE_WORKDAYS))
    today = local_day(now, campaign.zone)
    return end_of_day(workdays_after(session, today, count, campaign.zone, area), campaign.zone)


def _tell_above(step: Step, ticket: Ticket, the_campaign: Campaign) -> None:
    above = [unit_owner(Role.UNIT_LEADER, ticket.resp_unit_id), post_owner(Role.TOWN_OFFICE, ticket.town)]
    holders = reached(step.session, above, local_day(step.now, the_campaign.zone))
    name = ticket_name(step.session, ticket)
    words = LocalizedText(
        f"{name.zh}的情况说明未通过，升级为 {ticket.escalation_level} 级督办。",
        f"The explanation of {name.en} was refused; it is now at level {ticket.escalation_level}.",
    )
    people = sorted({person for people in holders.values() for person in people})
    rows = [
        NotificationRequest(
            person, "stepped_up", ticket.key, words, f"/tickets/{ticket.id}", ticket.escalation_level
        )
        for person in people
    ]
    notify_many(step.session, rows, step.now)

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
    session, entry = step.session, get_ticket(step.session, given.ticket)
    the_campaign = get_campaign(session, entry.campaign_id)
    before = {"level": entry.escalation_level, "due_at": entry.due_at}
    entry.escalation_level = min(entry.escalation_level + 1, HIGHEST)
    last = last_deadline(session, the_campaign, entry.village, step.now)
    entry.due_at = max(entry.due_at or last, last)
    after = {"level": entry.escalation_level, "due_at": entry.due_at}
    record_event(step, "stepped_up", entry.key, before=before, after=after)
    _tell_above(step, entry, the_campaign)
    due = entry.due_at.astimezone(the_campaign.zone).isoformat()
    return {"due_at": due, **explanation_due(the_campaign, entry.due_at, "closing")}


def last_deadline(session: Session, campaign: Campaign, area: str, now: dt.datetime) -> dt.datetime:
    """The end of the last day that a ticket gets after its explanation was refused."""
    count = as_int(campaign.settings.get("last_deadline_workdays", LAST_DEADLINE_WORKDAYS))
    today = local_day(now, campaign.zone)
    return end_of_day(workdays_after(session, today, count, campaign.zone, area), campaign.zone)


def _tell_above(step: Step, ticket: Ticket, the_campaign: Campaign) -> None:
    above = [unit_owner(Role.UNIT_LEADER, ticket.resp_unit_id), post_owner(Role.TOWN_OFFICE, ticket.town)]
    found = reached(step.session, above, local_day(step.now, the_campaign.zone))
    name = ticket_name(step.session, ticket)
    words = LocalizedText(
        f"{name.zh}的情况说明未通过，升级为 {ticket.escalation_level} 级督办。",
        f"The explanation of {name.en} was refused; it is now at level {ticket.escalation_level}.",
    )
    people = sorted({person for those in found.values() for person in those})
    rows = [
        NotificationRequest(
            who, "stepped_up", ticket.key, words, f"/tickets/{ticket.id}", ticket.escalation_level
        )
        for who in people
    ]
    notify_many(step.session, rows, step.now)

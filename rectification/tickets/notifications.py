"""Telling the responsible person what was decided about their ticket."""

from __future__ import annotations

from engine.host import Step
from engine.owners import person_owner
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.calendar.deadlines import local_day
from rectification.campaigns.model import get_campaign
from rectification.matters.ticket import Ticket
from rectification.people.deputies import reached


def notify_assignee(
    step: Step, ticket: Ticket, kind: str, words: LocalizedText, person_id: int | None = None
) -> None:
    """Tell whoever is responsible, or was (``person_id``), and their deputies; nobody where nobody is yet."""
    whom = person_id if person_id is not None else ticket.resp_person_id
    today = local_day(step.now, get_campaign(step.session, ticket.campaign_id).zone)
    people = reached(step.session, {person_owner(whom)} if whom is not None else (), today)
    recipients = sorted({recipient for person in people.values() for recipient in person})
    rows = [
        NotificationRequest(recipient, kind, ticket.key, words, f"/tickets/{ticket.id}", urgent=True)
        for recipient in recipients
    ]
    notify_many(step.session, rows, step.now)

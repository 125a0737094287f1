"""Telling the responsible person what was decided about their ticket."""

from __future__ import annotations

from engine.host import Step
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.calendar.deadlines import local_day
from rectification.campaigns.model import get_campaign
from rectification.matters.ticket import Ticket
from rectification.people.deputies import reached


def notify_assignee(
    step: Step, one: Ticket, kind: str, words: LocalizedText, person_id: int | None = None
) -> None:
    """Tell whoever is responsible, or was (``person_id``), and their deputies; nobody where nobody is yet."""
    whom = person_id if person_id is not None else one.resp_person_id
    today = local_day(step.now, get_campaign(step.session, one.campaign_id).zone)
    people = reached(step.session, {f"person:{whom}"} if whom is not None else (), today)
    told = sorted({who for some in people.values() for who in some})
    rows = [NotificationRequest(who, kind, one.key, words, f"/tickets/{one.id}", urgent=True) for who in told]
    notify_many(step.session, rows, step.now)

"""Telling the responsible person what was decided about their ticket."""

from __future__ import annotations

from engine.host import Step
from engine.text import Words
from notifications.outbox import Telling, tell_many
from rectification.calendar.deadlines import local_day
from rectification.campaigns.model import campaign
from rectification.matters.ticket import Ticket
from rectification.people.deputies import reached


def tell_responsible(step: Step, one: Ticket, kind: str, words: Words, person_id: int | None = None) -> None:
    """Tell whoever is responsible, or was (``person_id``), and their deputies; nobody where nobody is yet."""
    whom = person_id if person_id is not None else one.resp_person_id
    today = local_day(step.now, campaign(step.session, one.campaign_id).zone)
    people = reached(step.session, {f"person:{whom}"} if whom is not None else (), today)
    told = sorted({who for some in people.values() for who in some})
    rows = [Telling(who, kind, one.key, words, f"/tickets/{one.id}", urgent=True) for who in told]
    tell_many(step.session, rows, step.now)

"""Telling the responsible person what was decided about their ticket."""

from __future__ import annotations

from engine.words import Words
from engine.world import Step
from notifications.outbox import tell
from register.tickets import Ticket


def tell_responsible(step: Step, one: Ticket, kind: str, words: Words, person_id: int | None = None) -> None:
    """Tell whoever is responsible, or was (``person_id``); nobody where nobody is yet."""
    whom = person_id if person_id is not None else one.resp_person_id
    if whom is not None:
        link = f"/tickets/{one.id}"
        tell(step.session, whom, kind=kind, about=one.key, words=words, link=link, now=step.now, urgent=True)

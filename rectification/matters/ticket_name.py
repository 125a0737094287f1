"""How sentences name a ticket: by its number, and by what it is about before its list is frozen."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.text import LocalizedText
from rectification.matters.subjects import subjects
from rectification.matters.ticket import Ticket


def ticket_name(session: Session, ticket: Ticket) -> LocalizedText:
    """Its name within a sentence: an English one never begins with it, a Chinese one goes on behind it."""
    if ticket.number:
        return LocalizedText(f"工单 {ticket.number} ", f"ticket {ticket.number}")
    subject = subjects(session, [ticket.key]).get(ticket.key)
    what = subject.name if subject else LocalizedText(ticket.item, ticket.item)
    return LocalizedText(f"尚未编号的问题（{what.zh}）", f"the issue without a number yet ({what.en})")


def ticket_begins(session: Session, ticket: Ticket) -> LocalizedText:
    """Its name at the beginning of a sentence."""
    name = ticket_name(session, ticket)
    return LocalizedText(name.zh, name.en[0].upper() + name.en[1:])

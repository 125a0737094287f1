"""Incidents (异常): a step that failed left everything as it was, and somebody can read why.

Whatever is raised while one instance, timer, message or start timer is worked on is noted for that one and put off;
everything else goes on.
"""

from __future__ import annotations

import datetime as dt
import traceback
from dataclasses import dataclass

from sqlalchemy import Table, insert, update
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.clock import written_at
from engine.diagrams.tokens import Stuck
from engine.errors import DomainError
from engine.host import CLOCK, SYSTEM, Actor
from engine.instances import store
from engine.schema import incidents
from engine.text import LocalizedText

RETRIES = (dt.timedelta(minutes=1), dt.timedelta(minutes=5), dt.timedelta(minutes=25))
NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


def back_off(now: dt.datetime, attempts: int) -> dt.datetime:
    """When to try again after this many failures; after the last, only a person tries again."""
    return written_at(now) + RETRIES[attempts] if attempts < len(RETRIES) else NEVER


def record_incident(
    session: Session,
    subject: int | str,
    doing: str,
    fault: Exception,
    now: dt.datetime,
    actor: Actor = SYSTEM,
) -> None:
    """Write down what failed, on which element and why, in both languages.

    ``subject`` is the id of the instance, or a key such as ``process:NAME`` where no instance exists.
    """
    words = words_of(fault)
    element, name = _place_of(fault)
    instance = subject if isinstance(subject, int) else None
    key = f"instance:{subject}" if isinstance(subject, int) else subject
    row = {
        "instance_id": instance,
        "subject": key,
        "element": element[:200],
        "name": storable(name[:300]),
        "doing": doing,
        "words_zh": words.zh,
        "words_en": words.en,
        "detail": storable("".join(traceback.format_exception(fault))[-4000:]),
        "happened_at": written_at(now),
    }
    session.execute(insert(incidents), row)
    if instance is not None:
        store.mark_incident(session, instance, True)
    # What is written down must fit its columns: a note that cannot be kept would hold up the queue.
    record(
        session, actor, now, "incident", key[:200], instance=instance, element=element[:200], words=words.zh
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row that waits to be worked on (a timer, a message), and how often that has failed."""

    table: Table
    number: int
    failed: int


def put_off(
    session: Session, attempt: Attempt, subject: int | str, doing: str, fault: Exception, now: dt.datetime
) -> None:
    """A failed attempt left no trace; it is noted as an incident and tried again later, then by a person."""
    again = {"attempts": attempt.failed + 1, "retry_at": back_off(now, attempt.failed)}
    row = attempt.table.c.id == attempt.number
    session.execute(update(attempt.table).where(row).values(**again))
    record_incident(session, subject, doing, fault, now)


def resolve(session: Session, subject: int | str, now: dt.datetime, by: str = CLOCK.name) -> None:
    """What stopped goes on: its open incidents are resolved."""
    about = incidents.c.instance_id if isinstance(subject, int) else incidents.c.subject
    session.execute(
        update(incidents)
        .where(about == subject, incidents.c.resolved_at.is_(None))
        .values(resolved_at=now, resolved_by=by)
    )
    if isinstance(subject, int):
        store.mark_incident(session, subject, False)


def _place_of(fault: Exception) -> tuple[str, str]:
    """The element at which something failed, as far as that is known."""
    if isinstance(fault, Stuck):
        return fault.element, fault.name
    return fault.place if isinstance(fault, DomainError) else ("", "")


def words_of(fault: Exception) -> LocalizedText:
    """Why something failed, as it is told to people."""
    words = getattr(fault, "words", None)
    if isinstance(words, LocalizedText):
        return LocalizedText(storable(words.zh), storable(words.en))
    text = storable(_text_of(fault))
    return LocalizedText(f"内部错误：{text}", f"Internal error: {text}")


def _text_of(fault: Exception) -> str:
    """The name and text of an exception, also of one whose text cannot be made."""
    try:
        return f"{type(fault).__name__}: {fault}"[:500]
    except Exception:
        return type(fault).__name__


def storable(text: str) -> str:
    """Text that both databases store: PostgreSQL refuses NUL, and neither driver encodes lone surrogates."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()

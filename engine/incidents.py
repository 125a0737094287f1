"""Incidents: a step that failed left everything as it was, and somebody can read why."""

from __future__ import annotations

import datetime as dt
import traceback

from sqlalchemy import Table, insert, update
from sqlalchemy.orm import Session

from engine.diagrams.tokens import Stuck
from engine.errors import Refusal
from engine.expressions import ExpressionError
from engine.history import record
from engine.iso import BadTime
from engine.schema import incidents, instances
from engine.words import Words
from engine.world import SYSTEM, Actor

RETRIES = (dt.timedelta(minutes=1), dt.timedelta(minutes=5), dt.timedelta(minutes=25))
FAULTS = (Stuck, ExpressionError, KeyError, Refusal)
"""What may be wrong with one instance; others go on."""
NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


def back_off(now: dt.datetime, attempts: int) -> dt.datetime:
    """When to try again after this many failures; after the last, only a person tries again."""
    return now + RETRIES[attempts] if attempts < len(RETRIES) else NEVER


def record_incident(
    session: Session, instance: int, doing: str, fault: Exception, now: dt.datetime, actor: Actor = SYSTEM
) -> None:
    """Write down what failed, on which element and why, in words; ``instance`` 0: it could not even start."""
    words = words_of(fault)
    element, name = _place_of(fault)
    if not instance:
        record(session, actor, now, "start_failed", "process:", element=element, words=words.zh)
        return
    row = {
        "instance_id": instance,
        "element": element,
        "name": name,
        "doing": doing,
        "words_zh": words.zh,
        "words_en": words.en,
        "detail": "".join(traceback.format_exception(fault))[-4000:],
        "happened_at": now,
    }
    session.execute(insert(incidents), row)
    session.execute(update(instances).where(instances.c.id == instance).values(incident=True))
    record(
        session,
        actor,
        now,
        "incident",
        f"instance:{instance}",
        instance=instance,
        element=element,
        words=words.zh,
    )


def put_off(
    session: Session,
    table: Table,
    number: int,
    attempts: int,
    instance: int,
    doing: str,
    fault: Exception,
    now: dt.datetime,
) -> None:
    """A failed attempt left no trace; it is noted as an incident and tried again later, then by a person."""
    again = {"attempts": attempts + 1, "retry_at": back_off(now, attempts)}
    session.execute(update(table).where(table.c.id == number).values(**again))
    record_incident(session, instance, doing, fault, now)


def _place_of(fault: Exception) -> tuple[str, str]:
    """The element at which something failed, as far as that is known."""
    if isinstance(fault, Stuck):
        return fault.element, fault.name
    return fault.place if isinstance(fault, Refusal) else ("", "")


def words_of(fault: Exception) -> Words:
    """Why something failed, as it is told to people."""
    if isinstance(fault, (Stuck, Refusal, ExpressionError, BadTime)):
        return fault.words
    return Words(f"内部错误：{fault}", f"Internal error: {fault}")

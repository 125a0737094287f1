"""Preferences: which way a person is told of what, and when they are left in peace."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ForeignKey, String, case, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import BigId
from engine.text import LocalizedText
from notifications.notices import Model, Notice

MATTERS: Final[dict[str, LocalizedText]] = {
    "work": LocalizedText("新的事项", "New work"),
    "deadline": LocalizedText("期限、催办和逾期", "Deadlines, nudges and what is late"),
    "decision": LocalizedText("审批结果和其他", "Decisions and everything else"),
}
_KINDS: Final = {
    "work": ("offered",),
    "deadline": ("reminder", "escalated", "nudged", "stepped_up", "unvisited", "rescheduled"),
}


class NotificationPreference(Model):
    """How one person is told of one sort of matter; without a row: by mail and on their devices."""

    __tablename__ = "notification_preferences"

    person_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    matter: Mapped[str] = mapped_column(String(20), primary_key=True)
    mail: Mapped[bool] = mapped_column(default=True)
    devices: Mapped[bool] = mapped_column(default=True)
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("endpoints.id"), index=True)


class NotificationHours(Model):
    """When one person is told; times are those of the installation's zone. Without a row: what is not urgent once a day."""

    __tablename__ = "notification_hours"

    person_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    quiet_from: Mapped[dt.time | None]
    quiet_until: Mapped[dt.time | None]
    digest_at: Mapped[dt.time | None] = mapped_column(comment="none: with every round of delivery")


def matter_of() -> ColumnElement[str]:
    """The matter of a notice, in SQL."""
    return case(
        *((Notice.kind.in_(kinds), literal(matter)) for matter, kinds in _KINDS.items()),
        else_=literal("decision"),
    )


def preferences_of(session: Session, person: int) -> dict[str, NotificationPreference]:
    """A person's preferences, one for each matter."""
    own = {
        row.matter: row
        for row in session.scalars(
            select(NotificationPreference).where(NotificationPreference.person_id == person)
        )
    }
    return {
        matter: own.get(matter)
        or NotificationPreference(person_id=person, matter=matter, mail=True, devices=True)
        for matter in MATTERS
    }


@dataclass(frozen=True, slots=True)
class Peace:
    """Until when one delivery waits for its reader's sake."""

    zone: ZoneInfo

    def until(self, row: Any, now: dt.datetime) -> dt.datetime | None:
        """None when it may go now. ``row`` has the habit's columns, ``digest_key`` and the notice's ``at``."""
        local = now.astimezone(self.zone)
        waits = [_end_of_quiet(local, row.quiet_from, row.quiet_until)]
        if row.digest_key and row.digest_at is not None and not row.message_id:
            waits.append(_next(row.at.astimezone(self.zone), row.digest_at))
        later = [at for at in waits if at is not None and at > local]
        return max(later).astimezone(dt.UTC) if later else None


def _end_of_quiet(local: dt.datetime, since: dt.time | None, until: dt.time | None) -> dt.datetime | None:
    if since is None or until is None or since == until:
        return None
    clock = local.timetz().replace(tzinfo=None)
    quiet = since <= clock < until if since < until else clock >= since or clock < until
    return _next(local, until) if quiet else None


def _next(after: dt.datetime, clock: dt.time) -> dt.datetime:
    """The next instant at which a clock on the wall shows this time."""
    today = dt.datetime.combine(after.date(), clock, after.tzinfo)
    return (
        today
        if today >= after
        else dt.datetime.combine(after.date() + dt.timedelta(days=1), clock, after.tzinfo)
    )

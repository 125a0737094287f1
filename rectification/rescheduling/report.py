"""What a rescheduling moved, date by date, and what that comes to."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import BigId
from engine.iso import end_of_day
from engine.json import JsonObject, Values, as_int, as_list, as_object, as_text
from engine.text import LocalizedText
from engine.worklist.selectables import candidates, instances, open_work, work_items
from notifications.outbox import NotificationRequest, notify_many
from rectification.calendar.deadlines import latest_due_day, local_day
from rectification.campaigns.model import Campaign
from rectification.core.keys import campaign_key
from rectification.core.model import Id, Model, Name
from rectification.escalation.policy import EscalationStep
from rectification.matters.status import OPEN
from rectification.matters.ticket import Ticket
from rectification.people.deputies import reached

LINES: Final = 60
"""Lines of a report; what many share is one line."""


class RescheduledDate(Model):
    """One date of one piece of running work that moved."""

    __tablename__ = "rescheduled_dates"
    __table_args__ = (Index("ix_rescheduled_dates_rescheduling_id", "rescheduling_id", "id"),)

    id: Mapped[Id]
    rescheduling_id: Mapped[int] = mapped_column(ForeignKey("reschedulings.id"))
    instance_id: Mapped[int] = mapped_column(BigId, ForeignKey("instances.id"))
    kind: Mapped[str] = mapped_column(String(10), comment="work or timer")
    number: Mapped[int] = mapped_column(BigId, comment="of the work item or timer")
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    before: Mapped[dt.datetime | None]
    after: Mapped[dt.datetime | None]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """So many dates of one step that move alike; times are ISO texts."""

    kind: str
    name_zh: str
    name_en: str
    before: str | None
    after: str | None
    count: int


@dataclass(frozen=True, slots=True)
class ReschedulingReport:
    """What moves: figures, and the steps with their dates, those that concern most first.

    ``tickets``: tickets among them; ``work``, ``timers``, ``escalations``: dates of work, clocks of diagrams, and
    reminders and escalations that move along; ``late``: due before now, so they are late or fire at once;
    ``told``: work of which the offices above have been told already; ``beyond``: tickets whose own due date lies
    later than the last day that the campaign leaves for it.
    """

    tickets: int
    work: int
    timers: int
    escalations: int
    late: int
    told: int
    beyond: int
    lines: Sequence[ReportLine]
    more: int

    def as_json(self) -> Values:
        """For keeping."""
        return {**asdict(self), "lines": [asdict(line) for line in self.lines]}


def _line(kept: JsonObject) -> ReportLine:
    before, after = kept["before"], kept["after"]
    return ReportLine(
        kind=as_text(kept["kind"]),
        name_zh=as_text(kept["name_zh"]),
        name_en=as_text(kept["name_en"]),
        before=None if before is None else str(before),
        after=None if after is None else str(after),
        count=as_int(kept["count"]),
    )


def read_report(kept: Mapping[str, object]) -> ReschedulingReport:
    """A report that was kept."""
    figures = ("tickets", "work", "timers", "escalations", "late", "told", "beyond", "more")
    lines = [_line(as_object(line)) for line in as_list(kept["lines"])]
    return ReschedulingReport(lines=lines, **{name: as_int(kept[name]) for name in figures})


def report(
    session: Session, campaign: Campaign, dates: Iterable[RescheduledDate], now: dt.datetime
) -> ReschedulingReport:
    """What it comes to."""
    dates = list(dates)
    counted = Counter((d.kind, d.name_zh, d.name_en, _iso(d.before), _iso(d.after)) for d in dates)
    lines = [ReportLine(*alike, count) for alike, count in counted.most_common()]
    work = [d.number for d in dates if d.kind == "work"]
    return ReschedulingReport(
        tickets=_tickets(session, {d.instance_id for d in dates}),
        work=len(work),
        timers=len(dates) - len(work),
        escalations=_among(session, work, select(func.count()).where(work_items.c.escalation.is_not(None))),
        late=sum(d.after is not None and d.after <= now for d in dates),
        told=_told(session, work),
        beyond=_beyond(session, campaign),
        lines=lines[:LINES],
        more=len(lines[LINES:]),
    )


def _iso(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _chunks(numbers: Iterable[int]) -> Iterable[Sequence[int]]:
    ordered = sorted(numbers)
    return (ordered[first : first + 500] for first in range(0, len(ordered), 500))


def _among(session: Session, numbers: Iterable[int], counting: Any) -> int:
    return sum(session.scalar(counting.where(work_items.c.id.in_(chunk))) or 0 for chunk in _chunks(numbers))


def _told(session: Session, work: Iterable[int]) -> int:
    steps = select(func.count(EscalationStep.work_item_id.distinct())).where(EscalationStep.level > 0)
    return sum(
        session.scalar(steps.where(EscalationStep.work_item_id.in_(chunk))) or 0 for chunk in _chunks(work)
    )


def _tickets(session: Session, running: Iterable[int]) -> int:
    query = select(func.count()).where(instances.c.key.like("ticket:%"))
    return sum(session.scalar(query.where(instances.c.id.in_(chunk))) or 0 for chunk in _chunks(running))


def _beyond(session: Session, campaign: Campaign) -> int:
    last = end_of_day(latest_due_day(campaign), campaign.zone)
    open_ones = Ticket.campaign_id == campaign.id, OPEN, Ticket.due_at > last
    return session.scalar(select(func.count()).select_from(Ticket).where(*open_ones)) or 0


def tell_owners(session: Session, number: int, campaign: Campaign, reason: str, now: dt.datetime) -> None:
    """Each person whose open work has other dates now hears it once, however much it is."""
    counts: Counter[int] = Counter()
    standing = reached(session, owners := _owners(session, number), local_day(now, campaign.zone))
    for owner, count in owners.items():
        counts.update(dict.fromkeys(standing[owner], count))
    rows = [
        NotificationRequest(
            person,
            "rescheduled",
            campaign_key(campaign.id),
            LocalizedText(
                f"“{campaign.name}”期限调整：您有 {count} 项工作的期限随之变化。原因：{reason}",
                f"Dates of “{campaign.name_en}” were moved, and with them those of {count} of your tasks. Why: {reason}",
            ),
            "/",
            dedupe=f"rescheduled:{number}:{person}",
        )
        for person, count in sorted(counts.items())
    ]
    notify_many(session, rows, now)


def _owners(session: Session, number: int) -> dict[str, int]:
    """Each desk with how many of its open pieces of work were moved."""
    mine = (
        select(open_work.c.id, open_work.c.owner)
        .join(RescheduledDate, RescheduledDate.number == open_work.c.id)
        .where(RescheduledDate.rescheduling_id == number, RescheduledDate.kind == "work")
        .subquery()
    )
    own = select(mine.c.owner, func.count()).where(mine.c.owner != "many").group_by(mine.c.owner)
    shared = (
        select(candidates.c.owner, func.count())
        .join(mine, mine.c.id == candidates.c.work_item_id)
        .where(mine.c.owner == "many")
        .group_by(candidates.c.owner)
    )
    counter: Counter[str] = Counter()
    for query in (own, shared):
        counter.update({row[0]: row[1] for row in session.execute(query)})
    return counter

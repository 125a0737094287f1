"""When the rules of an escalation fall due: one arithmetic for sweeps, timelines and rehearsals.

A reminder is a rule before the due date. Where the campaign says so, one that would fall on a day off comes
on the last working day before, by the calendar of the area in which the work lies. What lies at or after the due
date, and the due date itself, never moves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from rectification.calendar.calendar import Calendar, at_same_time, calendar_of, calendars_of
from rectification.campaigns.model import CampaignRow, campaign_rows
from rectification.escalation.policy import EscalationRule
from rectification.matters.timezone import HOME
from rectification.matters.work_scope import read

ON_WORKDAYS: Final = "reminders_on_workdays"
"""The campaign's setting: true when its reminders keep to working days."""


@dataclass(frozen=True, slots=True, eq=False)
class EscalationTimes:
    """How a campaign reckons in an area; ``workdays`` is None where reminders fall on any day."""

    zone: ZoneInfo
    workdays: Calendar | None = None

    def of(
        self, escalation: Sequence[EscalationRule], due_at: dt.datetime, offered_at: dt.datetime
    ) -> list[dt.datetime]:
        """When each rule falls due about work that was offered at some instant.

        The times rise as the table does, so that so many rules are behind an item however its calendar changes.
        """
        result: list[dt.datetime] = []
        for rule in escalation:
            at = due_at + rule.offset
            if self.workdays is not None and at < due_at:
                at = self._on_workday(self.workdays, at, offered_at)
            result.append(max(at, result[-1]) if result else at)
        return result

    def _on_workday(self, workdays: Calendar, at: dt.datetime, offered_at: dt.datetime) -> dt.datetime:
        """The last working day up to an instant, unless the work was not offered by then."""
        day = at.astimezone(self.zone).date()
        if workdays.is_workday(day):
            return at
        before = at_same_time(at, workdays.workdays_before(day, 0), self.zone)
        return before if before > offered_at else at


def passed(
    times: Sequence[dt.datetime], behind: int, offered_at: dt.datetime, now: dt.datetime
) -> tuple[list[int], int, dt.datetime | None]:
    """The rules that are applied now, how many are behind then, and when the next one falls due.

    ``behind`` of them were behind already and never come again; on an escalation that nobody applied yet, those from
    before the work was offered tell nobody, but for the last where no other is left to tell of it.
    """
    due = [place for place in range(behind, len(times)) if times[place] <= now]
    left = due[-1] + 1 if due else behind
    applied = due if behind else [place for place in due if times[place] > offered_at]
    if not applied and left == len(times):
        applied = due[-1:]
    return applied, left, times[left] if left < len(times) else None


class LevelSchedule:
    """How work is reckoned that belongs to several campaigns and areas; what reads alike is one and the same."""

    def __init__(self) -> None:
        self._known: dict[str | None, EscalationTimes] = {}
        self._alike: dict[tuple[str, Sequence[str] | None], EscalationTimes] = {}
        self._campaigns: Mapping[int, CampaignRow] | None = None

    def of(self, session: Session, work_scope: str | None) -> EscalationTimes:
        """How work is reckoned that belongs there."""
        times = self._known.get(work_scope)
        if times is None:
            times = self._known[work_scope] = self._read(session, work_scope)
        return times

    def _read(self, session: Session, work_scope: str | None) -> EscalationTimes:
        number, area = read(work_scope)
        if self._campaigns is None:
            self._campaigns = {row.number: row for row in campaign_rows(session)}
        campaign = self._campaigns.get(number or max(self._campaigns, default=0))
        if campaign is None:
            return EscalationTimes(HOME)
        zone, settings = campaign.zone, campaign.settings
        calendars = calendars_of(session, area or campaign.area) if settings.get(ON_WORKDAYS) else None
        if (zone, calendars) not in self._alike:
            days = calendar_of(session, calendars) if calendars is not None else None
            self._alike[zone, calendars] = EscalationTimes(ZoneInfo(zone), days)
        return self._alike[zone, calendars]


def get_level_times(session: Session, work_scope: str | None) -> EscalationTimes:
    """The same for one piece of work."""
    return LevelSchedule().of(session, work_scope)

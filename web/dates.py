"""Instants as people say them, in the campaign's zone: 9月24日 周二 24:00 前 / Tue 24 Sep, end of day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from engine.text import LocalizedText
from web.i18n import gettext as _
from web.i18n import ngettext, spoken

_WEEKDAYS = "一二三四五六日"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DateFormatter:
    """Says instants to a reader who lives in ``zone`` and reads the page at ``now``."""

    zone: ZoneInfo
    now: dt.datetime

    def day(self, at: dt.datetime | dt.date | None) -> str:
        """9月24日 周二 / Tue 24 Sep; with the year when it is another one."""
        if at is None:
            return ""
        date = at.astimezone(self.zone).date() if isinstance(at, dt.datetime) else at
        year = "" if date.year == self.today.year else str(date.year)
        if spoken() == "zh":
            return f"{year}{'年' if year else ''}{date.month}月{date.day}日 周{_WEEKDAYS[date.weekday()]}"
        return f"{date:%a} {date.day} {date:%b}{' ' if year else ''}{year}"

    def minute(self, at: dt.datetime | None) -> str:
        """9月24日 周二 14:05 / Tue 24 Sep, 14:05"""
        if at is None:
            return ""
        clock = f"{at.astimezone(self.zone):%H:%M}"
        return f"{self.day(at)} {clock}" if spoken() == "zh" else f"{self.day(at)}, {clock}"

    def in_both(self, at: dt.datetime) -> LocalizedText:
        """The same in both languages, for answers to programs."""
        local = at.astimezone(self.zone)
        year = f"{local.year}年" if local.year != self.today.year else ""
        zh = f"{year}{local.month}月{local.day}日 {local:%H:%M}"
        return LocalizedText(
            zh, f"{local:%a} {local.day} {local:%b}{f' {local.year}' if year else ''}, {local:%H:%M}"
        )

    def due(self, at: dt.datetime | None) -> str:
        """A deadline: the end of a day is said as such."""
        if at is None:
            return _("no deadline")
        if self._ends_a_day(at):
            day = self.day(self.last_day(at))
            return f"{day} 24:00 前" if spoken() == "zh" else f"{day}, end of day"
        clock = f"{at.astimezone(self.zone):%H:%M}"
        return f"{self.day(at)} {clock} 前" if spoken() == "zh" else f"{self.day(at)}, by {clock}"

    @staticmethod
    def read(text: str) -> dt.datetime:
        """An instant out of its ISO text."""
        return dt.datetime.fromisoformat(text)

    def left(self, at: dt.datetime | None) -> str:
        """How far away a deadline is: 还有 3 天 / 3 days left / 逾期 2 天."""
        if at is None:
            return ""
        if at < self.now:
            return self._late(self.now - at)
        days = (self.last_day(at) - self.today).days
        if days == 0:
            return _("due today")
        if days == 1:
            return _("due tomorrow")
        return ngettext("%(num)s day left", "%(num)s days left", days) % {"num": days}

    @staticmethod
    def _late(by: dt.timedelta) -> str:
        days = max(1, -(-by // _DAY))
        return ngettext("%(num)s day overdue", "%(num)s days overdue", days) % {"num": days}

    def urgency(self, at: dt.datetime | None) -> str:
        """overdue, today, week, later: groups of the desk and colours of the marks."""
        if at is None:
            return "later"
        if at < self.now:
            return "overdue"
        days = (self.last_day(at) - self.today).days
        return "today" if days == 0 else "week" if days <= 7 else "later"

    @property
    def today(self) -> dt.date:
        """The day that it is in the campaign's zone."""
        return self.now.astimezone(self.zone).date()

    def last_day(self, at: dt.datetime) -> dt.date:
        """The day that a deadline allows; midnight ends the day before."""
        local = at.astimezone(self.zone)
        return (local - dt.timedelta(microseconds=1)).date() if self._is_midnight(local) else local.date()

    def _ends_a_day(self, at: dt.datetime) -> bool:
        local = at.astimezone(self.zone)
        return self._is_midnight(local) or (local.hour, local.minute) == (23, 59)

    @staticmethod
    def _is_midnight(local: dt.datetime) -> bool:
        return local.time() == dt.time()

    def stamp(self, at: dt.datetime) -> str:
        """For machines: the ISO text of a <time> element."""
        return at.astimezone(self.zone).isoformat(timespec="seconds")

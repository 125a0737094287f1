"""A calendar of somebody's deadlines (iCalendar, RFC 5545), for the calendar program of their phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from icalendar import TRANSP, Calendar, Event

_HOUR: Final = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One deadline."""

    number: int
    title: str
    place: str
    due_at: dt.datetime
    link: str


def feed(name: str, entries: Iterable[Entry], now: dt.datetime) -> bytes:
    """The whole calendar. A deadline is an instant that takes no time of the day."""
    calendar = Calendar()  # Calendar.new would give it another UID at each reading
    calendar.add("PRODID", "-//Huitoukan//Deadlines//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    calendar.calendar_name = _lines(name)
    calendar.add("REFRESH-INTERVAL", _HOUR, {"VALUE": "DURATION"})  # the type must be named (RFC 7986, 5.7)
    for entry in entries:
        calendar.add_component(_event(entry, now))
    content: bytes = calendar.to_ical()
    return content


def _event(entry: Entry, now: dt.datetime) -> Event:
    return Event.new(
        uid=f"work-item-{entry.number}@huitoukan",
        stamp=now,
        start=entry.due_at.astimezone(dt.UTC),
        summary=_lines(entry.title),
        description=_lines(entry.place),
        url=entry.link,
        transparency=TRANSP.TRANSPARENT,
    )


def _lines(text: str) -> str:
    """With line feeds alone, the only ones of Unicode's line ends that the library escapes."""
    return "\n".join(text.splitlines())

"""A calendar of somebody's deadlines (iCalendar, RFC 5545), for the calendar program of their phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_FOLD: Final = 74
"""Bytes of a line before it is folded: 75 with the space in front."""


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
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Huitoukan//Deadlines//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    for entry in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:work-item-{entry.number}@huitoukan",
            f"DTSTAMP:{_instant(now)}",
            f"DTSTART:{_instant(entry.due_at)}",
            f"SUMMARY:{_text(entry.title)}",
            f"DESCRIPTION:{_text(entry.place)}",
            f"URL:{entry.link}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _instant(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(escaped.splitlines())


def _folded(line: str) -> bytes:
    """No line is longer than 75 bytes, and no character is cut in two."""
    found, piece = b"", b""
    for letter in line:
        data = letter.encode()
        if len(piece) + len(data) > _FOLD:
            found += piece + b"\r\n "
            piece = b""
        piece += data
    return found + piece + b"\r\n"

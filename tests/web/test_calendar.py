"""My deadlines under a secret address, as calendar programs read them."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from icalendar import Calendar

from tests.web.application import HELPER, start_visit
from tests.web.conftest import Street
from web.calendars.feed import Entry, feed

CHINA = ZoneInfo("Asia/Shanghai")


def address_of(page: str) -> str:
    found = re.search(r'id="address">http://testserver(/calendar/[^<]+)<', page)
    assert found is not None
    return found[1]


def test_whoever_has_the_address_reads_the_deadlines_until_there_is_a_new_one(street: Street) -> None:
    item = start_visit(street.application)
    browser = street.person(HELPER)
    address = address_of(browser.post("/me/calendar").text)
    assert address not in browser.get("/me/calendar").text
    program = street.stranger()
    answer = program.get(address)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "\r\nSUMMARY:入户并填写排查表\r\n" in answer.text
    assert "\r\nDTSTART:20190913T155959Z\r\n" in answer.text
    assert f"\r\nURL:http://testserver/work-items/{item}\r\n" in answer.text
    renewed = address_of(browser.post("/me/calendar").text)
    assert program.get(address).status_code == 404
    assert program.get(renewed).status_code == 200
    browser.post("/me/calendar/forget")
    assert program.get(renewed).status_code == 404
    assert program.get("/calendar/none.ics").status_code == 404


def test_no_line_is_too_long_and_no_text_breaks_out() -> None:
    at = dt.datetime(2019, 9, 24, 16, 0, tzinfo=dt.UTC)
    title = "整改，问题;" * 30 + "\r\nEND:VCALENDAR,\\\u2028\x0bx"
    content = feed("回头看", [Entry(1, title, "", at.astimezone(CHINA), "http://x/")], at)
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert lines.count(b"END:VCALENDAR") == 1
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert len(content.decode().splitlines()) == len(lines) - 1
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert b"METHOD:PUBLISH" in lines
    assert content == feed("回头看", [Entry(1, title, "", at, "http://x/")], at)
    calendar = Calendar.from_ical(content)
    (event,) = calendar.events
    assert calendar.calendar_name == "回头看"
    assert event["SUMMARY"] == "\n".join(title.splitlines())
    assert (event.start, event.stamp, event.uid) == (at, at, "work-item-1@huitoukan")
    assert b"DTSTART:20190924T160000Z" in lines
    assert (event["TRANSP"], event.url) == ("TRANSPARENT", "http://x/")


def test_a_calendar_without_deadlines_is_a_calendar() -> None:
    now = dt.datetime(2019, 9, 24, 16, 0, tzinfo=dt.UTC)
    assert Calendar.from_ical(feed("回头看", [], now)).events == []

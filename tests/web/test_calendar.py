"""My deadlines under a secret address, as calendar programs read them."""

from __future__ import annotations

import datetime as dt
import re

from tests.web.application import HELPER, start_visit
from tests.web.conftest import Street
from web.calendars.feed import Entry, feed


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
    title = "整改，问题;" * 30 + "\r\nEND:VCALENDAR,\\"
    found = feed("回头看", [Entry(1, title, "", at, "http://x/")], at)
    lines = found.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert lines.count(b"END:VCALENDAR") == 1
    assert b"\n" not in found.replace(b"\r\n", b"")
    joined = found.replace(b"\r\n ", b"").decode()
    summary = next(line for line in joined.split("\r\n") if line.startswith("SUMMARY:"))
    plain = summary.removeprefix("SUMMARY:").replace("\\n", "\n").replace("\\;", ";").replace("\\,", ",")
    assert plain.replace("\\\\", "\\") == title.replace("\r\n", "\n")

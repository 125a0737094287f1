"""A change of dates whose looking or moving failed: said on its page, and tried again from there."""

from __future__ import annotations

import datetime as dt

import pytest

from rectification.core.jobs import Run
from rectification.people.posts import Post
from rectification.process.job_registry import WORKS
from tests.web.application import COUNTY, HELPER, STRANGER, start_visit
from tests.web.conftest import Street

DAYS = {"first": "2019-09-12", "kind": "holiday", "name": "汛期", "reason": "防汛"}


def fails(_run: Run) -> None:
    raise ValueError("on purpose")


def failing(street: Street, kind: str) -> None:
    with pytest.MonkeyPatch.context() as broken:
        broken.setitem(WORKS, kind, fails)
        street.do_jobs()


def city_office(street: Street) -> None:
    with street.application.database.writing() as session:
        post = Post(person_id=STRANGER, role="city_office", scope="341200", since=dt.date(2019, 1, 1))
        post.area_code = "341200"
        session.add(post)


def test_a_calendar_change_that_failed_is_tried_again_or_dropped(street: Street) -> None:
    start_visit(street.application)
    county = street.person(COUNTY)
    place = county.post("/calendars/341226/days", DAYS).headers["location"]
    assert county.post(f"{place}/look").status_code == 409, "being worked on"
    failing(street, "look_at_dates")
    page = county.get(place).text
    assert "影响没有测算成功" in page
    assert f'action="{place}/drop"' in page
    assert f'action="{place}/application"' not in page
    assert county.post(f"{place}/look").status_code == 303
    street.do_jobs()
    assert "没有测算成功" not in county.get(place).text
    assert county.post(f"{place}/application").status_code == 303
    failing(street, "move_dates")
    page = county.get(place).text
    assert "期限没有全部调整" in page
    assert f'action="{place}/drop"' not in page, "the calendar has changed"
    assert county.post(f"{place}/look").status_code == 303
    street.do_jobs()
    assert "没有全部调整" not in county.get(place).text
    assert 'data-state="done"' in county.get("/reschedulings/1").text
    assert county.post(f"{place}/look").status_code == 409, "everything is done"


def test_moved_milestones_that_failed_are_tried_again(street: Street) -> None:
    city_office(street)
    start_visit(street.application)
    office = street.person(STRANGER)
    fields = {"reason": "防汛", "day-visits": "2019-09-14"}
    for name, day in (("list", 16), ("reverify", 24), ("explanation", 24), ("closing", 30)):
        fields[f"day-{name}"] = f"2019-09-{day}"
    place = office.post("/campaigns/1/dates", fields).headers["location"]
    failing(street, "look_at_dates")
    assert "影响没有测算成功" in office.get(place).text
    office.post(f"{place}/look")
    street.do_jobs()
    office.post(f"{place}/application")
    failing(street, "move_dates")
    assert "期限没有全部调整" in office.get(place).text
    assert f'action="{place}/drop"' not in office.get(place).text
    office.post(f"{place}/look")
    street.do_jobs()
    assert 'data-state="done"' in office.get(place).text


def test_a_program_goes_on_with_a_calendar_change_that_failed(street: Street) -> None:
    start_visit(street.application)
    county, day = street.program(COUNTY), {"day": "2019-09-12", "kind": "holiday", "name": "汛期"}
    proposal = {"days": [day], "reason": "防汛"}
    place = f"/api/v1/calendar-changes/{county.post('/api/v1/calendars/341226/changes', json=proposal).json()['id']}"
    assert county.post(f"{place}/look").status_code == 409, "being worked on"
    failing(street, "look_at_dates")
    found = county.get(place).json()
    assert (found["failed"], found["ready"]) == (True, False)
    assert not county.post(f"{place}/look").json()["failed"]
    street.do_jobs()
    assert county.get(place).json()["ready"]
    county.post(f"{place}/application")
    failing(street, "move_dates")
    assert county.get(place).json()["failed"]
    assert county.delete(place).status_code == 409, "the calendar has changed"
    assert county.post(f"{place}/look").status_code == 202
    street.do_jobs()
    assert not county.get(place).json()["failed"]
    assert county.get("/api/v1/reschedulings/1").json()["state"] == "done"
    other = county.post(
        "/api/v1/calendars/341226/changes", json={"days": [day | {"kind": None}], "reason": "x"}
    )
    place = f"/api/v1/calendar-changes/{other.json()['id']}"
    assert street.program(HELPER).delete(place).status_code == 403
    assert county.delete(place).status_code == 204
    assert county.get(place).json()["state"] == "dropped"


def test_a_program_reads_why_moving_milestones_failed(street: Street) -> None:
    city_office(street)
    start_visit(street.application)
    city = street.program(STRANGER)
    proposal = {"milestones": {"visits": {"day": "2019-09-14"}}, "reason": "汛期"}
    place = (
        f"/api/v1/reschedulings/{city.post('/api/v1/campaigns/1/reschedulings', json=proposal).json()['id']}"
    )
    assert city.get(place).json()["failure"] is None
    failing(street, "look_at_dates")
    found = city.get(place).json()
    assert (found["state"], set(found["failure"])) == ("looking", {"zh", "en"})
    assert city.post(f"{place}/look").json()["failure"] is None
    street.do_jobs()
    city.post(f"{place}/application")
    failing(street, "move_dates")
    assert "It failed and was logged" in city.get(place).json()["failure"]["en"]
    assert city.delete(place).status_code == 409, "the milestones have moved"
    city.post(f"{place}/look")
    street.do_jobs()
    assert (city.get(place).json()["state"], city.get(place).json()["failure"]) == ("done", None)
    proposal["milestones"] = {"closing": {"day": "2019-10-08"}}
    place = (
        f"/api/v1/reschedulings/{city.post('/api/v1/campaigns/1/reschedulings', json=proposal).json()['id']}"
    )
    assert street.program(COUNTY).delete(place).status_code == 403
    assert city.delete(place).status_code == 204
    assert city.post(f"{place}/application").status_code == 409

"""The working calendar in the pages: looked at, changed by hand and out of a file, with what moves shown first."""

from __future__ import annotations

import datetime as dt

from rectification.calendar.holidays import EVERYWHERE, add_announced
from rectification.people.posts import INSTALLATION, Post
from tests.web.application import ADMIN, COUNTY, HELPER, STRANGER
from tests.web.conftest import Street

FILE = "日期,安排,名称\n2027-01-01,放假,元旦\n2027-01-03,班,元旦\n"


def test_days_are_changed_once_it_is_known_what_they_move(street: Street) -> None:
    with street.application.database.writing() as session:
        post = Post(person_id=STRANGER, role="city_office", scope="341200", since=dt.date(2019, 1, 1))
        post.area_code = "341200"
        session.add(post)
    city = street.person(STRANGER)
    assert "工作日历" in city.get("/calendars?area=341200&year=2019").text
    assert "2027年放假安排尚未公布" in city.get("/calendars?area=CN&year=2027").text
    wrong = city.post("/calendars/341200/days", {"first": "2019-09-16", "kind": "holiday", "year": "2019"})
    assert wrong.status_code == 422
    assert "请写明是什么日子" in wrong.text
    assert "请写明理由" in wrong.text
    assert 'value="2019-09-16"' in wrong.text
    fields = {
        "first": "2019-09-16",
        "last": "2019-09-17",
        "kind": "holiday",
        "name": "汛期补休",
        "reason": "防汛",
    }
    assert street.person(COUNTY).post("/calendars/341200/days", fields).status_code == 403
    assert street.person(HELPER).get("/calendars").status_code == 403
    place = city.post("/calendars/341200/days", fields).headers["location"]
    assert "hx-get" in city.get(place).text
    assert city.post(f"{place}/application").status_code == 409
    street.do_jobs()
    page = city.get(place).text
    assert "<s>按星期上班</s> → <strong>放假（汛期补休）</strong>" in page
    assert city.post("/reschedulings/1/application").status_code == 409
    assert city.post(f"{place}/application").status_code == 303
    street.do_jobs()
    assert "已生效" in city.get(place).text
    assert "汛期补休" in street.person(COUNTY).get("/calendars?area=341226&year=2019").text
    assert "汛期补休" not in city.get("/calendars?area=CN&year=2019").text
    again = city.post("/calendars/341200/days", fields)
    assert "日历上已经是这样" in again.text


def test_a_change_strikes_out_what_held_before_by_whichever_calendar(street: Street) -> None:
    with street.application.database.writing() as session:
        add_announced(session)
    county, days = street.person(COUNTY), {"first": "2019-09-13", "reason": "防汛"}
    place = county.post("/calendars/341226/days", {**days, "kind": "makeup", "name": "抢收"}).headers[
        "location"
    ]
    page = county.get(place).text
    assert "<s>放假（中秋，全国日历）</s> → <strong>调休上班（抢收）</strong>" in page
    street.do_jobs()
    county.post(f"{place}/application")
    back = county.post("/calendars/341226/days", {**days, "kind": ""}).headers["location"]
    page = county.speaks("en").get(back).text
    assert (
        "<s>Working day (抢收)</s> → <strong>Day off (Mid-autumn Festival, national calendar)</strong>"
        in page
    )
    weekend = {"first": "2019-09-21", "reason": "防汛", "kind": "makeup", "name": "抢收"}
    page = county.get(county.post("/calendars/341226/days", weekend).headers["location"]).text
    assert "<s>Day off by its weekday</s> → " in page


def test_whoever_keeps_a_calendar_sees_date_by_date_what_it_moves(street: Street) -> None:
    fields = {"first": "2019-09-16", "kind": "holiday", "name": "汛期补休", "reason": "防汛"}
    county = street.person(COUNTY)
    place = county.post("/calendars/341226/days", fields).headers["location"]
    street.do_jobs()
    assert county.get(place).status_code == 200
    assert "防汛" in county.get("/reschedulings/1").text
    assert county.post("/reschedulings/1/drop").status_code == 403, "the campaign is another office's"
    assert street.program(COUNTY).get("/api/v1/reschedulings/1").status_code == 200
    assert street.person(HELPER).get("/reschedulings/1").status_code == 403


def test_a_file_and_what_was_announced_are_taken_over(street: Street) -> None:
    with street.application.database.writing() as session:
        session.add(Post(person_id=STRANGER, role="admin", scope=INSTALLATION, since=dt.date(2019, 1, 1)))
    admin = street.person(STRANGER)
    for content, words in ((FILE.replace("班", "加班"), "第 3 行"), ("没有表头\n", "没有找到表头")):
        wrong = admin.client.post(
            "/calendars/CN/file", data={"_csrf": admin.csrf}, files={"file": ("2027.csv", content.encode())}
        )
        assert wrong.status_code == 422
        assert words in wrong.text
    undated = admin.speaks("en").post("/calendars/CN/days", {"year": "2027"})
    assert "Give the date as year-month-day." in undated.text
    admin.speaks("zh")
    sent = admin.client.post(
        "/calendars/CN/file", data={"_csrf": admin.csrf}, files={"file": ("2027.csv", FILE.encode())}
    )
    place = sent.headers["location"]
    street.do_jobs()
    admin.post(f"{place}/application")
    page = admin.speaks("en").get("/calendars?area=CN&year=2027").text
    assert "New Year&#39;s Day" in page
    assert "not announced" not in page
    assert "Take them over" in admin.get("/calendars?area=CN&year=2026").text
    place = admin.post("/calendars/CN/announced", {"year": "2026"}).headers["location"]
    street.do_jobs()
    admin.post(f"{place}/application")
    assert "Take them over" not in admin.get("/calendars?area=CN&year=2026").text


def test_a_program_changes_a_calendar(street: Street) -> None:
    with street.application.database.writing() as session:
        session.add(Post(person_id=STRANGER, role="admin", scope=INSTALLATION, since=dt.date(2019, 1, 1)))
    program, day = street.program(STRANGER), {"day": "2019-09-16", "kind": "holiday", "name": "防汛"}
    proposal = {"days": [day], "reason": "防汛"}
    assert street.program(COUNTY).post("/api/v1/calendars/CN/changes", json=proposal).status_code == 403
    twice = program.post("/api/v1/calendars/CN/changes", json={**proposal, "days": [day, day]})
    assert list(twice.json()["problems"]) == ["days"]
    found = program.post("/api/v1/calendars/CN/changes", json=proposal).json()
    place = f"/api/v1/calendar-changes/{found['id']}"
    assert not found["ready"]
    street.do_jobs()
    assert program.get(place).json()["ready"]
    assert program.post(f"{place}/application").json()["state"] == "applied"
    year = street.program(HELPER).get("/api/v1/calendars/341226/2019").json()
    assert year["days"] == [{**day, "area": "CN"}]


def test_the_calendar_of_the_country_is_changed_by_the_administrator_of_the_installation_alone(
    street: Street,
) -> None:
    since = dt.date(2019, 1, 1)
    with street.application.database.writing() as session:
        add_announced(session)
        session.add(Post(person_id=STRANGER, role="admin", scope=INSTALLATION, since=since))
        city = Post(person_id=HELPER, role="city_office", scope="341200", area_code="341200", since=since)
        session.add(city)
    fields = {"first": "2019-09-16", "kind": "holiday", "name": "汛期补休", "reason": "防汛"}
    proposal = {"days": [{"day": "2019-09-16", "kind": "holiday", "name": "汛期补休"}], "reason": "防汛"}
    root = street.person(STRANGER)
    place = root.post(f"/calendars/{EVERYWHERE}/days", fields).headers["location"]
    street.do_jobs()
    number = place.rsplit("/", 1)[1]
    for who in (HELPER, COUNTY, ADMIN):
        office, program = street.person(who), street.program(who)
        assert f"/calendars/{EVERYWHERE}/days" not in office.get(f"/calendars?area={EVERYWHERE}").text
        for path in ("days", "announced"):
            sent = {**fields, "year": "2018"}
            assert office.post(f"/calendars/{EVERYWHERE}/{path}", sent).status_code == 403, (who, path)
        for act in ("application", "look", "drop"):
            assert office.post(f"{place}/{act}").status_code == 403, (who, act)
        assert office.get(place).status_code == 403
        assert program.post(f"/api/v1/calendars/{EVERYWHERE}/changes", json=proposal).status_code == 403
        assert program.post(f"/api/v1/calendar-changes/{number}/application").status_code == 403
        assert program.delete(f"/api/v1/calendar-changes/{number}").status_code == 403
    assert root.post(f"{place}/application").status_code == 303
    assert "汛期补休" in street.person(COUNTY).get("/calendars?area=341226&year=2019").text
    assert root.post("/calendars/341226/days", fields).status_code == 403, "an area keeps its own"

"""Moving milestones in the pages and by a program."""

from __future__ import annotations

import datetime as dt

from rectification.people.posts import Post
from tests.web.application import COUNTY, HELPER, STRANGER, TOWN, start_visit
from tests.web.conftest import Street


def city_office(street: Street) -> None:
    with street.application.database.writing() as session:
        post = Post(person_id=STRANGER, role="city_office", scope="341200", since=dt.date(2019, 1, 1))
        post.area_code = "341200"
        session.add(post)


def test_an_office_sees_what_would_move_and_then_moves_it(street: Street) -> None:
    start_visit(street.application)
    city_office(street)
    office = street.person(STRANGER)
    assert street.person(COUNTY).get("/campaigns/1/dates").status_code == 403
    page = office.get("/campaigns/1/dates").text
    assert 'name="day-visits" value="2019-09-13"' in page
    fields = {"reason": "汛期道路中断"}
    for name, day in (("visits", 15), ("list", 16), ("reverify", 24), ("explanation", 24), ("closing", 30)):
        fields |= {f"day-{name}": f"2019-09-{day}", f"cutoff-{name}": ""}
    wrong = office.post("/campaigns/1/dates", {**fields, "day-visits": "2019-09-01"})
    assert wrong.status_code == 422
    assert "不能改到已经过去的时间" in wrong.text
    assert 'value="2019-09-01"' in wrong.text
    answer = office.post("/campaigns/1/dates", {**fields, "cutoff-visits": "18:00"})
    place = answer.headers["location"]
    assert "hx-get" in office.get(place).text
    street.do_jobs()
    page = office.get(f"{place}?_block=list", **{"hx-request": "true"}).text
    assert "9月13日 周五 24:00 前</s>" in page
    assert "<strong>9月15日 周日 18:00 前" in page
    assert "9月13日 周五 24:00 前" in street.person(HELPER).get("/work-items/1").text
    assert office.post(f"{place}/application").status_code == 303
    street.do_jobs()
    assert "已调整的期限" in office.speaks("zh").get(place).text
    assert "What was moved" in office.speaks("en").get(place).text
    assert "9月15日 周日 18:00 前" in street.person(HELPER).get("/work-items/1").text
    assert "汛期道路中断" in street.person(HELPER).get("/households/1").text
    assert office.post(f"{place}/application").status_code == 409
    assert "汛期道路中断" in office.speaks("zh").get("/campaigns/1").text
    place = office.post("/campaigns/1/dates", {**fields, "cutoff-visits": "17:00"}).headers["location"]
    street.do_jobs()
    assert "重新测算" not in office.get(place).text
    street.application.clock.push_by(dt.timedelta(days=1))
    assert "重新测算" in office.get(place).text
    assert "测算已过时" in office.get("/campaigns/1").text
    assert office.post(f"{place}/look").headers["location"] == place
    street.do_jobs()
    assert "重新测算" not in office.get(place).text
    assert office.post(f"{place}/drop").status_code == 303
    street.do_jobs()
    assert office.post(f"{place}/application").status_code == 409


def test_a_program_moves_milestones_too(street: Street) -> None:
    start_visit(street.application)
    city_office(street)
    program = street.program(STRANGER)
    proposal = {"milestones": {"visits": {"day": "2019-09-14"}}, "reason": "汛期"}
    assert street.program(COUNTY).post("/api/v1/campaigns/1/reschedulings", json=proposal).status_code == 403
    assert program.get("/api/v1/campaigns/1/milestones").json()["milestones"]["visits"]["day"] == "2019-09-13"
    unknown = {**proposal, "milestones": {"easter": {"day": "2019-09-14"}}}
    refused = program.post("/api/v1/campaigns/1/reschedulings", json=unknown)
    assert (refused.status_code, list(refused.json()["problems"])) == (422, ["easter"])
    found = program.post("/api/v1/campaigns/1/reschedulings", json=proposal).json()
    assert (found["state"], found["report"]) == ("looking", None)
    street.do_jobs()
    place = f"/api/v1/reschedulings/{found['id']}"
    found = program.get(place).json()
    assert (found["state"], found["report"]["work"]) == ("ready", 1)
    assert program.post(f"{place}/application").status_code == 202
    street.do_jobs()
    assert program.get(place).json()["state"] == "done"
    assert program.get("/api/v1/campaigns/1/milestones").json()["milestones"]["visits"]["day"] == "2019-09-14"


def test_an_office_changes_the_due_date_of_one_ticket_after_it_saw_what_moves(street: Street) -> None:
    helper, county = street.person(HELPER), street.person(COUNTY)
    assert "/tickets/1/due" not in helper.get("/tickets/1").text
    assert helper.get("/tickets/1/due").status_code == 403
    assert "/tickets/1/due" in county.get("/tickets/1").text
    town = street.person(TOWN)  # is responsible itself
    assert "/tickets/1/due" not in town.get("/tickets/1").text
    assert town.get("/tickets/1/due").status_code == 403
    wrong = county.post("/tickets/1/due", {"due": "2019-09-01", "reason": ""})
    assert wrong.status_code == 422
    assert "不能早于今天" in wrong.text
    fields = {"due": "2019-09-23", "reason": "药品缺货"}
    looked = county.post("/tickets/1/due", fields)
    assert 'name="seen" value="2019-09-23"' in looked.text
    assert "9月21日" in county.get("/tickets/1").text
    other = county.post("/tickets/1/due", {**fields, "seen": "2019-09-22"})
    assert 'name="seen" value="2019-09-23"' in other.text
    assert county.post("/tickets/1/due", {**fields, "seen": "2019-09-23"}).status_code == 303
    page = county.get("/tickets/1").text
    assert "9月23日" in page
    assert "药品缺货" in page
    assert "药品缺货" in helper.get("/notices").text
    program = street.program(COUNTY)
    proposal = {"due": "2019-09-22", "reason": "药品已到货", "preview": True}
    assert program.post("/api/v1/tickets/1/due", json=proposal).json() == {"moves": []}
    assert program.get("/api/v1/tickets/1").json()["due_at"].startswith("2019-09-23")
    assert program.post("/api/v1/tickets/1/due", json={**proposal, "preview": False}).status_code == 200
    assert program.get("/api/v1/tickets/1").json()["due_at"].startswith("2019-09-22")


def test_a_ticket_is_suspended_where_the_campaign_allows_it(street: Street) -> None:
    city_office(street)
    city, county = street.person(STRANGER), street.person(COUNTY)
    fields = {"until": "2019-09-04", "pause_reason": "山洪断路"}
    assert "暂停计时" not in county.get("/tickets/1/due").text
    assert county.post("/tickets/1/suspension", fields).status_code == 409
    assert city.post("/campaigns/1/suspensions", {"allowed": "yes"}).status_code == 303
    assert "暂停计时" in county.get("/tickets/1/due").text
    wrong = county.post("/tickets/1/suspension", {"until": "2019-09-02", "pause_reason": ""})
    assert wrong.status_code == 422
    assert "请填写今天之后的日期" in wrong.text
    assert county.post("/tickets/1/suspension", fields).status_code == 303
    page = county.get("/tickets/1").text
    assert "计时暂停至9月4日" in page
    assert "9月23日" in page
    program = street.program(COUNTY)
    assert (
        program.post("/api/v1/tickets/1/suspension", json={"until": "2019-09-05", "reason": "x"}).status_code
        == 409
    )
    assert county.post("/tickets/1/suspension/end", {"pause_reason": "已通"}).status_code == 303
    assert "计时暂停至" not in county.get("/tickets/1").text
    assert program.get("/api/v1/tickets/1").json()["due_at"].startswith("2019-09-21")

"""Standing in, as both see it in the pages."""

from __future__ import annotations

from rectification.evidence.model import Evidence
from tests.web.application import HELPER, LEAD, STRANGER, TOWN, start_visit
from tests.web.conftest import Street
from tests.web.test_evidence import picture, send


def test_a_deputy_is_named_seen_by_both_and_called_back(street: Street) -> None:
    item = start_visit(street.application)
    helper, lead = street.person(HELPER), street.person(LEAD)
    fields = {"deputy": str(LEAD), "since": "2019-09-02", "until": "2019-09-01", "what": "all"}
    wrong = helper.post("/deputies", fields)
    assert wrong.status_code == 422
    assert "不能早于开始日期" in wrong.text
    assert 'value="2019-09-01"' in wrong.text
    assert "张户主1" not in lead.get("/").text
    assert helper.post("/deputies", {**fields, "until": "2019-09-05"}).status_code == 303
    assert "李队长" in helper.get("/deputies").text
    assert "王帮扶" in lead.get("/deputies").text
    desk = lead.get("/").text
    assert "张户主1" in desk
    assert "代王帮扶办理" in desk
    assert "您正在代王帮扶办理此事项" in lead.get(f"/work-items/{item}").text
    sent = send(street, picture(), "a.jpg", about="household:1", person=LEAD)
    with street.application.database.reading() as session:
        assert session.get_one(Evidence, sent.json()["id"]).on_behalf_of_id == HELPER
    lead.post(f"/work-items/{item}", {"visited_on": "2019-09-02", "met": "absent", "_key": "k1"})
    assert "李队长（代王帮扶）" in lead.get("/households/1").text
    assert helper.post("/deputies/1/end").status_code == 303
    assert "我代谁办理" not in lead.get("/deputies").text
    assert helper.post("/deputies/1/end").status_code == 404


def test_posts_are_chosen_one_by_one(street: Street) -> None:
    lead = street.person(LEAD)
    fields = {"deputy": str(HELPER), "since": "2019-09-02", "until": "2019-09-05", "what": "some"}
    assert "请至少选择一项工作" in lead.post("/deputies", fields).text
    lead.post("/deputies", {**fields, "owner": "post:team_lead@341226100200"})
    assert "管谷村" in street.person(HELPER).get("/deputies").text


def test_an_office_hands_the_work_of_somebody_over(street: Street) -> None:
    item = start_visit(street.application)
    town = street.person(TOWN)
    assert "王帮扶" in town.get("/people").text
    assert "王帮扶" not in town.get("/people?q=李").text
    page = town.get(f"/people/{HELPER}/handing-over").text
    assert "任责任人的工单" in page
    assert street.person(STRANGER).get(f"/people/{HELPER}/handing-over").status_code == 404
    nobody = {"reason": "leave", "successor": ""}
    assert "请选择接手人" in town.post(f"/people/{HELPER}/handing-over", nobody).text
    fields = {"reason": "leave", "note": "退休", "successor": str(LEAD)}
    assert town.post(f"/people/{HELPER}/handing-over", fields).status_code == 303
    assert "张户主1" in street.person(LEAD).get("/").text
    assert street.person(HELPER).get(f"/work-items/{item}").status_code == 404
    assert "退休" in town.get(f"/people/{HELPER}/handing-over").text

"""A ticket that is sent to somebody to read."""

from __future__ import annotations

import re

from tests.web.application import HELPER, LEAD, STRANGER, TOWN
from tests.web.conftest import Street
from tests.web.test_evidence import picture, send


def test_a_copy_is_read_only_and_the_sender_sees_when_it_was_read(street: Street) -> None:
    photo = send(street, picture(), "a.jpg").json()["id"]
    lead, stranger = street.person(LEAD), street.person(STRANGER)
    assert stranger.get("/tickets/1").status_code == 404
    assert "请选择抄送给谁" in lead.post("/tickets/1/copies", {"note": "请阅"}).text
    assert "慎城镇 镇扶贫办" in lead.get("/people/choices?who=镇").text
    assert "Town office, 慎城镇" in street.person(LEAD).speaks("en").get("/people/choices?who=镇").text
    fields = {"person": str(STRANGER), "note": "请阅"}
    assert lead.post("/tickets/1/copies", fields).headers["location"] == "/tickets/1#copies"
    assert "已抄送给周外人，对方还没有阅读" in lead.post("/tickets/1/copies", fields).text
    assert "未阅" in lead.get("/tickets/1").text
    assert "李队长 将工单 颍上-001 抄送给您：请阅" in stranger.get("/notices").text
    page = stranger.get("/tickets/1").text
    assert "只能查看，不能办理" in page
    assert 'action="/tickets/1/comments"' not in page
    assert 'action="/tickets/1/copies"' not in page
    assert 'href="/households/1"' not in page
    assert stranger.get(f"/evidence/{photo}").headers["content-type"] == "image/jpeg"
    assert "9月2日 周一 09:00 已阅" in lead.get("/tickets/1").text
    for path, fields in {
        "/tickets/1/comments": {"text": "好"},
        "/tickets/1/copies": {"person": str(TOWN)},
        "/tickets/1/progress": {"text": "好", "percent": "5"},
    }.items():
        assert stranger.post(path, fields).status_code in (403, 404), path
    assert send(street, picture(), "b.jpg", person=STRANGER).status_code == 404
    assert "颍上-001" not in stranger.get("/tickets").text
    assert stranger.get("/households/1").status_code == 404
    withdrawal = re.search(r"/tickets/1/copies/\d+/withdrawal", lead.get("/tickets/1").text)
    assert withdrawal is not None
    assert withdrawal[0] not in street.person(TOWN).get("/tickets/1").text
    assert street.person(TOWN).post(withdrawal[0]).status_code == 403
    assert lead.post(withdrawal[0]).headers["location"] == "/tickets/1#copies"
    assert "9月2日 周一 09:00 撤回" in lead.get("/tickets/1").text
    assert stranger.get("/tickets/1").status_code == 404
    told = [line["action"] for line in street.program(TOWN).get("/api/v1/tickets/1").json()["history"]]
    assert told == ["copy_withdrawn", "copy_read", "copied"]


def test_a_program_sends_a_copy_and_reads_the_receipt(street: Street) -> None:
    lead = street.program(LEAD)
    assert lead.post("/api/v1/tickets/1/copies", json={"people": [LEAD]}).status_code == 422
    assert lead.post("/api/v1/tickets/1/copies", json={"people": [STRANGER]}).status_code == 204
    refused = street.program(STRANGER).post("/api/v1/tickets/1/comments", json={"text": "收到"})
    assert refused.json()["message_zh"] == "这张工单是抄送给您的，只能查看。"
    assert street.program(HELPER).get("/api/v1/tickets/1").json()["copies"][0]["read_at"] is None
    street.program(STRANGER).get("/api/v1/tickets/1")
    copy = street.program(HELPER).get("/api/v1/tickets/1").json()["copies"][0]
    assert (copy["to"], copy["by"], copy["read_at"]) == ("周外人", "李队长", "2019-09-02T01:00:00Z")
    assert street.program(HELPER).delete(f"/api/v1/tickets/1/copies/{copy['id']}").status_code == 403
    assert lead.delete(f"/api/v1/tickets/1/copies/{copy['id']}").status_code == 204
    assert street.program(STRANGER).get("/api/v1/tickets/1").status_code == 404

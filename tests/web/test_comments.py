"""What people say about a ticket, and who hears of it."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from engine.schema import history
from notifications.notices import Delivery, Notice
from rectification.matters.ticket import get_ticket
from rectification.people.model import Person
from rectification.people.posts import Post
from tests.web.application import HELPER, LEAD, START, STRANGER, TOWN
from tests.web.conftest import Street
from tests.web.test_evidence import picture
from web.components.evidence_views import pictures_about


def test_whoever_is_named_is_told_once_and_files_come_along(street: Street) -> None:
    lead = street.person(LEAD)
    data = picture()
    headers = {"x-csrf-token": lead.csrf, "x-about": "comments:1", "x-file-name": "a.jpg"}
    sent = lead.client.put(f"/evidence/{hashlib.sha256(data).hexdigest()}", content=data, headers=headers)
    fields = {"text": "@王帮扶请看照片，@王帮扶 别忘了；问 a@b.cn。@赵镇办", "files": str(sent.json()["id"])}
    with street.application.database.writing() as session:
        session.get_one(Person, TOWN).email = "town@example.cn"
    assert lead.post("/tickets/1/comments", fields).headers["location"] == "/tickets/1#comments"
    page = street.person(HELPER).get("/tickets/1").text
    assert "已告知：王帮扶、赵镇办" in page
    assert f'src="/evidence/{sent.json()["id"]}/thumbnail"' in page
    shown = street.person(HELPER).get(f"/evidence/{sent.json()['id']}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.status_code == 200
    assert street.person(STRANGER).get(f"/evidence/{sent.json()['id']}").status_code == 404
    assert "李队长 在工单 颍上-001 的留言中提到您" in street.person(HELPER).get("/notices").text
    with street.application.database.reading() as session:
        told = session.scalars(select(Notice.person_id).where(Notice.kind == "mentioned")).all()
        assert sorted(told) == [HELPER, TOWN]
        assert session.scalars(select(Delivery.address)).all() == ["town@example.cn"]
        assert pictures_about(session, "ticket:1") == []  # said along the way, it proves no repair
        assert "commented" in session.scalars(select(history.c.action).where(history.c.key == "ticket:1"))


def test_only_those_who_see_the_ticket_are_named(street: Street) -> None:
    lead = street.person(LEAD)
    wrong = {
        "@周外人 请看": "周外人看不到这张工单",
        "@没有这人": "没有叫“没有这人”的在职人员",
        "": "请写明要说的话",
    }
    for text, sentence in wrong.items():
        answer = lead.post("/tickets/1/comments", {"text": text})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert f"{text}</textarea>" in answer.text
    assert "file was not received" in lead.speaks("en").post(
        "/tickets/1/comments", {"text": "见附件", "files": "99"}
    ).text  # fmt: skip
    found = lead.get("/tickets/1/people?who=").text
    assert found.index("@王帮扶") < found.index("@赵镇办")
    assert "李队长" not in found
    assert "周外人" not in lead.get("/tickets/1/people?who=外").text


def test_of_two_with_the_same_name_one_is_chosen(street: Street) -> None:
    with street.application.database.writing() as session:
        session.add(Person(id=90, name="王帮扶", login="p90", language="zh"))
        session.flush()
        session.add(Post(person_id=90, role="town_office", scope="341226100", since=START.date()))
    program = street.program(LEAD)
    unclear = program.post("/api/v1/tickets/1/comments", json={"text": "@王帮扶 请看"})
    assert "2 位“王帮扶”" in unclear.json()["problems"]["text"]["zh"]
    said = program.post("/api/v1/tickets/1/comments", json={"text": "@王帮扶 请看", "chosen": [90]})
    assert said.status_code == 201
    assert program.get("/api/v1/tickets/1").json()["comments"] == [said.json()]
    with street.application.database.reading() as session:
        assert session.scalars(select(Notice.person_id)).all() == [90]
        assert get_ticket(session, 1).status == "in_progress"

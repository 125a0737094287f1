"""The API: what programs may do with somebody's token."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from PIL import Image

from tests.web.application import ADMIN, COUNTY, HELPER, LEAD, START, STRANGER, TOWN, start_visit
from tests.web.conftest import Street

ANSWERS = {
    "E3": {"answer": "no", "reason": "", "photos": []},
    "E4": {"answer": "yes", "reason": "", "photos": []},
}
VALUES = {"visited_on": "2019-09-02", "met": "home", "answers": ANSWERS}


def test_a_list_is_read_page_by_page_without_losing_or_repeating_a_row(street: Street) -> None:
    for household in (1, 2, 3):
        start_visit(street.application, household)
    program, found, after = street.program(HELPER), [], None
    while True:
        page = program.get(
            "/api/v1/work-items", params={"limit": 2, **({"after": after} if after else {})}
        ).json()
        found += [entry["key"] for entry in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert found == ["household:1", "household:2", "household:3"]
    some = program.get("/api/v1/work-items", params={"q": "household:2"}).json()["items"]
    assert [entry["key"] for entry in some] == ["household:2"]
    assert program.get("/api/v1/work-items", params={"overdue": True}).json()["items"] == []
    assert program.get("/api/v1/work-items", params={"after": "nonsense"}).status_code == 200


def test_undated_work_is_on_the_second_page(street: Street) -> None:
    for household in (1, 2, 3):
        item = start_visit(street.application, household)
        street.program(HELPER).post(f"/api/v1/work-items/{item}/completion", json={"values": VALUES})
    program = street.program(LEAD)
    first = program.get("/api/v1/work-items", params={"limit": 2}).json()
    assert [entry["due_at"] for entry in first["items"]] == [None, None]
    second = program.get("/api/v1/work-items", params={"limit": 2, "after": first["next"]}).json()
    assert len(second["items"]) == 1
    assert second["items"][0]["id"] not in {entry["id"] for entry in first["items"]}


def test_a_work_item_is_read_with_its_form_and_completed_once(street: Street) -> None:
    item = start_visit(street.application)
    program = street.program(HELPER)
    read = program.get(f"/api/v1/work-items/{item}").json()
    assert [entry["id"] for entry in read["form"]] == ["visited_on", "met", "answers", "note"]
    assert read["form"][1]["options"][0] == {"id": "home", "label": {"zh": "见到", "en": "at home"}}
    assert read["form"][2]["shown_if"] == "met = 'home'"
    assert read["due_at"].startswith("2019-09-13T15:59:59")
    sent = [
        program.post(
            f"/api/v1/work-items/{item}/completion",
            json={"values": VALUES},
            headers={"Idempotency-Key": "k1"},
        )
        for _ in range(2)
    ]
    assert [(entry.status_code, entry.json()["repeated"]) for entry in sent] == [(200, False), (200, True)]
    assert len(sent[0].json()["next_items"]) == 1
    assert sent[0].json()["next_items"] == sent[1].json()["next_items"]
    late = program.post(f"/api/v1/work-items/{item}/completion", json={"values": VALUES})
    assert late.status_code == 409
    assert late.json()["code"] == "already_done"
    assert "王帮扶" in late.json()["message_zh"]


def test_work_that_somebody_may_not_see_is_not_there_whatever_they_ask(street: Street) -> None:
    lead, stranger = street.program(LEAD), street.program(STRANGER)
    item = start_visit(street.application)
    verbs: tuple[tuple[str, str, Any], ...] = (
        ("GET", "", None),
        ("POST", "/claim", None),
        ("DELETE", "/claim", None),
        ("POST", "/completion", {"values": {}}),
        ("POST", "/taking-back", {"reason": "x"}),
        ("POST", "/consultations", {"kind": "opinion", "people": [1], "question": "?"}),
        ("DELETE", "/consultations/1", None),
    )

    def answers(number: int) -> list[tuple[int, object]]:
        result = []
        for verb, path, sent in verbs:
            answer = stranger.request(verb, f"/api/v1/work-items/{number}{path}", json=sent)
            result.append((answer.status_code, answer.json()))
        return result

    nothing = answers(999_999)
    assert {status for status, _ in nothing} == {404}
    assert answers(item) == nothing
    done = street.program(HELPER).post(f"/api/v1/work-items/{item}/completion", json={"values": VALUES})
    assert done.status_code == 200
    assert answers(item) == nothing, "nor does anybody learn who did it and when"
    pages = street.person(STRANGER)
    for path in ("", "/claim", "/release", "/taking-back", "/consultations", "/consultations/1/end"):
        assert pages.post(f"/work-items/{item}{path}", {"reason": "x"}).status_code == 404, path
    assert lead.get(f"/api/v1/work-items/{item}").status_code == 200


def test_shared_work_is_claimed_and_given_back(street: Street) -> None:
    item = start_visit(street.application)
    done = (
        street.program(HELPER).post(f"/api/v1/work-items/{item}/completion", json={"values": VALUES}).json()
    )
    path = f"/api/v1/work-items/{done['next_items'][0]}"
    lead = street.program(LEAD)
    assert lead.get(path).json()["owner"].startswith("post:team_lead")
    assert lead.post(f"{path}/claim").status_code == 204
    assert lead.get(path).json()["owner"] == f"person:{LEAD}"
    assert lead.delete(f"{path}/claim").status_code == 204
    assert lead.get(path).json()["owner"].startswith("post:team_lead")
    assert street.program(HELPER).post(f"{path}/claim").status_code == 403


def test_tickets_are_listed_counted_and_read_with_their_history(street: Street) -> None:
    program = street.program(HELPER)
    listed = program.get("/api/v1/tickets", params={"state": "open"}).json()
    assert [entry["number"] for entry in listed["tickets"]] == ["颍上-001"]
    assert listed["counts"] == {"open": 1, "overdue": 0, "hung": 0, "closed": 0}
    note = {"text": "已联系卫生院", "percent": 40}
    assert program.post("/api/v1/tickets/1/progress", json=note).status_code == 204
    read = program.get("/api/v1/tickets/1").json()
    assert read["history"][0]["action"] == "progress"
    assert read["history"][0]["actor"] == "王帮扶"
    assert read["facts"]["measure"] == "联系镇卫生院补签"
    assert street.program(STRANGER).get("/api/v1/tickets").json()["tickets"] == []


def test_every_refusal_has_the_same_shape(street: Street) -> None:
    item = start_visit(street.application)
    program = street.program(HELPER)
    wrong = program.post(f"/api/v1/work-items/{item}/completion", json={"values": {"met": "home"}})
    refusals = {
        401: street.stranger().get("/api/v1/me"),
        403: program.get("/api/v1/timers"),
        404: program.get("/api/v1/tickets/999"),
        405: program.put("/api/v1/me"),
        422: wrong,
    }
    for status, answer in refusals.items():
        assert answer.status_code == status
        assert set(answer.json()) == {"code", "message_zh", "message_en", "problems"}, status
        assert answer.json()["message_zh"]
    assert set(wrong.json()["problems"]) == {"visited_on"}
    assert set(wrong.json()["problems"]["visited_on"]) == {"zh", "en"}
    for content in (b"{not json", b'{"values": [1]}', b'{"values": {}, "other": 1}', b"\xff"):
        answer = program.post(
            f"/api/v1/work-items/{item}/completion",
            content=content,
            headers={"content-type": "application/json"},
        )
        assert answer.status_code in (400, 422)
        assert set(answer.json()) == {"code", "message_zh", "message_en", "problems"}
    assert program.get("/api/v1/tickets", params={"limit": "many"}).status_code == 422
    assert program.get("/api/v1/tickets/abc").status_code == 422
    for number in ("9" * 30, "9223372036854775807", "-1"):
        assert program.get(f"/api/v1/tickets/{number}").status_code in (404, 422)
    assert program.get("/api/v1/tickets", params={"q": "\x00"}).status_code in (200, 422)
    assert program.get("/api/v1/nowhere").json()["code"] == "not_found"


def test_what_no_diagram_gives_to_people_is_not_set_going_by_anybody(street: Street) -> None:
    start_visit(street.application)
    for who in (ADMIN, COUNTY, TOWN):
        program = street.program(who)
        given = {"key": "household:2", "variables": {"helper": HELPER, "village": "341226100200"}}
        for process in ("household_visit", "nothing"):
            answer = program.post(f"/api/v1/processes/{process}/instances", json=given)
            assert answer.status_code == 404
        sent = program.post("/api/v1/messages", json={"name": "nobody_waits", "key": "household:2"})
        assert sent.status_code == 404
    assert street.program(COUNTY).get("/api/v1/timers").json() == {"timers": []}


def test_evidence_is_sent_by_programs_too(street: Street) -> None:
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, "PNG")
    sent = street.program(HELPER).post(
        "/api/v1/evidence", files={"file": ("a.png", out.getvalue(), "image/png")}, data={"about": "ticket:1"}
    )
    assert sent.status_code == 201
    digest = hashlib.sha256(out.getvalue()).hexdigest()
    assert sent.json() == {"id": 1, "sha256": digest, "place": None}


def test_a_token_is_shown_once_used_and_revoked(street: Street) -> None:
    browser = street.person(HELPER)
    page = browser.post("/me/tokens", {"name": "汇总脚本"}).text
    token = page.split('id="token">')[1].split("<")[0]
    assert token.startswith("htk_")
    assert token not in browser.get("/me").text
    headers = {"authorization": f"Bearer {token}"}
    assert street.stranger().get("/api/v1/me", **headers).json()["name"] == "王帮扶"
    assert "最近使用" in browser.get("/me").text
    assert street.stranger().get("/", **headers).status_code == 303
    number = browser.get("/me").text.split("/me/tokens/")[1].split("/")[0]
    assert street.person(LEAD).post(f"/me/tokens/{number}/revoke").status_code == 303
    assert street.stranger().get("/api/v1/me", **headers).status_code == 200
    browser.post(f"/me/tokens/{number}/revoke")
    assert street.stranger().get("/api/v1/me", **headers).status_code == 401


def test_a_session_that_writes_through_the_api_needs_the_token_of_its_pages(street: Street) -> None:
    item = start_visit(street.application)
    browser = street.person(HELPER)
    path = f"/api/v1/work-items/{item}/completion"
    assert browser.client.post(path, json={"values": VALUES}).status_code == 403
    answer = browser.client.post(path, json={"values": VALUES}, headers={"x-csrf-token": browser.csrf})
    assert answer.status_code == 200


def test_the_description_names_every_route_of_the_api(street: Street) -> None:
    from web.access import ACCESS

    described = street.program(HELPER).get("/api/v1/openapi.json").json()
    result = {f"{m.upper()} {path}" for path, methods in described["paths"].items() for m in methods}
    expected = {name for name in ACCESS if " /api/" in name} - {"GET /api/v1/openapi.json"}
    assert result == expected
    assert described["openapi"].startswith("3.")
    assert START.year == 2019


def test_a_program_fills_in_the_form_and_no_other_variable(street: Street) -> None:
    item = start_visit(street.application)
    helper, path = street.program(HELPER), "/api/v1/work-items/{}/completion"
    answer = helper.post(path.format(item), json={"values": {**VALUES, "village": "341226100999"}})
    assert (answer.status_code, set(answer.json()["problems"])) == (422, {"village"})
    done = helper.post(path.format(item), json={"values": VALUES})
    assert done.status_code == 200
    follows, lead = done.json()["next_items"][0], street.program(LEAD)
    answer = lead.post(path.format(follows), json={"values": {"helper": LEAD}})
    assert (answer.status_code, set(answer.json()["problems"])) == (422, {"helper"}), "this step has no form"
    assert lead.post(path.format(follows), json={"values": {}}).status_code == 200

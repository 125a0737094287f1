"""Taking a step back from the pages."""

from __future__ import annotations

from tests.web.application import HELPER, LEAD, STRANGER, start_visit
from tests.web.conftest import Street, field_of


def test_a_step_is_taken_back_with_a_reason_by_whoever_did_it(street: Street) -> None:
    item = start_visit(street.application)
    helper = street.person(HELPER)
    helper.post(f"/work-items/{item}", {"visited_on": "2019-09-02", "met": "absent", "_key": "k1"})
    assert street.person(LEAD).post(f"/work-items/{item}/taking-back", {"reason": "x"}).status_code == 403
    assert street.person(STRANGER).post(f"/work-items/{item}/taking-back", {"reason": "x"}).status_code == 404
    assert helper.post(f"/work-items/{item}/taking-back", {"reason": ""}).status_code == 422
    back = helper.post(f"/work-items/{item}/taking-back", {"reason": "填错日期"})
    assert back.headers["location"] == f"/work-items/{item}"
    assert field_of(helper.get(f"/work-items/{item}").text, "visited_on") == "2019-09-02"
    assert "张户主1" not in street.person(LEAD).get("/").text
    assert "填错日期" in helper.get("/households/1").text
    helper.post(f"/work-items/{item}", {"visited_on": "2019-09-01", "met": "absent", "_key": "k2"})
    program = street.program(HELPER)
    assert program.post(f"/api/v1/work-items/{item}/taking-back", json={"reason": "再改"}).status_code == 204
    assert program.get(f"/api/v1/work-items/{item}").json()["closed_at"] is None

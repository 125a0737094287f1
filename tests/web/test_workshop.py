"""The workshop's pages: begin, keep, be told, be read by a second person, publish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.authoring import drafts
from engine.database import metadata
from engine.host import Actor
from engine.schema import definitions
from rectification.core.jobs import run_next
from rectification.process import publish_preview
from rectification.process.host import GUARDS, HANDLERS
from rectification.process.job_registry import WORKS
from tests.web.application import ADMIN, COUNTY, DIAGRAM, OWNER, start_visit
from tests.web.conftest import Browser, Street
from web.workshop.views import CONDITIONS, SERVICES


def begun(street: Street) -> tuple[Browser, str]:
    start_visit(street.application)
    owner = street.person(OWNER)
    page = owner.get("/workshop").text
    base = page.split('name="base" value="')[1].split('"')[0]
    answer = owner.post("/workshop/drafts", {"base": base, "title": "加一步"})
    assert answer.status_code == 303
    return owner, answer.headers["location"]


def test_a_draft_goes_from_the_drawing_board_to_a_new_version(street: Street) -> None:
    owner, path = begun(street)
    source = f"{path}/files/household_visit.bpmn/source"
    drawn = owner.get(source).text
    renamed = drawn.replace('name="核对入户表"', 'name="核对排查表"')
    headers = {"x-csrf-token": owner.csrf, "accept": "application/json"}
    kept = owner.client.put(f"{source}?revision=0", content=renamed.encode(), headers=headers)
    assert kept.json()["revision"] == 1
    assert {entry["severity"] for entry in kept.json()["findings"]} <= {"warning"}
    stale = owner.client.put(f"{source}?revision=0", content=drawn.encode(), headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (409, "saved_meanwhile")
    for entry in kept.json()["findings"]:
        owner.post(f"{path}/warnings", {**entry, "file": "household_visit.bpmn", "reason": "试用"})
    assert "请写明改了什么" in owner.post(f"{path}/review", {"words": ""}).text
    assert owner.post(f"{path}/review", {"words": "改名"}).status_code == 303
    second = street.person(COUNTY)
    assert "请先由另一人审核通过" in owner.post(f"{path}/publication").text
    assert second.post(f"{path}/decision", {"approved": "yes"}).status_code == 303
    assert owner.post(f"{path}/publication").status_code == 303
    assert "第 2 版" in owner.get("/definitions").text
    saved = owner.get("/definitions/2/household_visit").headers["content-disposition"]
    assert "household_visit.bpmn" in saved, "a browser's own view of XML would be refused its style"
    assert "已发布" in owner.get(path).text


def test_files_come_in_and_go_and_strange_ones_are_told(street: Street) -> None:
    owner, path = begun(street)
    assert "请选择 .bpmn 或 .dmn 文件" in owner.post(f"{path}/files", {"name": "", "kind": ".bpmn"}).text
    assert "英文字母" in owner.post(f"{path}/files", {"name": "抽查", "kind": ".bpmn"}).text
    assert (
        owner.post(f"{path}/files", {"name": "spot_check", "title": "<抽查>", "kind": ".dmn"}).status_code
        == 303
    )
    assert owner.get(f"{path}/files/spot_check.dmn").status_code == 200
    assert "unsafe-inline" not in owner.get(path).headers["content-security-policy"]
    assert owner.post(f"{path}/files/spot_check.dmn/removal").status_code == 303
    assert owner.get(f"{path}/files/spot_check.dmn").status_code == 404
    assert owner.post(f"{path}/end").status_code == 303
    assert street.person(ADMIN).get("/workshop").status_code == 403


CASES = Path(__file__).parents[1] / "cases"
PERSON = Actor(name="t")
POISON = {
    "demo.bpmn": (CASES / "n75_poison_demo.bpmn").read_bytes(),
    "no_xml.bpmn": b"<definitions",
    "escalation.dmn": b"<definitions",
    "bad.test.json": b"{",
    "strange.test.json": b'{"process": "household_visit", "at": "2019-09-02T09:00:00+08:00", "milestones": {"reverify": 5}, "answers": {"visit": 3}}',
}  # fmt: skip


@pytest.mark.parametrize("name", POISON)
@pytest.mark.parametrize("fault", [None, ValueError, RecursionError, MemoryError, OSError])
def test_a_draft_with_a_poisonous_file_opens_and_is_given_up(
    street: Street, name: str, fault: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, path = begun(street)
    with street.application.database.writing() as session:
        found = drafts.get_draft(session, street.application.engine.definitions, int(path.rsplit("/", 1)[1]))
        drafts.save(
            session, found, {name: POISON[name]}, found.revision, PERSON, street.application.clock.now()
        )
    if fault is not None:

        def broken(*_: object) -> None:
            raise fault("planted")

        monkeypatch.setattr("engine.checks.flow.RULES", (broken,))
        monkeypatch.setattr("engine.simulation.tests.run_test", broken)
    page = owner.get(path)
    assert page.status_code == 200
    if fault is not None and name.endswith(".bpmn") and name != "no_xml.bpmn":
        assert f"（{fault.__name__}）" in page.text
    if not name.endswith(".json"):
        assert owner.get(f"{path}/files/{name}").status_code == 200
    assert owner.post(f"{path}/end").status_code == 303
    assert owner.get("/workshop").status_code == 200


def test_a_form_is_shown_as_on_a_phone_and_its_faults_beside_it(street: Street) -> None:
    owner, _ = begun(street)
    headers = {"x-csrf-token": owner.csrf}
    form = (
        '<camunda:formData xmlns:camunda="http://camunda.org/schema/1.0/bpmn">'
        '<camunda:formField id="site" label="地点|Place" type="string"/><camunda:formField id="way" label="方式" type="enum"/></camunda:formData>'
    )
    shown = owner.client.post("/workshop/form-preview", content=form.encode(), headers=headers)
    assert shown.status_code == 200
    assert "地点" in shown.text
    assert "没有选项" in shown.text
    broken = owner.client.post("/workshop/form-preview", content=b"<a", headers=headers)
    assert (broken.status_code, "XML" in broken.text) == (409, True)


@pytest.mark.parametrize("more", [{"data": {"a": "b"}}, {"files": {"file": ("a.xml", b"<a/>")}}])
def test_a_form_where_a_file_is_wanted_as_it_is_is_refused(street: Street, more: dict[str, Any]) -> None:
    owner, path = begun(street)
    for method, place in (
        ("POST", "/workshop/form-preview"),
        ("PUT", f"{path}/files/household_visit.bpmn/source?revision=0"),
        ("PUT", f"/evidence/{'0' * 64}?about=ticket:1&name=a.pdf"),
    ):
        answer = owner.client.request(method, place, headers={"x-csrf-token": owner.csrf}, **more)
        assert (answer.status_code, "不能用表单格式发送" in answer.text) == (415, True), place


def test_what_the_pickers_offer_has_words(street: Street) -> None:
    assert set(HANDLERS) <= set(SERVICES)
    assert set(GUARDS) <= set(CONDITIONS)
    owner, path = begun(street)
    page = owner.get(f"{path}/files/household_visit.bpmn")
    assert "unsafe-inline" in page.headers["content-security-policy"].split("style-src-attr")[1]
    assert '"reverify"' in page.text


def published_anew(street: Street, old: str, new: str) -> int:
    """Another version of the visit's diagram; returns its id."""
    files = {"household_visit.bpmn": DIAGRAM.replace(old, new).encode()}
    with street.application.database.writing() as session:
        return street.application.engine.publish(session, files, "t")


def test_running_work_is_judged_moved_watched_and_taken_back(street: Street) -> None:
    start_visit(street.application)
    target = published_anew(street, '"visit"', '"call"')
    owner = street.person(OWNER)
    path = f"/definitions/{target}/household_visit/migration"
    page = owner.get(path).text
    assert "需指定去处" in page
    assert "入户并填写排查表" in page
    assert "请写明理由" in owner.post(path, {"reason": ""}).text
    assert "可迁移 1 件" in owner.get(f"{path}?place.visit=call").text
    begun = owner.post(path, {"place.visit": "call", "reason": "改名"})
    assert begun.status_code == 303
    job = begun.headers["location"]
    renewed = owner.get(f"{job}?_block=list", **{"hx-request": "true"}).text
    assert "load delay" in renewed
    assert "<form" not in renewed
    assert f'action="{job}/pause"' in owner.get(job).text
    assert owner.post(f"{job}/pause").status_code == 303
    run_next(street.application.engine, street.application.settings.data_dir, WORKS)
    assert 'data-state="paused"' in owner.get(job).text
    owner.post(f"{job}/going-on")
    run_next(street.application.engine, street.application.settings.data_dir, WORKS)
    page = owner.get(job).text
    assert 'data-state="done"' in page
    live = owner.get(f"/definitions/{target}/household_visit/live?step=call").text
    assert "张户主" in live
    move = page.split('name="move" value="')[1].split('"')[0]
    assert owner.post(f"{job}/undoing", {"move": move}).status_code == 303
    assert "已撤销" in owner.get(job).text


def test_one_piece_of_work_is_sent_back_by_hand(street: Street) -> None:
    item = start_visit(street.application)
    with street.application.database.reading() as session:
        instance = street.application.engine.work_item(session, item).instance
    owner = street.person(OWNER)
    path = f"/instances/{instance}/move"
    assert "入户并填写排查表" in owner.get(path).text
    sent = {"here": "visit", "there": "check", "kind": "jumped", "reason": ""}
    assert "请写明理由" in owner.post(path, sent).text
    assert owner.post(path, {**sent, "reason": "纸质表已收到"}).status_code == 303
    assert "核对入户表" in owner.get(path).text


def test_a_rehearsal_is_played_on_campaign_dates_kept_as_a_test_and_guards_the_draft(street: Street) -> None:
    owner, path = begun(street)
    page = owner.get(f"{path}/rehearsal?like=key:household:1").text
    assert "入户并填写排查表" in page
    sent = {"process": "household_visit", "like": "key:household:1", "at": "2019-09-02T09:00"}
    sent |= {"a.visit.met": "home", "a.visit.visited_on": "2019-09-04", "days.visit": "2"}
    played = owner.post(f"{path}/rehearsal", sent).text
    assert "王帮扶 收到“入户并填写排查表”" in played
    assert "李队长 收到“核对入户表”" in played
    assert "能办结" in played
    assert "请填写开始时间" in owner.post(f"{path}/rehearsal", {**sent, "at": ""}).text
    assert owner.post(f"{path}/rehearsal", {**sent, "name": "两天后见到家人"}).status_code == 303
    tests = owner.get(f"{path}/tests").text
    assert "两天后见到家人" in tests
    assert "100 %" in tests
    source = f"{path}/files/household_visit.bpmn/source"
    changed = owner.get(source).text.replace("post('team_lead', village)", "post('town_office', town)")
    headers = {"x-csrf-token": owner.csrf, "accept": "application/json"}
    kept = owner.client.put(f"{source}?revision=1", content=changed.encode(), headers=headers)
    assert kept.status_code == 200
    assert "谁在何时前办理第 2 项" in owner.get(path).text
    assert "没有通过" in owner.post(f"{path}/review", {"words": "改由镇里核对"}).text
    name = "household_visit_1.test.json"
    assert owner.post(f"{path}/tests/{name}", {"reason": "改由镇里核对"}).status_code == 303
    assert "测试全部通过" in owner.get(path).text


def test_a_rehearsal_stops_at_an_empty_field_and_brings_photos_by_itself(street: Street) -> None:
    owner, path = begun(street)
    source = f"{path}/files/household_visit.bpmn/source"
    shots = '<camunda:formField id="shots" label="照片" type="photo"><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>'
    drawn = owner.get(source).text
    changed = drawn.replace("<camunda:formData>", f"<camunda:formData>{shots}", 1)
    assert changed != drawn
    headers = {"x-csrf-token": owner.csrf, "accept": "application/json"}
    owner.client.put(f"{source}?revision=0", content=changed.encode(), headers=headers)
    sent = {"process": "household_visit", "like": "key:household:1", "at": "2019-09-02T09:00"}
    stopped = owner.post(f"{path}/rehearsal", {**sent, "a.visit.visited_on": "2019-09-04"}).text
    assert "“入户并填写排查表”：“是否见到家人”请选择。" in stopped
    sent |= {"a.visit.met": "home", "a.visit.visited_on": "2019-09-04"}
    assert "能办结" in owner.post(f"{path}/rehearsal", sent).text
    owner.post(f"{path}/rehearsal", {**sent, "name": "见到家人"})
    asks = shots.replace("shots", "spot").replace('type="photo"', 'type="string"')
    owner.client.put(
        f"{source}?revision=2", content=changed.replace(shots, shots + asks, 1).encode(), headers=headers
    )
    test = f"{path}/tests/household_visit_1.test.json"
    assert "测试没有走完" in owner.post(test, {"reason": "多问一项"}).text
    sent |= {"like": "household_visit_1.test.json", "a.visit.spot": "王庄"}
    assert "用这些答案更新测试“见到家人”" in owner.post(f"{path}/rehearsal", sent).text
    assert owner.post(f"{path}/rehearsal", {**sent, "again": "yes"}).status_code == 303
    assert "测试全部通过" in owner.get(path).text


def test_what_publishing_would_do_is_asked_of_a_copy(street: Street) -> None:
    owner, path = begun(street)
    source = f"{path}/files/household_visit.bpmn/source"
    changed = owner.get(source).text.replace('"visit"', '"call"')
    headers = {"x-csrf-token": owner.csrf, "accept": "application/json"}
    owner.client.put(f"{source}?revision=0", content=changed.encode(), headers=headers)
    assert owner.post(f"{path}/what-if", {"process": "household_visit", "days": "20"}).status_code == 303
    run_next(street.application.engine, street.application.settings.data_dir, WORKS)
    page = owner.get(f"{path}/what-if").text
    assert "1 件不能迁移" in page
    assert "请指定移到哪一步" in page
    owner.client.put(
        f"{source}?revision=1", content=changed.replace('"call"', '"visit"').encode(), headers=headers
    )
    owner.post(f"{path}/what-if", {"process": "household_visit", "days": "20"})
    run_next(street.application.engine, street.application.settings.data_dir, WORKS)
    assert "可迁移 1 件" in owner.get(f"{path}/what-if").text
    with street.application.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(definitions)) == 1


def test_every_table_is_copied_or_left_out_on_purpose() -> None:
    assert {"tickets", "work_items", "posts"}.isdisjoint(publish_preview._LEFT_OUT)
    assert set(metadata.tables) >= publish_preview._LEFT_OUT

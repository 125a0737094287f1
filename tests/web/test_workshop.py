"""The workshop's pages: begin, keep, be told, be read by a second person, publish."""

from __future__ import annotations

from register.world import GUARDS, HANDLERS
from tests.web.conftest import Street
from tests.web.house import ADMIN, COUNTY, OWNER, start_visit
from web.views.workshop import CONDITIONS, SERVICES


def begun(street: Street) -> tuple[object, str]:
    start_visit(street.house)
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
    assert {one["severity"] for one in kept.json()["findings"]} <= {"warning"}
    stale = owner.client.put(f"{source}?revision=0", content=drawn.encode(), headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (409, "saved_meanwhile")
    for one in kept.json()["findings"]:
        owner.post(f"{path}/warnings", {**one, "file": "household_visit.bpmn", "reason": "试用"})
    assert "请写明改了什么" in owner.post(f"{path}/review", {"words": ""}).text
    assert owner.post(f"{path}/review", {"words": "改名"}).status_code == 303
    second = street.person(COUNTY)
    assert "请先由另一人审核通过" in owner.post(f"{path}/publication").text
    assert second.post(f"{path}/decision", {"approved": "yes"}).status_code == 303
    assert owner.post(f"{path}/publication").status_code == 303
    assert "第 2 版" in owner.get("/definitions").text
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


def test_what_the_pickers_offer_has_words(street: Street) -> None:
    assert set(HANDLERS) <= set(SERVICES)
    assert set(GUARDS) <= set(CONDITIONS)
    owner, path = begun(street)
    page = owner.get(f"{path}/files/household_visit.bpmn")
    assert "unsafe-inline" in page.headers["content-security-policy"].split("style-src-attr")[1]
    assert '"reverify"' in page.text

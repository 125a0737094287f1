"""What a process owner does: a step more in the ticket's diagram, from the drawing board to phones in villages."""

from __future__ import annotations

import pytest
from lxml import etree
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from engine.diagrams.reading import starter_roles
from engine.schema import instances, work_items
from engine.xml import parse_xml
from huitoukan.application import shipped_files
from rectification.campaigns.catalogue import get_check_items
from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from rectification.people.model import Person
from rectification.people.posts import Post
from rectification.tickets.findings import FindingPlace, variables_of
from tests.journeys.conftest import Demo
from tests.journeys.journey import Journey
from tests.journeys.visitor import Visitor, chromium

TICKETS = 50
INSERT = """async () => {
  const modeller = document.querySelector('.board').modeller;
  const flow = modeller.get('elementRegistry').get('suggest_due_to_dispatch');
  const shape = modeller.get('elementFactory').createShape({ type: 'bpmn:UserTask' });
  const middle = flow.waypoints[0];
  modeller.get('modeling').createShape(shape, { x: middle.x + 60, y: middle.y + 140 }, flow.parent);
  const [source, target] = [flow.source, flow.target];
  modeller.get('modeling').reconnectEnd(flow, shape, { x: shape.x, y: shape.y + 40 });
  modeller.get('modeling').connect(shape, target);
  modeller.get('modeling').updateProperties(shape, { id: 'spot_check' });
  modeller.get('selection').select(shape);
}"""
SENDING = """() => {
  const modeller = document.querySelector('.board').modeller;
  const end = modeller.get('elementRegistry').find((one) => one.type === 'bpmn:EndEvent' && !one.labelTarget && !one.businessObject.eventDefinitions?.length);
  const made = modeller.get('bpmnReplace').replaceElement(end, { type: 'bpmn:EndEvent', eventDefinitionType: 'bpmn:MessageEventDefinition' });
  modeller.get('selection').select(made);
  return made.id;
}"""
RECEIVING = """() => {
  const modeller = document.querySelector('.board').modeller;
  const end = modeller.get('elementRegistry').find((one) => one.type === 'bpmn:EndEvent' && !one.labelTarget);
  const shape = modeller.get('elementFactory').createShape({ type: 'bpmn:ReceiveTask' });
  modeller.get('selection').select(modeller.get('modeling').createShape(shape, { x: end.x, y: end.y + 200 }, end.parent));
}"""
WHOLE = """() => {
  const modeller = document.querySelector('.board').modeller;
  modeller.get('selection').select(modeller.get('canvas').getRootElement());
}"""
PROPERTIES = """() => {
  const [chosen] = document.querySelector('.board').modeller.get('selection').get();
  const holders = chosen.businessObject.extensionElements?.values ?? [];
  const found = holders.find((one) => one.$type === 'camunda:Properties')?.values ?? [];
  return Object.fromEntries(found.filter((one) => ['key', 'timeToLive', 'senders'].includes(one.name)).map((one) => [one.name, one.value]));
}"""
EVERY_KIND = """() => {
  const modeller = document.querySelector('.board').modeller;
  const seen = new Set();
  for (const element of modeller.get('elementRegistry').getAll()) {
    const kind = element.type + (element.businessObject?.eventDefinitions?.[0]?.$type ?? '');
    if (seen.has(kind) || element.labelTarget) continue;
    seen.add(kind);
    modeller.get('selection').select(element);
    modeller.get('contextPad').open(element, true);
  }
  return document.documentElement.dataset.untranslated ?? '[]';
}"""
MARK_ON_TOP = """() => {
  const mark = document.querySelector('.bjs-powered-by').getBoundingClientRect();
  const top = document.elementFromPoint(mark.x + mark.width / 2, mark.y + mark.height / 2);
  return Boolean(top?.closest('.bjs-powered-by'));
}"""


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_owner_adds_a_step_and_fifty_tickets_get_it(demo: Demo) -> None:
    with chromium() as browser:
        journey = Journey(browser, demo, 1440, "zh")
        keys = _tickets(journey)
        owner = journey.visitor("process_owner1")
        path = _drawn(journey, owner)
        _rehearsed(owner, path)
        _published(journey, owner, path)
        _moved(journey, owner, keys)
        phone = Journey(browser, demo, 390, "en")
        _seen_on_a_phone(journey, phone, keys[5])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_owner_chooses_to_whom_a_message_goes(demo: Demo) -> None:
    with chromium() as browser:
        journey = Journey(browser, demo, 1440, "zh")
        owner = journey.visitor("process_owner1")
        page = owner.page
        owner.goto("/workshop")
        unit = page.locator("section.sheet", has_text="问题整改").filter(
            has=page.locator("input[name=title]")
        )
        unit.locator("input[name=title]").fill("办结后通知")
        unit.locator("button[type=submit]").click()
        page.wait_for_url("**/workshop/drafts/*")
        page.goto(f"{page.url.removeprefix(journey.demo.address)}/files/rectification.bpmn")
        page.wait_for_selector("[data-board][data-ready]")
        element = page.evaluate(SENDING)
        warned = page.locator(f"button.finding[data-element={element}]", has_text="送给")
        expect(warned).not_to_have_count(0)
        _choose(page, "消息送给谁", "送给", "这一户")
        expect(warned).to_have_count(0)
        assert page.evaluate(PROPERTIES) == {"key": "household:${household}"}
        _choose(page, "消息送给谁", "送给", "业务键相同的事项")
        _written(page, "消息送给谁", "无人接收时保留多久（如 P3D；空着为 30 天）", "P3D")
        expect(page.locator("[data-saved]")).to_have_text("已保存")
        assert page.evaluate(PROPERTIES) == {"key": "${execution.processBusinessKey}", "timeToLive": "P3D"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_owner_says_who_starts_a_process_and_who_sends_its_message(demo: Demo) -> None:
    with chromium() as browser:
        journey = Journey(browser, demo, 1440, "zh")
        owner = journey.visitor("process_owner1")
        page = owner.page
        owner.goto("/workshop")
        unit = page.locator("section.sheet", has_text="问题整改").filter(
            has=page.locator("input[name=title]")
        )
        unit.locator("input[name=title]").fill("由人发起")
        unit.locator("button[type=submit]").click()
        page.wait_for_url("**/workshop/drafts/*")
        file = f"{page.url.removeprefix(journey.demo.address)}/files/rectification.bpmn"
        page.goto(file)
        page.wait_for_selector("[data-board][data-ready]")
        page.evaluate(RECEIVING)
        group = "谁可以发来这个消息"
        _choose(page, group, "可由这一岗位发送", "镇扶贫办")
        _choose(page, group, "再加一个岗位", "村两委")
        assert page.evaluate(PROPERTIES) == {"senders": "town_office,village_office"}
        _choose(page, group, "可由这一岗位发送 1", "（删去这一岗位）")
        assert page.evaluate(PROPERTIES) == {"senders": "village_office"}
        page.evaluate(WHOLE)
        _choose(page, "由人发起", "如何发起", "可由人发起")
        _choose(page, "由人发起", "可由这一岗位发起", "区县扶贫局")
        _choose(page, "由人发起", "再加一个岗位", "镇扶贫办")
        expect(page.locator("[data-saved]")).to_have_text("已保存")
        page.goto(file)
        page.wait_for_selector("[data-board][data-ready]")
        page.evaluate(RECEIVING)
        expect(page.locator("[data-saved]")).to_have_text("已保存")
        written = page.request.get(f"{file}/source").body()
    assert starter_roles(written)["rectification"] == {"county_office", "town_office"}, (
        "kept when saved again"
    )


def _tickets(journey: Journey) -> list[str]:
    """Open tickets that wait for the town's review."""
    keys = []
    with journey.application.database.writing() as session:
        homes = session.scalars(select(Household).order_by(Household.id)).all()
        items = get_check_items(session, homes[0].campaign_id, "H")
        pairs = [(home, item) for item in items for home in homes][:TICKETS]
        for home, item in pairs:
            place = FindingPlace.of(home)
            ticket = Ticket(
                campaign_id=home.campaign_id, household_id=home.id, village=home.village, town=home.town,
                county=home.county, item=item.code, category=item.category, description="需要整改",
                found_on=journey.application.clock.now().date(), status="reported", created_at=journey.application.clock.now(),
            )  # fmt: skip
            session.add(ticket)
            session.flush()
            begin = {**variables_of(session, ticket, place), "list_submitted": True}
            ticket.instance_id = journey.application.engine.start(session, "rectification", ticket.key, begin)
            keys.append(ticket.key)
    return keys


def _drawn(journey: Journey, owner: Visitor) -> str:
    page = owner.page
    owner.goto("/workshop")
    unit = page.locator("section.sheet", has_text="问题整改").filter(has=page.locator("input[name=title]"))
    unit.locator("input[name=title]").fill("交办前现场抽查")
    unit.locator("button[type=submit]").click()
    page.wait_for_url("**/workshop/drafts/*")
    path = page.url.removeprefix(journey.demo.address)
    page.goto(f"{path}/files/rectification.bpmn")
    page.wait_for_selector("[data-board][data-ready]")
    assert page.evaluate(EVERY_KIND) == "[]"
    assert page.evaluate(MARK_ON_TOP)
    page.evaluate(INSERT)
    expect(_finding(page, "spot_check")).not_to_have_count(0)
    _choose(page, "由谁办理", "办理人", "某一级的岗位")
    _choose(page, "由谁办理", "岗位", "驻村工作队长")
    _choose(page, "由谁办理", "哪一级", "该户所在村")
    _choose(page, "办理期限", "期限", "到达后若干工作日")
    _choose(page, "状态与督办", "提醒与督办安排", "审核与交办")
    _written(page, "基本", "名称", "现场抽查")
    _written(page, "英文", "英文名称", "Spot check")
    _open(page, "表单")
    page.locator("[data-edit-form=spot_check]").click()
    dialog = page.locator("dialog.form-editor")
    dialog.locator("[data-add]").click()
    for key, value in {"label": "抽查地点", "label_en": "Where", "id": "spot_place"}.items():
        dialog.locator(f"[data-key={key}]").fill(value)
    dialog.locator("[data-key=required]").check()
    expect(dialog.locator(".form-phone-screen")).to_contain_text("抽查地点")
    dialog.locator("[data-done]").click()
    expect(_finding(page, "spot_check")).to_have_count(0)
    expect(page.locator("[data-saved]")).to_have_text("已保存")
    _nothing_lost(owner, f"{path}/files/rectification.bpmn/source")
    return path


def _finding(page: Page, element: str) -> Locator:
    return page.locator(f"button.finding[data-element={element}]")


def _open(page: Page, group: str) -> Locator:
    title = page.locator(".bio-properties-panel-group-header-title", has_text=group).first
    box = page.locator(".bio-properties-panel-group", has=title).first
    if not box.locator(".bio-properties-panel-group-entries.open").count():
        title.click()
    return box


def _choose(page: Page, group: str, label: str, option: str) -> None:
    _open(page, group).get_by_label(label, exact=True).select_option(label=option)


def _written(page: Page, group: str, label: str, words: str) -> None:
    place = _open(page, group).get_by_label(label, exact=True)
    place.fill(words)
    place.blur()


def _nothing_lost(owner: Visitor, path: str) -> None:
    """Every element of the shipped file is in the download, with every attribute and text that it had."""
    kept = _things(parse_xml(owner.page.request.get(path).body()))
    moved = {"suggest_due_to_dispatch", "dispatch", "suggest_due"}
    lost = [
        thing
        for thing in _things(parse_xml(shipped_files()["rectification.bpmn"])) - kept
        if thing[1] not in moved
    ]
    assert [
        thing for thing in lost if "di" not in thing[0].partition("}")[0].rsplit("/", 1)[-1].lower()
    ] == []


def _things(root: etree._Element) -> set[tuple[str, str, str, str]]:
    result = set()
    for entry in root.iter():
        if isinstance(entry.tag, str) and "/DD/" not in entry.tag and "/DI" not in entry.tag:
            facts = sorted(
                (str(name), str(value))
                for name, value in entry.attrib.items()
                if "XMLSchema" not in str(name)
            )
            result.add((str(entry.tag), entry.get("id") or "", str(facts), (entry.text or "").strip()))
    return result


def _rehearsed(owner: Visitor, path: str) -> None:
    page = owner.page
    owner.goto(path)
    expect(page.locator("#tests")).to_contain_text("未通过")
    page.goto(f"{path}/rehearsal?process=rectification&like=rectification_fixed.test.json")
    _played(page)
    expect(page.locator("p.problem")).to_have_text("“现场抽查”：“抽查地点”请填写。")
    _answered(page)
    expect(page.locator("ol.story").first).to_contain_text("现场抽查")
    owner.look("rehearsal")
    page.locator("#name").fill("抽查后再交办")
    page.get_by_role("button", name="存为测试").click()
    page.wait_for_url("**/workshop/drafts/*")
    while page.locator("#tests input[name=reason]").count():
        page.locator("#tests").get_by_role("link", name="开始预演").first.click()
        _answered(page)
        page.get_by_role("button", name="用这些答案更新测试").click()
        page.wait_for_url("**/workshop/drafts/*")
        page.locator("#tests input[name=reason]").first.fill("交办前增加现场抽查")
        page.locator("#tests form button").first.click()
        page.wait_for_url("**/tests")
        page.goto(path)
    expect(page.locator("#tests")).to_contain_text("测试全部通过")


def _played(page: Page) -> None:
    page.locator("form.sheet button.btn-primary").click()
    page.wait_for_selector("[data-rehearsal][data-shown]")


def _answered(page: Page) -> None:
    """Play it with an answer to the field that the new step asks for."""
    page.locator("details", has_text="现场抽查").last.locator("summary").click()
    page.locator("[name='a.spot_check.spot_place']").fill("王庄村")
    _played(page)
    expect(page.locator("p.problem")).to_have_count(0)


def _published(journey: Journey, owner: Visitor, path: str) -> None:
    for field in owner.page.locator("#findings input[name=reason]").all():
        field.fill("已核对")
    owner.page.locator("#words").fill("交办前由工作队现场抽查，避免交办不实")
    owner.page.get_by_role("button", name="申请第二人审核").click()
    expect(owner.page.locator(".marks")).to_contain_text("等待第二人审核")
    second = journey.visitor("county_office1")
    second.goto(f"{path}/changes")
    expect(second.page.locator("main")).to_contain_text("新增“现场抽查”")
    second.page.wait_for_selector("[data-compare][data-shown]")
    second.goto(path)
    second.page.get_by_role("button", name="同意").click()
    owner.goto(path)
    owner.page.get_by_role("button", name="发布", exact=True).click()
    expect(owner.page.locator(".marks")).to_contain_text("已发布")


def _moved(journey: Journey, owner: Visitor, keys: list[str]) -> None:
    page = owner.page
    with journey.application.database.reading() as session:
        county = session.scalars(select(Household.county)).first() or ""
        target = journey.application.engine.definitions.current(session, "rectification", county).id
    owner.goto(f"/definitions/{target}/rectification/migration")
    expect(page.locator("main")).to_contain_text(f"可迁移 {TICKETS} 件")
    page.locator("#reason").fill("启用现场抽查")
    page.get_by_role("button", name="开始迁移").click()
    page.wait_for_url("**/migrations/*")
    journey.application.do_jobs()
    page.reload()
    expect(page.locator("[data-state=done]")).to_be_visible()
    boxes = page.locator("input[name=move]")
    expect(boxes).to_have_count(TICKETS)
    for place in range(5):
        boxes.nth(place).check()
    page.get_by_role("button", name="撤销勾选的迁移").click()
    expect(page.get_by_text("已撤销")).to_have_count(5)
    owner.look("migration")
    with journey.application.database.reading() as session:
        on = (
            session.execute(select(instances.c.definition_id).where(instances.c.key.in_(keys)))
            .scalars()
            .all()
        )
    assert (on.count(target), len(on)) == (TICKETS - 5, TICKETS)
    owner.goto(f"/definitions/{target}/rectification/live")
    expect(page.locator(".count-badge").first).to_be_visible()


def _seen_on_a_phone(journey: Journey, phone: Journey, key: str) -> None:
    with journey.application.database.reading() as session:
        owner = session.scalar(
            select(work_items.c.owner).where(work_items.c.key == key, work_items.c.closed_at.is_(None))
        )
        village = session.scalar(select(Ticket.village).where(Ticket.id == int(key.split(":")[1])))
    assert str(owner).startswith("post:town_office@")
    journey.visitor("town_office1").do("review_line", key, review="accept")
    lead = next(
        login
        for login in (f"team_lead{number}" for number in (1, 2, 3))
        if str(village) in _scopes(journey, login)
    )
    phone.visitor(lead).open("spot_check", key)
    expect(phone.visitor(lead).page.locator("main")).to_contain_text("Spot check")
    phone.visitor(lead).fill({"spot_place": "张户主家门前"})
    phone.visitor(lead).send()
    with journey.application.database.reading() as session:
        query = select(work_items.c.element).where(work_items.c.key == key, work_items.c.closed_at.is_(None))
        assert session.scalar(query) == "dispatch"


def _scopes(journey: Journey, login: str) -> list[str]:
    with journey.application.database.reading() as session:
        query = select(Post.scope).join(Person, Person.id == Post.person_id).where(Person.login == login)
        return list(session.scalars(query))

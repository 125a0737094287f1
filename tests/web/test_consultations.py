"""Asking others, and acknowledging as a leader, through pages and programs of a house with the shipped diagrams."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.clock import PushedClock
from engine.database import Database
from tests.rectification.campaign import SmallCampaign, day_end, local
from tests.rectification.test_acknowledging import due_on_the_12th
from tests.web.application import START, TinyHouse, TinySettings
from tests.web.conftest import Browser, Street
from web.app import create_app


@pytest.fixture
def small(database: Database, clock: PushedClock, tmp_path: Path) -> SmallCampaign:
    """A furnished campaign in which nothing has begun yet."""
    small_campaign = SmallCampaign(database, clock, tmp_path)
    small_campaign.furnish()
    return small_campaign


def street_of(small: SmallCampaign) -> Street:
    """Pages and programs in front of a campaign."""
    application = TinyHouse(small.database, small.clock, small.engine, TinySettings(small.folder))
    clock = PushedClock(START)
    return Street(application, clock, create_app(application, machine_clock=clock))


def test_others_are_asked_answer_and_are_asked_no_more(small: SmallCampaign) -> None:
    key = f"ticket:{small.in_progress()}"
    item, street = small.item(key, "rectify").id, street_of(small)
    helper, health = (street.person(small.people[who]) for who in ("helper", "health"))
    asks = {"person": str(small.people["health"]), "kind": "opinion", "question": "押金是否已退？"}
    bad = helper.post(f"/work-items/{item}/consultations", {**asks, "question": ""})
    assert (bad.status_code, "请写明要对方做什么" in bad.text) == (422, True)
    asked = helper.post(f"/work-items/{item}/consultations", asks)
    assert asked.headers["location"] == f"/work-items/{item}#consulting"
    assert "等待health" in helper.get(f"/work-items/{item}").text
    done = {"outcome": "progress", "result": "已联系", "_key": "k1"}
    assert "还在等待health" in helper.post(f"/work-items/{item}", done).text
    question = small.item(key, "give_opinion").id
    assert f'href="/work-items/{question}"' in health.get("/").text
    given = {"opinion_view": "object", "opinion_text": "尚未退还", "_key": "k2"}
    assert health.post(f"/work-items/{question}", given).status_code == 303
    page = health.get(f"/work-items/{question}").text
    assert "征求与答复" in page
    assert "押金是否已退？" in page.partition("办理记录")[0]
    assert "尚未退还" in page.partition("办理记录")[0]
    assert "请您办理" not in page, "nothing is asked any more, and nothing gets late"
    page = helper.get(f"/work-items/{item}").text
    assert "尚未退还" in page
    assert "等待health" not in page
    program, county = (street.program(small.people[who]) for who in ("helper", "county"))
    proposal = {"kind": "opinion", "people": [small.people["county"]], "question": "可否延期？"}
    made = program.post(f"/api/v1/work-items/{item}/consultations", json=proposal)
    question = small.item(key, "give_opinion").id
    again = f"/api/v1/work-items/{item}/consultations/{made.json()['id']}"
    assert county.delete(again).status_code == 403
    assert program.delete(again).status_code == 204
    told = program.get(f"/api/v1/tickets/{key.removeprefix('ticket:')}").json()["consultations"]
    assert [entry["over"]["en"] for entry in told] == [
        "enough others have answered",
        "the question was taken back",
    ]
    at_county = street.person(small.people["county"])
    assert "不再办理：征求已撤回。" in at_county.get(f"/work-items/{question}").text
    assert "征求或委派的事项不用再办：征求已撤回" in at_county.get("/notices").text


def test_pickers_say_who_cannot_be_chosen_and_why(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.fixed(number)
    small.verified(number, "not_fixed", demand="请补收据")
    item, street, people = small.item(f"ticket:{number}", "rectify").id, street_of(small), small.people
    helper = street.person(people["helper"])
    page = helper.get(f"/work-items/{item}").text
    offered = dict(re.findall(r'<option value="(\d+)"( disabled)?>[^<]* · ', page))
    assert offered[str(people["town"])], "judged it"
    assert offered[str(people["helper"])], "has it"
    assert offered[str(people["town_second"])] == ""
    assert str(people["inspector"]) not in offered
    asked = f"/people/choices?about={item}&kind="
    given = helper.get(f"{asked}delegation&who=town").text
    assert re.search(rf'value="{people["town"]}"\s+disabled', given)
    assert "复核或审批过这张工单" in given
    assert re.search(rf'value="{people["town_second"]}"\s*>', given)
    assert "disabled" not in helper.get(f"{asked}opinion&who=town").text
    assert "不能选择自己" in helper.get(f"{asked}opinion&who=helper").text
    assert helper.get("/people/choices?about=99999&who=town").status_code == 404


def test_pickers_find_nobody_of_another_county(small: SmallCampaign) -> None:
    small.second_county("Asia/Shanghai")
    number = small.in_progress()
    item, street, people = small.item(f"ticket:{number}", "rectify").id, street_of(small), small.people
    helper, far = street.person(people["helper"]), street.person(people["far_helper"])
    inspector = street.person(people["inspector"])

    def found(who: Browser, typed: str, more: str = "") -> set[int]:
        page = who.get(f"/people/choices?who={typed}{more}").text
        return {int(match) for match in re.findall(r'value="(\d+)"', page)}

    strangers = [people[entry] for entry in ("far_helper", "far_lead", "far_town", "far_county")]
    ticked = "".join(f"&person={stranger}" for stranger in strangers)
    for more in ("", f"&about={item}", f"&ticket={number}"):
        assert found(helper, "far", more) | found(inspector, "far", more) == set(), more
        assert found(helper, "far", more + ticked) == set(), more
        assert {people[entry] for entry in ("town", "clinic_leader", "health", "county", "city")} <= (
            found(helper, "t", more) | found(helper, "clinic", more) | found(helper, "health", more)
        ), more
    assert found(far, "county") == {people["far_county"]}
    assert found(street.person(people["county"]), "west") == {people["west_lead"], people["west_helper"]}
    assert set(strangers) == found(street.person(people["city"]), "far")
    assert far.get(f"/people/choices?who=t&ticket={number}").status_code == 404
    assert found(street.person(people["west_helper"]), "lead") == {
        people[entry]
        for entry in ("west_lead", "county_leader", "health_leader", "town_leader", "clinic_leader")
    }
    for path in (f"/tickets/{number}/copies", f"/work-items/{item}/consultations"):
        asks = {"kind": "opinion", "question": "可否？"}
        refused = helper.post(path, {**asks, "person": str(people["far_county"])})
        assert (refused.status_code, "不在您和这件事项所属的区划" in refused.text) == (422, True), path
        assert "far_county" not in refused.text
        assert "请选择" in helper.post(path, {**asks, "who": "far_county"}).text
    program = street.program(people["helper"])
    sent = program.post(f"/api/v1/tickets/{number}/copies", json={"people": [people["far_county"]]})
    assert list(sent.json()["problems"]) == ["people"]


def test_whoever_decides_reads_what_was_asked(small: SmallCampaign) -> None:
    key = f"ticket:{small.in_progress()}"
    asks = {"outcome": "extend", "result": "材料采购延迟", "asked_date": "2019-09-21"}
    small.do("helper", key, "rectify", **asks)
    street, item = street_of(small), small.item(key, "decide_extension").id
    page = street.person(small.people["town"]).get(f"/work-items/{item}").text
    before = page.partition('id="before"')[2].partition("<form")[0]
    assert all(words in before for words in ("材料采购延迟", "9月21日", "helper"))
    small.do("town", key, "decide_extension", extension_granted="no", extension_note="请按期完成")
    again = small.item(key, "rectify").id
    assert "请按期完成" in street.person(small.people["helper"]).get(f"/work-items/{again}").text


def test_leaders_acknowledge_what_is_late(small: SmallCampaign) -> None:
    due_on_the_12th(small)
    street = street_of(small)
    small.push(local(14, 9))
    leader = street.person(small.people["team_leader"])
    [late] = small.tickets()
    new = leader.get("/notices/count").json()["bell"]
    waiting = leader.get("/acknowledgements").text
    seen = new - leader.get("/notices/count").json()["bell"]
    assert seen == 2, "whoever sees it here has seen its reminder and its escalation"
    assert all(words in waiting for words in ("helper", "逾期 2 天"))
    found = re.search(r'name="awaited" value="(\d+)"', waiting)
    assert found is not None
    assert (
        street.person(small.people["helper"]).post("/acknowledgements", {"awaited": found[1]}).status_code
        == 403
    )
    signed = leader.post("/acknowledgements", {"awaited": found[1], "about": late.key}).headers["location"]
    assert signed == f"/tickets/{late.id}?signed=1"
    assert "已签收" in leader.get(signed).text
    assert 'name="awaited"' not in leader.get("/acknowledgements").text
    small.push(day_end(15))
    town = street.program(small.people["town"])
    [one] = town.get("/api/v1/acknowledgements").json()
    assert (one["level"], one["colour"]) == (2, "yellow")
    assert town.post(f"/api/v1/acknowledgements/{one['id']}").status_code == 204
    assert town.get("/api/v1/acknowledgements").json() == []

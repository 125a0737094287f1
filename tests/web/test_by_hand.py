"""What people set going through the API: only what a diagram lets them, about what they see, with its form."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.clock import PushedClock
from engine.database import Database
from engine.schema import history, instances
from rectification.people.deputies import Deputy
from tests.rectification.campaign import EAST, FAR, SmallCampaign, local
from tests.web.conftest import Street
from tests.web.test_consultations import street_of

HOUSEHOLD_CHECK = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <message id="Message_told" name="neighbour_told"/>
  <process id="extra_check" name="临时核查" isExecutable="true" camunda:isStartableInTasklist="true" camunda:candidateStarterGroups="county_office, town_office">
    <startEvent id="begins"><extensionElements><camunda:formData>
      <camunda:formField id="why" label="事由" type="string"><camunda:properties><camunda:property id="label_en" value="Why"/></camunda:properties><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>
      <camunda:formField id="second" label="复核人" type="person"><camunda:properties><camunda:property id="label_en" value="Second person"/></camunda:properties></camunda:formField>
      <camunda:formField id="days" label="天数" type="number"><camunda:properties><camunda:property id="label_en" value="Days"/></camunda:properties><camunda:validation><camunda:constraint name="max" config="30"/></camunda:validation></camunda:formField>
    </camunda:formData></extensionElements></startEvent>
    <sequenceFlow id="a" sourceRef="begins" targetRef="hears"/>
    <receiveTask id="hears" name="等待说明" messageRef="Message_told"><extensionElements>
      <camunda:formData><camunda:formField id="said" label="说明" type="string"><camunda:properties><camunda:property id="label_en" value="What was said"/></camunda:properties><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField></camunda:formData>
      <camunda:properties><camunda:property name="senders" value="town_office"/></camunda:properties>
    </extensionElements></receiveTask>
    <sequenceFlow id="b" sourceRef="hears" targetRef="looks"/>
    <userTask id="looks" name="核查" camunda:candidateGroups="${post('town_office', town)}" camunda:dueDate="${days_after(now(), 3)}"/>
    <sequenceFlow id="c" sourceRef="looks" targetRef="done"/><endEvent id="done"/>
  </process>
</definitions>"""
CHECK, MESSAGES = "/api/v1/processes/extra_check/instances", "/api/v1/messages"


@pytest.fixture
def small(database: Database, clock: PushedClock, tmp_path: Path) -> SmallCampaign:
    """Two counties; a ticket is worked on in the first."""
    small_campaign = SmallCampaign(database, clock, tmp_path)
    small_campaign.furnish()
    small_campaign.second_county("Asia/Shanghai")
    with database.writing() as session:
        small_campaign.engine.publish(session, {"extra_check.bpmn": HOUSEHOLD_CHECK.encode()}, "tests")
    return small_campaign


@pytest.fixture
def street(small: SmallCampaign) -> Street:
    """Its pages and programs."""
    return street_of(small)


def processes_about(small: SmallCampaign, key: str) -> list[str]:
    query = select(instances.c.process).where(instances.c.key == key).order_by(instances.c.id)
    with small.database.reading() as session:
        return list(session.scalars(query))


@pytest.mark.parametrize("who", ["far_county", "county", "town", "helper"])
def test_nobody_starts_what_the_register_starts(small: SmallCampaign, street: Street, who: str) -> None:
    number = small.in_progress()
    key, me = f"ticket:{number}", f"person:{small.people[who]}"
    before = processes_about(small, key)
    program = street.program(small.people[who])
    asked = {"ticket": number, "campaign": 1, "ending": 1, "ending_reason": "x", "confirmers": [me]}
    for process in (
        "ticket_ending",
        "rectification",
        "consultation",
        "progress_statement",
        "household_visit",
    ):
        path = f"/api/v1/processes/{process}/instances"
        answer = program.post(path, json={"key": key, "variables": asked})
        assert answer.status_code == 404, process
    for name in ("issue_withdrawn", "list_submitted", "progress_made", "responsible_changed", "nothing"):
        answer = program.post(MESSAGES, json={"name": name, "key": key, "payload": {"confirmers": [me]}})
        assert answer.status_code == 404, name
    assert processes_about(small, key) == before
    assert small.ticket(number).status == "in_progress"


def test_a_process_for_people_is_started_about_what_they_see_where_they_have_the_post(
    small: SmallCampaign, street: Street
) -> None:
    home = small.homes["201-001"]
    given = {"key": f"household:{home}", "variables": {"why": "群众反映"}}
    answers = {
        who: street.program(small.people[who]).post(CHECK, json=given).status_code
        for who in ("far_county", "far_town", "helper", "lead", "inspector", "health", "county", "town")
    }
    assert answers == {
        "far_county": 404, "far_town": 404, "health": 404,
        "helper": 403, "lead": 403, "inspector": 403,
        "county": 201, "town": 201,
    }  # fmt: skip
    assert processes_about(small, f"household:{home}") == ["extra_check", "extra_check"]
    answer = street.program(small.people["county"]).post(CHECK, json={**given, "key": "household:999"})
    assert answer.status_code == 404
    assert street.program(small.people["county"]).post(CHECK, json={**given, "key": "x"}).status_code == 404


def test_a_post_elsewhere_does_not_make_one_of_those_who_start_here(
    small: SmallCampaign, street: Street
) -> None:
    with small.database.writing() as session:
        small.post(session, "helper", "town_office", "341222100")
    given = {"key": f"household:{small.homes['201-001']}", "variables": {"why": "x"}}
    assert street.program(small.people["helper"]).post(CHECK, json=given).status_code == 403
    far = {"key": f"household:{small.homes['301-001']}", "variables": {"why": "x"}}
    assert street.program(small.people["helper"]).post(CHECK, json=far).status_code == 201


def test_the_start_form_takes_its_fields_and_nothing_else(small: SmallCampaign, street: Street) -> None:
    town, key = street.program(small.people["town"]), f"household:{small.homes['201-001']}"
    me, other = small.people["town"], small.people["town_second"]
    for variables, wrong in (
        ({}, {"why"}),
        ({"why": "x", "days": 31}, {"days"}),
        ({"why": "x", "campaign": 2}, {"campaign"}),
        ({"why": "x", "village": FAR}, {"village"}),
        ({"why": "x", "confirmers": []}, {"confirmers"}),
        ({"why": "x", "second": me}, {"second"}),
        ({"why": "x", "second": str(me)}, {"second"}),
    ):
        answer = town.post(CHECK, json={"key": key, "variables": variables})
        assert answer.status_code == 422, variables
        assert set(answer.json()["problems"]) == wrong
    assert processes_about(small, key) == []
    answer = town.post(CHECK, json={"key": key, "variables": {"why": "x", "second": other}})
    assert answer.status_code == 201
    with small.database.reading() as session:
        row = session.execute(select(history.c.detail, history.c.person).where(history.c.key == key)).first()
    assert row is not None
    assert f'"village":"{EAST}"' in row.detail
    assert row.person == me


def test_what_lies_in_several_campaigns_is_started_for_one_that_is_named(
    small: SmallCampaign, street: Street
) -> None:
    county = street.program(small.people["county"])
    given = {"key": f"village:{EAST}", "variables": {"why": "x"}}
    assert set(county.post(CHECK, json=given).json()["problems"]) == {"campaign"}
    assert county.post(CHECK, json={**given, "campaign": 77}).status_code == 422
    assert county.post(CHECK, json={**given, "campaign": 1}).status_code == 201


def test_a_message_for_people_goes_to_the_one_that_waits(small: SmallCampaign, street: Street) -> None:
    county, town = (street.program(small.people[who]) for who in ("county", "town"))
    key = f"household:{small.homes['201-001']}"
    told = {"name": "neighbour_told", "key": key, "payload": {"said": "家中有人"}}
    assert town.post(MESSAGES, json=told).status_code == 404, "nothing waits yet"
    assert town.post(CHECK, json={"key": key, "variables": {"why": "x"}}).status_code == 201
    assert county.post(MESSAGES, json=told).status_code == 403
    assert street.program(small.people["far_town"]).post(MESSAGES, json=told).status_code == 404
    for payload, wrong in (({}, {"said"}), ({"said": "x", "town": "341222100"}, {"town"})):
        answer = town.post(MESSAGES, json={**told, "payload": payload})
        assert (answer.status_code, set(answer.json()["problems"])) == (422, wrong)
    assert small.waiting(key) == []
    assert town.post(MESSAGES, json=told).status_code == 202
    assert small.waiting(key) == ["looks"]
    assert small.variables(key)["said"] == "家中有人"


def test_whoever_stands_in_starts_it_for_the_other_as_long_as_they_do(
    small: SmallCampaign, street: Street
) -> None:
    who, day = small.people["far_helper"], dt.date(2019, 9, 2)
    with small.database.writing() as session:
        row = Deputy(person_id=who, stands_in_for_id=small.people["town"], since=day, until=day)
        session.add(row)
    key = f"household:{small.homes['201-001']}"
    given = {"key": key, "variables": {"why": "x"}}
    named = {"key": key, "variables": {"why": "x", "second": small.people["town"]}}
    small.clock.push_to(local(2))
    assert street.program(who).post(CHECK, json=named).status_code == 422
    assert street.program(who).post(CHECK, json=given).status_code == 201
    with small.database.reading() as session:
        behalf = session.scalar(select(history.c.on_behalf_of).where(history.c.key == key))
    assert behalf == small.people["town"]
    small.clock.push_to(local(3))
    assert street.program(who).post(CHECK, json=given).status_code == 404


def test_timers_are_those_of_what_the_asker_sees(small: SmallCampaign, street: Street) -> None:
    small.begin()
    near, far = f"village:{EAST}", f"village:{FAR}"
    with small.database.writing() as session:
        small.post(session, "far_helper", "admin", "341226")
    with small.database.reading() as session:
        keys = {row.id: row.key for row in session.execute(select(instances.c.id, instances.c.key))}

    def seen(who: str) -> set[str]:
        listed = street.program(small.people[who]).get("/api/v1/timers", params={"limit": 1000}).json()
        return {keys[entry["instance"]] for entry in listed["timers"]}

    assert {who: seen(who) for who in ("county", "far_county", "far_helper")} == {
        "county": {near},
        "far_county": {far},
        "far_helper": {far},
    }
    late = {"due_before": "2019-09-01T00:00:00Z"}
    assert street.program(small.people["county"]).get("/api/v1/timers", params=late).json() == {"timers": []}

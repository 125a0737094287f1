"""What an area publishes is in force in it and below: diagrams, escalations, templates, criteria; nothing elsewhere moves."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select

from engine.errors import NotAllowed
from engine.host import Values
from engine.schema import instances, work_items
from engine.worklist.selectables import running_instances
from huitoukan.application import shipped_files
from rectification.calendar.holidays import EVERYWHERE
from rectification.campaigns.criteria import get_criteria, set_criterion, versions_of
from rectification.campaigns.model import get_campaign
from rectification.escalation.policy import EscalationStep, get_levels
from rectification.households.model import Household
from rectification.matters.scope_of_work import scope_of
from rectification.papers.kinds import get_paper_kind
from rectification.papers.printing import desk_for, print_paper
from rectification.papers.templates import adopt, give_up_own, own_template, try_out
from rectification.people.posts import INSTALLATION, Post
from rectification.people.scopes import owner_with
from rectification.places.scopes import Owner, begins_with, scopes_above
from rectification.process.instance_migrations import lies_in
from rectification.rescheduling.calendar import calendars_of
from rectification.setup.start_village import begin_village
from tests.rectification.campaign import (
    CITY,
    COUNTY,
    EAST,
    FAR,
    FAR_COUNTY,
    FAR_TOWN,
    TOWN,
    WEST,
    SmallCampaign,
    local,
)
from tests.rectification.test_papers import document, words

VISIT = "household_visit"


@pytest.fixture
def both(small: SmallCampaign) -> SmallCampaign:
    """Two counties of one city, each with a campaign of its own."""
    small.second_county("Asia/Shanghai")
    return small


def publish(small: SmallCampaign, scope: str, file: str, old: str, new: str) -> int:
    """The shipped files with one change, for an area; returns the version."""
    files = shipped_files()
    changed = files[file].decode().replace(old, new)
    assert changed != files[file].decode()
    with small.database.writing() as session:
        return small.engine.publish(session, {**files, file: changed.encode()}, "t", scope=scope)


def new_visit(small: SmallCampaign, village: str) -> int:
    """Another household of a village begins; returns the version on which its visit runs."""
    far = village == FAR
    with small.database.writing() as session:
        number = len(small.homes) + 1
        home = Household(campaign_id=2 if far else 1, number=f"{village[-3:]}-9{number}", village=village)
        home.town, home.county = (FAR_TOWN, FAR_COUNTY) if far else (TOWN, COUNTY)
        home.head, home.kind, home.members_registered = "新户", "registered", 1
        home.helper_id = small.people["far_helper" if far else "helper"]
        session.add(home)
        session.flush()
        small.homes[home.number] = home.id
        begin_village(session, small.engine, get_campaign(session, home.campaign_id), village)
        query = select(instances.c.definition_id).where(instances.c.key == f"household:{home.id}")
        return int(session.execute(query).scalar_one())


def test_what_a_county_publishes_starts_there_alone_and_running_work_stays(both: SmallCampaign) -> None:
    both.begin(EAST)
    with both.database.reading() as session:
        shipped = set(session.scalars(select(instances.c.definition_id)))
    assert len(shipped) == 1
    county = publish(both, COUNTY, f"{VISIT}.bpmn", 'name="入户', 'name="本县入户')
    assert new_visit(both, EAST) == county
    assert {new_visit(both, FAR)} == shipped
    city = publish(both, CITY, f"{VISIT}.bpmn", 'name="入户', 'name="全市入户')
    assert [new_visit(both, EAST), new_visit(both, WEST), new_visit(both, FAR)] == [county, county, city]
    back = publish(both, COUNTY, f"{VISIT}.bpmn", 'name="入户', 'name="再改入户')
    assert [new_visit(both, EAST), new_visit(both, FAR)] == [back, city]
    with both.database.reading() as session:
        first = select(instances.c.definition_id).where(instances.c.id <= 5)
        assert set(session.scalars(first)) == shipped, "what runs stays on its version"


def test_a_ticket_starts_on_the_version_of_its_own_county(both: SmallCampaign) -> None:
    both.begin(EAST)
    county = publish(both, COUNTY, "rectification.bpmn", 'name="交办', 'name="本县交办')
    number = both.accepted()
    with both.database.reading() as session:
        query = select(instances.c.definition_id).where(instances.c.key == f"ticket:{number}")
        assert session.scalars(query).all() == [county]
        for key in (f"ticket:{number}", f"household:{both.homes['201-001']}", f"village:{EAST}"):
            assert scope_of(session, key, {}) == EAST, key
        assert scope_of(session, f"unit:{both.units['health']}", {}) == COUNTY
        assert scope_of(session, "timer:1", {"campaign": 1}) == CITY
        assert scope_of(session, "timer:1", {"campaign": "no number"}) == ""
        assert scope_of(session, "timer:1", {"county": COUNTY}) == COUNTY
        keys = set(session.scalars(select(running_instances.c.key).where(lies_in(COUNTY))))
        assert f"ticket:{number}" in keys
        assert f"household:{both.homes['301-001']}" not in keys
        assert set(session.scalars(select(running_instances.c.key).where(lies_in(CITY)))) > keys


def test_areas_start_for_themselves_and_those_above_leave_them_out(both: SmallCampaign) -> None:
    with both.database.reading() as session:
        assert scopes_above(session, EAST) == (EAST, TOWN, COUNTY, CITY, "")
        assert begins_with(session, "", {COUNTY, FAR_COUNTY}) == {"areas_apart": [FAR_COUNTY, COUNTY]}
        own = {"areas_apart": [], "city": CITY, "county": COUNTY}
        assert begins_with(session, COUNTY, {"", CITY, FAR_COUNTY}) == own


def statements(small: SmallCampaign) -> int:
    counted: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    place: Values = {"campaign": 1, "village": WEST, "town": TOWN, "county": COUNTY}
    event.listen(small.database.engine, "before_cursor_execute", count)
    try:
        with small.database.writing() as session:
            small.engine.start(session, "village_check", f"village:{WEST}", place)
    finally:
        event.remove(small.database.engine, "before_cursor_execute", count)
    return len(counted)


def test_a_start_costs_one_statement_more_where_areas_have_their_own(both: SmallCampaign) -> None:
    statements(both)
    before = statements(both)
    publish(both, FAR_COUNTY, f"{VISIT}.bpmn", 'name="入户', 'name="远县入户')
    statements(both)
    assert statements(both) == before + 1


def test_each_county_is_reminded_by_its_own_escalation(both: SmallCampaign) -> None:
    both.begin(EAST)
    shipped = shipped_files()["escalation.dmn"].decode()
    rule = next(part for part in shipped.split("<rule") if '"visit"' in part and "<text>-24</text>" in part)
    earlier = rule.replace("<text>-24</text>", "<text>-36</text>")
    publish(both, COUNTY, "escalation.dmn", rule, earlier)
    with both.database.reading() as session:
        hours = {
            place: [
                level.offset.total_seconds() / 3600 for level in get_levels(session, "visit", f"1@{place}")
            ]
            for place in (EAST, FAR, "")
        }
    assert -36 in hours[EAST]
    assert -36 not in hours[FAR]
    assert hours[FAR] == hours[""]
    both.push(local(12, 13))  # the visits are due at the end of the 13th
    with both.database.reading() as session:
        told = select(EscalationStep.escalation_at, work_items.c.key).join(
            work_items, work_items.c.id == EscalationStep.work_item_id
        )
        last = {
            key.partition(":")[0] + ":" + ("far" if key.endswith(f":{both.homes['301-001']}") else "near"): at
            for at, key in session.execute(
                told.where(work_items.c.element == "visit").order_by(EscalationStep.id)
            )
        }
    assert last["household:near"].astimezone(local(1).tzinfo).day == 12
    assert last["household:far"].astimezone(local(1).tzinfo).day == 10


def printed(small: SmallCampaign, home: str, number: int = 1) -> str:
    with small.database.reading() as session:
        who = small.people["county"]
        desk = desk_for(session, small.engine, small.folder, "http://x", who, number)
        return words(print_paper(desk, get_paper_kind("visit_form_blank"), str(small.homes[home])))


def put_in_place(small: SmallCampaign, area: str, text: str) -> None:
    form = get_paper_kind("visit_form")
    tried = try_out(document(f"{text} {{{{ 户主 }}}}"), form, f"{text}.docx")
    with small.database.writing() as session:
        one = get_campaign(session, 1)
        adopt(small.acting(session, "county"), small.folder, one, area, form, tried)


def test_papers_are_written_on_the_template_of_the_nearest_area(both: SmallCampaign) -> None:
    put_in_place(both, FAR_COUNTY, "别县")
    assert "别县" not in printed(both, "201-001")
    put_in_place(both, CITY, "全市")
    assert "全市 户主1" in printed(both, "201-001")
    put_in_place(both, COUNTY, "本县")
    assert "本县 户主1" in printed(both, "201-001")
    put_in_place(both, CITY, "全市改版")
    assert "本县 户主1" in printed(both, "201-001")
    form = get_paper_kind("visit_form")
    with both.database.writing() as session:
        one = get_campaign(session, 1)
        give_up_own(both.acting(session, "town"), one, TOWN, form)
        give_up_own(both.acting(session, "county"), one, COUNTY, form)
    assert "全市改版 户主1" in printed(both, "201-001")
    with both.database.reading() as session:
        far = own_template(session, 1, form, FAR)
        assert far is not None
        assert far.area == FAR_COUNTY


def test_criteria_count_in_the_area_that_wrote_them_and_below(both: SmallCampaign) -> None:
    def say(who: str, area: str, text: str) -> None:
        with both.database.writing() as session:
            set_criterion(both.acting(session, who), 1, area, "E4", text, "")

    say("city", CITY, "全市每季度一次")
    say("county", COUNTY, "本县每月一次")
    for who, area in (
        ("far_county", COUNTY),
        ("county", CITY),
        ("county", FAR_COUNTY),
        ("health", FAR_COUNTY),
    ):
        with pytest.raises(NotAllowed):
            say(who, area, "不归我管")
    with both.database.reading() as session:
        told = {place: get_criteria(session, 1, place)["E4"].text_zh for place in (EAST, COUNTY, FAR, CITY)}
        assert [(version.area, version.version) for version in versions_of(session, 1, EAST, "E4")] == [
            (COUNTY, 1),
            (CITY, 1),
        ]
    assert told == {
        EAST: "本县每月一次",
        COUNTY: "本县每月一次",
        FAR: "全市每季度一次",
        CITY: "全市每季度一次",
    }


def test_whose_a_scope_is(both: SmallCampaign) -> None:
    with both.database.writing() as session:
        since = local(1).date()
        session.add(Post(person_id=both.people["town"], role="admin", scope=INSTALLATION, since=since))
        session.add(Post(person_id=both.people["health"], role="process_owner", scope="", since=since))
    roles = {"process_owner", "county_office", "city_office", "admin"}
    with both.database.reading() as session:
        owners = {
            who: owner_with(session, both.people[who], roles, local(2).date())
            for who in ("city", "county", "far_county", "town", "health")
        }
        scopes = ("", CITY, COUNTY, EAST, FAR_COUNTY)
        owned = {who: [scope for scope in scopes if one.owns(scope)] for who, one in owners.items()}
        read = {who: [scope for scope in scopes if one.goes_by(scope)] for who, one in owners.items()}
        assert owners["county"].places_in("") == [COUNTY]
        assert owners["county"].places_in(FAR_COUNTY) == []
        assert owners["city"].places_in(COUNTY) == [COUNTY]
        assert Owner(session, []).places_in("") == []
    assert owned == {
        "city": [CITY, COUNTY, EAST, FAR_COUNTY],
        "county": [COUNTY, EAST],
        "far_county": [FAR_COUNTY],
        "town": list(scopes),
        "health": [],
    }
    assert read["county"] == ["", CITY, COUNTY, EAST]
    assert read["far_county"] == ["", CITY, FAR_COUNTY]
    assert read["health"] == []


def test_the_calendar_of_the_whole_country_belongs_to_the_installation(both: SmallCampaign) -> None:
    with both.database.writing() as session:
        since = local(1).date()
        session.add(Post(person_id=both.people["helper"], role="admin", scope=INSTALLATION, since=since))
        session.add(Post(person_id=both.people["health"], role="city_office", scope="", since=since))
        wide = Post(person_id=both.people["lead"], role="admin", scope=CITY, since=since)
        wide.area_code = CITY
        session.add(wide)
    with both.database.reading() as session:
        kept = {
            who: calendars_of(session, both.people[who], local(2).date())
            for who in ("city", "county", "far_county", "lead", "helper", "health")
        }
    assert kept == {
        "city": [CITY],
        "county": [COUNTY],
        "far_county": [FAR_COUNTY],
        "lead": [CITY],
        "helper": [EVERYWHERE],
        "health": [],
    }

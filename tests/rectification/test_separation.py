"""Separation of duties: whoever fixed it, and whoever belongs to the unit that did, does not judge it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine.clock import PushedClock
from engine.database import Database
from engine.errors import NotAllowed, WrongValues
from rectification.access.separation_of_duties import check_separation
from rectification.matters.ticket import Ticket
from rectification.people.deputies import Deputy
from rectification.people.model import Person
from rectification.people.posts import Post
from rectification.places.areas import LEVELS
from tests.rectification.campaign import CITY, COUNTY, EAST, TOWN, UNITS, SmallCampaign, local

TODAY = dt.date(2019, 9, 2)
LEVEL = {CITY: "city", COUNTY: "county", TOWN: "town", EAST: "village"}
OFFICES = {"town": ("town_office", TOWN), "county": ("county_office", COUNTY), "city": ("city_office", CITY)}

VERIFIERS = {
    ("team", "helper"): {"town", "town_second"},
    ("committee", "village_office"): {"town", "town_second"},
    ("clinic", "clinic_leader"): {"county", "county_second"},
    ("town", "town"): {"county", "county_second"},
    ("health", "health"): {"county", "county_second"},
    ("county", "county"): {"city"},
}
"""Unit and person that fix, and who may then verify."""


@pytest.mark.parametrize(("fixing", "verifying"), VERIFIERS.items())
def test_only_a_level_above_verifies(
    small: SmallCampaign, fixing: tuple[str, str], verifying: set[str]
) -> None:
    unit, fixer = fixing
    small.begin()
    number = small.accepted()
    small.dispatch(number, fixer, unit)
    small.do(fixer, f"ticket:{number}", "acknowledge", acknowledged="yes")
    small.fixed(number, fixer)
    item = small.item(f"ticket:{number}", "reverify")
    let_through = set()
    with small.database.reading() as session:
        view = small.engine.work_item(session, item.id)
        for who in small.people:
            try:
                small.check(who)(session, view)
            except NotAllowed:
                continue
            let_through.add(who)
    assert let_through == verifying


@pytest.mark.parametrize(
    "second",
    [
        "helper",
        "Helper ",
        "钱二、helper",
        "helper（东村驻村工作队）",
        "helper_second",
        "team_leader",
        "zhao",
        "town",
        "deputy",
    ],
)
def test_the_second_verifier_is_nobody_who_could_not_be_the_first(small: SmallCampaign, second: str) -> None:
    small.begin()
    number = small.accepted()
    small.dispatch(number, "helper", "team")
    small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    small.fixed(number, "helper")
    with small.database.writing() as session:
        zhao = Person(name="钱 三", login="zhao")
        deputy = Person(name="代办", login="deputy")
        session.add_all([zhao, deputy])
        session.flush()
        small.people |= {"zhao": zhao.id, "deputy": deputy.id}
        small.post(session, "zhao", "helper", EAST, unit="team")
        session.add(Deputy(person_id=deputy.id, stands_in_for_id=small.people["helper"], since=TODAY))
    with pytest.raises(WrongValues) as refused:
        small.verified(number, "fixed", second_verifier=second)
    assert list(refused.value.problems) == ["second_verifier"]
    with pytest.raises(WrongValues):
        small.verified(number, "fixed", second_verifier="钱三")
    small.verified(number, "fixed", second_verifier="town_second")


def test_the_second_visitor_is_somebody_else(small: SmallCampaign) -> None:
    small.begin()
    with pytest.raises(WrongValues) as refused:
        small.visit("201-001", second_visitor=" Helper")
    assert list(refused.value.problems) == ["second_visitor"]


# -- any posts at all ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """A task, as far as separation looks at it."""

    instance: int
    key: str
    owner: str


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCampaign]:
    """One campaign for many examples; nothing of an example is kept."""
    folder: Path = tmp_path_factory.mktemp("separation")
    database = Database(f"sqlite:///{folder / 'one.db'}")
    database.create_all()
    small = SmallCampaign(database, PushedClock(local(2)), folder)
    small.furnish()
    yield small
    database.close()


posts = st.lists(st.sampled_from([unit for unit in UNITS if UNITS[unit][2] in LEVEL]), max_size=4)
units = st.sampled_from(["team", "committee", "clinic", "town", "health", "county"])


def refused(small: SmallCampaign, held: list[str], fixing: str, acts_for: str, fixer: str) -> bool:
    """Whether the inspector, holding these posts and no other, is kept from judging what ``fixer`` did."""
    who, (role, scope) = small.people["inspector"], OFFICES[acts_for]
    with Session(small.database.engine) as session:
        session.execute(delete(Post).where(Post.person_id == who))
        for unit in held:
            led = ("unit_leader", f"U{small.units[unit]}")
            small.post(session, "inspector", *OFFICES.get(unit, led), unit=unit)
        ticket = Ticket(campaign_id=1, village=EAST, town=TOWN, county=COUNTY, item="E4", category="1")
        ticket.description, ticket.found_on, ticket.created_at = "x", TODAY, local(2)
        ticket.resp_unit_id, ticket.resp_person_id = small.units[fixing], small.people[fixer]
        session.add(ticket)
        session.flush()
        item = Item(1, ticket.key, f"post:{role}@{scope}")
        try:
            check_separation(session, who, item, "rectify", {}, TODAY)
        except NotAllowed:
            return True
        finally:
            session.rollback()
    return False


@settings(deadline=None)
@given(posts, units, st.sampled_from(sorted(OFFICES)))
def test_the_responsible_person_never_judges(
    shelf: SmallCampaign, held: list[str], fixing: str, acts_for: str
) -> None:
    assert refused(shelf, held, fixing, acts_for, fixer="inspector")


@settings(deadline=None)
@given(posts, units, st.sampled_from(sorted(OFFICES)))
def test_somebody_without_a_post_in_the_unit_always_may(
    shelf: SmallCampaign, held: list[str], fixing: str, acts_for: str
) -> None:
    elsewhere = [unit for unit in held if unit != fixing]
    assert not refused(shelf, elsewhere, fixing, acts_for, fixer="helper")


@settings(deadline=None)
@given(posts, units, st.sampled_from(sorted(OFFICES)))
def test_a_member_of_the_unit_may_only_from_a_higher_level(
    shelf: SmallCampaign, held: list[str], fixing: str, acts_for: str
) -> None:
    member = [*held, fixing]
    above = LEVELS.index(LEVEL[OFFICES[acts_for][1]]) < LEVELS.index(LEVEL[UNITS[fixing][2]])
    if acts_for in member:
        assert refused(shelf, member, fixing, acts_for, fixer="helper") is not above
    if all(LEVELS.index(LEVEL[UNITS[unit][2]]) >= LEVELS.index(LEVEL[UNITS[fixing][2]]) for unit in member):
        assert refused(shelf, member, fixing, acts_for, fixer="helper")


def test_an_inspector_is_never_made_responsible(small: SmallCampaign) -> None:
    small.begin()
    number = small.accepted()
    with small.database.writing() as session:
        small.post(session, "inspector", "inspector", COUNTY, unit="team")
    with pytest.raises(WrongValues) as refused:
        small.dispatch(number, who="inspector")
    assert "不整改" in refused.value.problems["resp_person"].zh


def test_a_transfer_is_not_asked_to_somebody_who_has_judged_the_ticket(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.fixed(number)
    small.verified(number, "not_fixed", demand="请补收据")
    to_town = {"to_unit": small.units["town"], "outcome": "transfer", "result": "应由镇里办"}
    with pytest.raises(WrongValues) as refused:
        small.do("helper", f"ticket:{number}", "rectify", to_person=small.people["town"], **to_town)
    assert "复核或审批过这张工单" in refused.value.problems["to_person"].zh
    small.do("helper", f"ticket:{number}", "rectify", to_person=small.people["town_second"], **to_town)
    assert small.item(f"ticket:{number}", "accept_transfer").owner == f"person:{small.people['town_second']}"

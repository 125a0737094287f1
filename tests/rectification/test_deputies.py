"""Deputies: what they see and do, on whose behalf, in which days; no rounds, and no judging of one's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from engine.errors import NotAllowed, WrongValues
from engine.schema import history
from rectification.access.permissions import may_see, owners
from rectification.handover.accounts import close_account
from rectification.handover.naming_deputies import DeputyRequest, end_deputy, name_deputy
from rectification.handover.return_claims import return_claims
from rectification.rescheduling.ticket_due_date import change_due
from tests.rectification.campaign import COUNTY, EAST, TOWN, SmallCampaign, local
from tests.rectification.test_rescheduling import applied, ask


def names(
    small: SmallCampaign,
    who: str,
    deputy: str,
    first: int = 2,
    last: int = 30,
    desks: Sequence[str] | None = None,
) -> int:
    """Somebody names a deputy for days of September."""
    proposal = DeputyRequest(small.people[deputy], dt.date(2019, 9, first), dt.date(2019, 9, last), desks)
    with small.database.writing() as session:
        return name_deputy(small.acting(session, who), proposal).id


def desks(small: SmallCampaign, who: str, day: int) -> set[str]:
    with small.database.reading() as session:
        return set(owners(session, small.people[who], dt.date(2019, 9, day)))


def test_a_deputy_works_in_anothers_name_in_those_days_only(small: SmallCampaign) -> None:
    small.begin()
    names(small, "helper", "helper_second", 3, 5)
    home, key = small.homes["201-001"], f"household:{small.homes['201-001']}"
    with pytest.raises(NotAllowed):
        small.do("helper_second", key, "visit")
    small.push(local(3))
    with small.database.reading() as session:
        assert may_see(session, small.people["helper_second"], key, dt.date(2019, 9, 3))
    values = {"visited_on": "2019-09-03", "second_visitor": "同行人", "met": "home", "members_found": 3}
    fine = {"A5": {"answer": "yes"}, "E3": {"answer": "no"}, "E4": {"answer": "yes"}}
    small.do("helper_second", f"household:{home}", "visit", **values, answers=fine)
    told = select(history.c.person, history.c.on_behalf_of)
    with small.database.reading() as session:
        row = session.execute(told.where(history.c.key == key, history.c.action == "completed")).one()
        assert (row.person, row.on_behalf_of) == (small.people["helper_second"], small.people["helper"])
        assert not may_see(session, small.people["helper_second"], key, dt.date(2019, 9, 6))
    assert f"person:{small.people['helper']}" not in desks(small, "helper_second", 6)
    assert [notice.about for notice in small.notices("helper_second", "deputy_named")]


def test_deputies_stand_in_through_hands_for_what_each_was_given(small: SmallCampaign) -> None:
    town, own = f"post:town_office@{TOWN}", f"person:{small.people['town']}"
    names(small, "town", "town_leader", desks=[town])
    names(small, "town_leader", "town_second", 10, 12)
    names(small, "town_second", "county", 11, 11)
    assert town in desks(small, "county", 11)
    assert own not in desks(small, "county", 11)
    assert f"person:{small.people['town_leader']}" in desks(small, "county", 11)
    assert town not in desks(small, "county", 12)
    assert desks(small, "town_leader", 9) > {town}


def test_nobody_stands_in_for_their_own_deputy(small: SmallCampaign) -> None:
    names(small, "town", "town_leader", 2, 10)
    second = names(small, "town_leader", "town_second", 8, 20)
    with pytest.raises(WrongValues) as refused:
        names(small, "town_second", "town", 5, 9)
    assert "代办" in refused.value.problems["deputy"].zh
    names(small, "town_second", "town", 11, 12)  # nobody goes round on these days
    with small.database.writing() as session:
        end_deputy(small.acting(session, "town_second"), second)
    names(small, "town_second", "town", 5, 9)
    assert [notice.kind for notice in small.notices("town_leader")][-1] == "deputy_ended"


@pytest.mark.parametrize(
    ("proposal", "field"),
    [
        (("city", 2, 3, None), "deputy"),
        (("town", 2, 3, None), "deputy"),
        (("town_second", 1, 3, None), "since"),
        (("town_second", 4, 3, None), "until"),
        (("town_second", 4, 5, []), "owners"),
        (("town_second", 4, 5, ["post:county_office@341226"]), "owners"),
    ],
)
def test_a_proposal_that_cannot_be_is_told_beside_its_field(
    small: SmallCampaign, proposal: tuple[str, int, int, list[str] | None], field: str
) -> None:
    with pytest.raises(WrongValues) as refused:
        names(small, "town", *proposal)
    assert set(refused.value.problems) == {field}


def test_what_a_deputy_took_goes_back_when_their_time_is_over(small: SmallCampaign) -> None:
    names(small, "town", "county", 2, 3, [f"post:town_office@{TOWN}"])
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.submit(unvisited_reason="外出务工")
    item = small.item(f"ticket:{small.tickets()[0].id}", "review_line")
    small.engine.claim(item.id, small.actor("county"), check=small.check("county"))
    with small.database.writing() as session:
        assert return_claims(session, small.clock.now(), dt.date(2019, 9, 3)) == 0
        assert return_claims(session, small.clock.now(), dt.date(2019, 9, 4)) == 1
    assert small.item(item.key, "review_line").owner == f"post:town_office@{TOWN}"


# -- the separation trap -----------------------------------------------------------------------------


def test_a_deputy_never_verifies_for_whom_they_stand_in(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    with small.database.writing() as session:
        small.post(session, "town_second", "helper", EAST)
    names(small, "helper", "town_second", 2, 30)
    small.fixed(number)
    with pytest.raises(NotAllowed) as refused:
        small.verified(number, "fixed", who="town_second")
    assert "代办人" in refused.value.words.zh
    small.verified(number, "fixed", who="town")
    assert "reverify" not in small.waiting(key)


def test_calling_a_deputy_back_does_not_wash_them_clean(small: SmallCampaign) -> None:
    number = small.in_progress()
    with small.database.writing() as session:
        small.post(session, "town_second", "helper", EAST)
    standing = names(small, "helper", "town_second", 2, 30)
    small.fixed(number, who="town_second")
    small.push(local(3))
    with small.database.writing() as session:
        end_deputy(small.acting(session, "helper"), standing)
    with pytest.raises(NotAllowed):
        small.verified(number, "fixed", who="town_second")


def test_a_deputy_does_not_judge_in_anothers_name_what_they_fixed_themselves(small: SmallCampaign) -> None:
    names(small, "town", "town_leader", desks=[f"post:town_office@{TOWN}"])
    small.begin()
    number = small.accepted()
    small.dispatch(number, "town_leader", "town")
    small.do("town_leader", f"ticket:{number}", "acknowledge", acknowledged="yes")
    small.fixed(number, who="town_leader")
    names(small, "county", "county_leader")
    with pytest.raises(NotAllowed):
        small.verified(number, "fixed", who="town_leader")
    small.verified(number, "fixed", who="county_leader")


def test_whoever_is_away_does_not_confirm_what_was_done_in_their_name(small: SmallCampaign) -> None:
    names(small, "town", "county", desks=[f"post:town_office@{TOWN}"])
    with small.database.writing() as session:
        small.post(session, "town", "county_office", COUNTY)
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.submit(unvisited_reason="外出务工")
    key = f"ticket:{small.tickets()[0].id}"
    small.do("county", key, "review_line", review="void", review_reason="重复")
    for who in ("county", "town"):
        with pytest.raises(NotAllowed):
            small.do(who, key, "confirm_void", void_confirmed=True)
    small.do("county_second", key, "confirm_void", void_confirmed=True)


def test_a_deputy_hears_what_is_decided_about_the_work_of_whoever_is_away(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    names(small, "helper", "helper_second")
    names(small, "town", "county_second")
    with small.database.writing() as session:
        change_due(small.acting(session, "county"), number, dt.date(2019, 9, 22), "药品缺货")
    applied(small, ask(small, visits="2019-09-16", list="2019-09-17"))
    extension = {"outcome": "extend", "result": "人手不够", "asked_date": "2019-09-23"}
    small.do("helper_second", key, "rectify", **extension)
    small.do("county_second", key, "decide_extension", extension_granted="no", extension_note="人手足够")
    small.do("helper_second", key, "rectify", outcome="cannot_close", result="工程未完")
    small.explained(number, "helper_second")
    small.do("county_second", key, "town_review", town_decision="reject", town_opinion="可以整改")
    heard = {"rescheduled", "extension", "refused"}
    result = {
        who: [notice for notice in small.notices(who) if notice.kind in heard]
        for who in ("helper", "helper_second")
    }
    for notices in result.values():
        assert [notice.kind for notice in notices] == ["rescheduled", "rescheduled", "extension", "refused"]
    assert small.notices("county_second", "stepped_up")


def test_a_deputy_does_not_ask_to_transfer_a_ticket_to_whose_it_is(small: SmallCampaign) -> None:
    number = small.in_progress()
    names(small, "helper", "helper_second")
    asked = {"to_unit": small.units["team"], "to_person": small.people["helper"]}
    with pytest.raises(WrongValues) as refused:
        small.do("helper_second", f"ticket:{number}", "rectify", outcome="transfer", result="不归我", **asked)
    assert set(refused.value.problems) == {"to_person"}


def test_a_closed_account_is_stood_in_for_and_stands_in_for_nobody(small: SmallCampaign) -> None:
    names(small, "helper", "helper_second")
    names(small, "helper_second", "village_office")
    assert f"person:{small.people['helper']}" in desks(small, "village_office", 3)
    with small.database.writing() as session:
        close_account(small.acting(session, "town"), small.people["helper_second"])
    assert f"person:{small.people['helper']}" in desks(small, "village_office", 3), "the chain goes on"
    with small.database.writing() as session:
        close_account(small.acting(session, "town"), small.people["village_office"])
    assert f"person:{small.people['helper']}" not in desks(small, "village_office", 3)

"""Acts on many tickets answer for each; nudging is bounded; unmasking leaves a trace; filters stay their owner's."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from engine.errors import DomainError, NotAllowed, NotFound, WrongValues
from engine.host import Values
from engine.iso import end_of_day
from rectification.access.unmasking import masked_phone, reveal
from rectification.households.model import Household
from rectification.ledger.saved_filters import forget_filter, get_saved_filter, get_saved_filters, save_filter
from rectification.tickets.bulk import ACTS, BulkOutcome, complete_many, first_door, nudge_many
from rectification.tickets.nudges import nudge
from tests.rectification.campaign import COUNTY, ZONE, SmallCampaign

DAY = dt.date(2019, 9, 2)


def two_accepted(small: SmallCampaign) -> list[int]:
    """Two tickets that wait to be dispatched, and one that is still under review."""
    small.begin()
    small.visit("201-001", {**small.failed("201-001", "E4"), **small.failed("201-001", "A5")})
    small.visit("201-002", small.failed("201-002", "E3"))
    small.submit(unvisited_reason="外出务工")
    numbers = [ticket.id for ticket in small.tickets()]
    for number in numbers[:2]:
        small.do("town", f"ticket:{number}", "review_line", review="accept")
    return numbers


def test_each_ticket_of_a_bulk_dispatch_answers_for_itself(small: SmallCampaign) -> None:
    numbers = two_accepted(small)
    values: Values = {
        "measure": "统一签约", "rect_type": "immediate", "resp_unit": small.units["team"], "resp_person": small.people["helper"],
        "due_date": "2019-09-20",
    }  # fmt: skip
    (door,) = ACTS["dispatch"]
    not_theirs = complete_many(
        small.engine, door, numbers[:1], values, small.actor("lead"), small.check("lead"), "k0"
    )
    assert not_theirs[0].why_not is not None
    assert "待办" in not_theirs[0].why_not.zh
    wrong = complete_many(
        small.engine,
        door,
        numbers[:1],
        {**values, "due_date": "2019-09-30"},
        small.actor("town"),
        small.check("town"),
        "k1",
    )
    assert wrong[0].why_not is not None
    assert "整改时限最迟" in wrong[0].why_not.zh
    small.dispatch(numbers[1])
    done = complete_many(
        small.engine, door, [*numbers, numbers[0]], values, small.actor("town"), small.check("town"), "k2"
    )
    assert [entry.ticket for entry in done] == numbers
    assert [entry.why_not is None for entry in done] == [True, False, False]
    assert small.ticket(numbers[0]).measure == "统一签约"
    assert small.ticket(numbers[1]).measure != "统一签约"
    again = complete_many(
        small.engine, door, numbers[:1], values, small.actor("town"), small.check("town"), "k2"
    )
    assert again[0].why_not is None
    assert small.actions(f"ticket:{numbers[0]}").count("dispatched") == 1


def many(small: SmallCampaign, who: str, act: str, numbers: list[int], **values: Any) -> list[BulkOutcome]:
    """An act on many tickets as the ledger's page does it."""
    with small.database.reading() as session:
        through = first_door(small.engine, session, small.people[who], DAY, act, numbers)
    assert through is not None
    door, item = through
    assert {field.id for field in door.form(item.form).fields if field.required} <= set(values)
    return complete_many(
        small.engine, door, numbers, values, small.actor(who), small.check(who), f"{who}{act}{len(values)}"
    )


def test_many_are_extended_and_assigned_as_one_would_be(small: SmallCampaign) -> None:
    numbers = two_accepted(small)
    for number in numbers[:2]:
        small.dispatch(number, due="2019-09-10")
        small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    with small.database.reading() as session:
        assert first_door(small.engine, session, small.people["town"], DAY, "extend", numbers) is None
    asked = many(small, "helper", "extend", numbers, result="雨天停工", asked_date="2019-09-20")
    assert [entry.why_not is None for entry in asked] == [True, True, False]
    granted = many(small, "town", "extend", numbers[:2], new_due_date="2019-09-18")
    assert [entry.why_not for entry in granted] == [None, None]
    assert {small.ticket(number).due_at for number in numbers[:2]} == {end_of_day(dt.date(2019, 9, 18), ZONE)}
    again = many(small, "helper", "extend", numbers[:1], result="再延", asked_date="2019-09-22")
    assert again[0].why_not is not None
    assert "最多延期" in again[0].why_not.zh
    to = {"result": "属卫生院", "to_unit": small.units["clinic"], "to_person": small.people["clinic_leader"]}
    moved = many(small, "helper", "assign", numbers, **to)
    assert [entry.why_not is None for entry in moved] == [True, True, False]
    for number in numbers[:2]:
        small.do("clinic_leader", f"ticket:{number}", "accept_transfer", transfer_taken="yes")
    assert {small.ticket(number).resp_person_id for number in numbers[:2]} == {small.people["clinic_leader"]}


def _nudge(small: SmallCampaign, who: str, number: int) -> list[BulkOutcome]:
    return nudge_many(small.engine, [number], lambda session: small.acting(session, who))


def test_a_ticket_is_nudged_once_a_day_and_whoever_it_waits_for_is_told(small: SmallCampaign) -> None:
    number = small.in_progress()
    first, second = (_nudge(small, who, number) for who in ("town", "county"))
    assert first[0].why_not is None
    assert second[0].why_not is not None
    assert "今天已经催办过" in second[0].why_not.zh
    assert [notice.about for notice in small.notices("helper", "nudged")] == [f"ticket:{number}"]
    assert small.actions(f"ticket:{number}").count("nudged") == 1
    small.clock.push_by(dt.timedelta(days=1))
    assert _nudge(small, "town", number)[0].why_not is None
    assert len(small.notices("helper", "nudged")) == 2


def test_nobody_nudges_what_they_do_not_see_or_lead(small: SmallCampaign) -> None:
    number = small.in_progress()
    with small.database.writing() as session:
        for who in ("west_lead", "helper"):
            with pytest.raises(NotAllowed):
                nudge(small.acting(session, who), number)
    assert "nudged" not in small.actions(f"ticket:{number}")


def test_a_full_number_is_for_those_whose_work_needs_it_and_leaves_a_row(small: SmallCampaign) -> None:
    home = small.homes["201-001"]
    with small.database.writing() as session:
        session.get_one(Household, home).head_id_number = "341226195001011234"
    for who in ("helper", "lead", "village_office", "town", "county"):
        with small.database.writing() as session:
            assert reveal(small.acting(session, who), home, "id_number") == "341226195001011234"
    for who in ("inspector", "health", "west_lead", "helper_second", "city", "team_leader"):
        with small.database.writing() as session, pytest.raises(NotAllowed):
            reveal(small.acting(session, who), home, "id_number")
    with small.database.writing() as session, pytest.raises(NotFound):
        reveal(small.acting(session, "helper"), home, "head")
    assert small.actions(f"household:{home}").count("revealed") == 5


def test_masked_phones_keep_no_middle() -> None:
    assert [masked_phone(entry) for entry in ("13855512345", "555-123", "110", None, " ")] == [
        "138****2345",
        "555-123",
        "***",
        "",
        "",
    ]


def test_a_filter_is_seen_by_its_circle_and_changed_by_its_owner(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        kept = [
            save_filter(small.acting(session, "town"), name=name, query="status=hung&junk=1", shared_to=circle)
            for name, circle in (
                ("自用", ""), ("本镇", "area:341226100"), ("本单位", f"unit:{small.units['town']}")
            )
        ]  # fmt: skip
        kept.append(save_filter(small.acting(session, "county"), name="全县", query="", shared_to="all"))
        seen = {
            who: [saved_filter.name for saved_filter in get_saved_filters(session, small.people[who], DAY)]
            for who in small.people
        }
        assert kept[0].query == "status=hung"
        assert seen["town"] == ["本单位", "本镇", "自用", "全县"]
        assert seen["town_second"] == ["全县", "本单位", "本镇"]
        assert seen["lead"] == ["全县", "本镇"]
        assert seen["health"] == ["全县"]
        with pytest.raises(NotAllowed):
            forget_filter(small.acting(session, "lead"), kept[1].id)
        with pytest.raises(NotFound):
            get_saved_filter(session, small.people["lead"], kept[0].id, DAY)
        for circle in ("all", f"area:{COUNTY}", f"unit:{small.units['county']}"):
            with pytest.raises(WrongValues):
                save_filter(small.acting(session, "lead"), name="越权", query="", shared_to=circle)
        forget_filter(small.acting(session, "town"), kept[1].id)
        assert [
            saved_filter.name for saved_filter in get_saved_filters(session, small.people["lead"], DAY)
        ] == ["全县"]
        with pytest.raises(DomainError):
            save_filter(small.acting(session, "town"), name="x", query="due_from=soon", shared_to="")

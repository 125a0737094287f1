"""Handing a person's work over: everything passes in one step, what may not is left with its reason."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from engine.errors import DomainError, NotAllowed, WrongValues
from rectification.core.jobs import Job, run_next
from rectification.handover.accounts import close_account
from rectification.handover.follow_up import Handover
from rectification.handover.handover import hand_over
from rectification.handover.request import HandoverRequest
from rectification.handover.workload import get_workload
from rectification.households.model import Household
from rectification.people.model import get_person
from rectification.people.posts import Post, posts_of
from rectification.process.job_registry import WORKS
from tests.rectification.campaign import EAST, TOWN, SmallCampaign, local


def hand(
    small: SmallCampaign, who: str, of: str, to: str | None, reason: str = "leave", **more: object
) -> int:
    """Somebody hands over all the work of somebody to a third."""
    successors = {} if to is None else dict.fromkeys(("tickets", "households", "work"), small.people[to])
    proposal = HandoverRequest(small.people[of], reason, "退休", successors, **more)  # type: ignore[arg-type]
    with small.database.writing() as session:
        return hand_over(small.acting(session, who), proposal).id


def told(small: SmallCampaign, number: int) -> Handover:
    with small.database.reading() as session:
        row = session.get_one(Handover, number)
        session.expunge(row)
        return row


def test_all_of_it_passes_in_one_step_and_the_escalation_follows(small: SmallCampaign) -> None:
    number = small.in_progress()
    old, new = small.people["helper"], small.people["helper_second"]
    row = told(small, hand(small, "town", "helper", "helper_second"))
    assert row.moved == {"tickets": 1, "households": 3}
    assert row.left == []
    assert {entry.owner for entry in small.open() if entry.owner.startswith("person:")} == {f"person:{new}"}
    assert small.ticket(number).resp_person_id == new
    assert small.variables(f"ticket:{number}")["resp_person"] == new
    assert "handed_over" in small.actions(f"ticket:{number}")
    with small.database.reading() as session:
        assert set(session.scalars(select(Household.helper_id).where(Household.village == EAST))) == {new}
        assert get_workload(session, old, local(2).date()).count == 0
    assert len(small.notices("helper_second", "handed_over")) == 1
    assert len(small.notices("town_second", "handed_over")) == 1
    before = len(small.notices("helper"))
    small.push(local(22))
    assert len(small.notices("helper_second")) > 2
    assert len(small.notices("helper")) == before
    small.fixed(number, who="helper_second")
    with pytest.raises(NotAllowed):
        small.verified(number, "fixed", who="helper")


def test_whoever_judged_a_repair_does_not_become_its_fixer(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.fixed(number)
    small.verified(number, "not_fixed", who="town_second", demand="仍未签约")
    row = told(small, hand(small, "county", "helper", "town_second"))
    assert [entry[0] for entry in row.left] == [f"ticket:{number}"]
    assert small.ticket(number).resp_person_id == small.people["helper"]
    assert row.moved["households"] == 3


def test_whoever_repairs_does_not_get_what_others_do_about_it(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.do("helper", f"ticket:{number}", "rectify", outcome="transfer", result="不属于工作队职责",
             to_unit=small.units["team"], to_person=small.people["helper_second"])  # fmt: skip
    row = told(small, hand(small, "town", "helper_second", "helper"))
    assert [entry[0] for entry in row.left] == [f"ticket:{number}"]
    assert (
        small.item(f"ticket:{number}", "accept_transfer").owner == f"person:{small.people['helper_second']}"
    )


def test_another_unit_brings_another_judge(small: SmallCampaign) -> None:
    number = small.in_progress()
    with small.database.writing() as session:
        small.post(session, "town_leader", "helper", EAST)
    hand(small, "county", "helper", "town_leader")
    assert small.ticket(number).resp_unit_id == small.units["town"]
    assert str(small.variables(f"ticket:{number}")["verifier"]).startswith("post:county_office@")


def test_what_was_taken_from_a_post_goes_back_to_it(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.submit(unvisited_reason="外出务工")
    item = small.open(f"ticket:{small.tickets()[0].id}")[0]
    small.engine.claim(item.id, small.actor("town"), check=small.check("town"))
    hand(small, "county", "town", "town_second")
    assert small.item(item.key, item.element).owner == f"post:town_office@{TOWN}"


def test_who_may_and_to_whom(small: SmallCampaign) -> None:
    small.begin()
    with pytest.raises(NotAllowed):
        hand(small, "west_lead", "helper", "helper_second")
    with pytest.raises(WrongValues) as refused:
        hand(small, "helper", "helper", "west_helper", reason="x")
    assert set(refused.value.problems) == {"reason", "tickets", "households", "work"}
    with pytest.raises(WrongValues) as refused:
        hand(small, "helper", "helper", "helper_second", posts={1: 0})
    assert set(refused.value.problems) == {"post-1"}


def test_an_account_closes_when_nothing_hangs_on_it(small: SmallCampaign) -> None:
    small.begin()
    who, today = small.people["lead"], local(2).date()
    small.visit("201-001", small.failed("201-001", "E4"))
    with small.database.writing() as session, pytest.raises(DomainError, match="posts with work"):
        close_account(small.acting(session, "town"), who)
    with small.database.reading() as session:
        post = posts_of(session, who, today)[0].id
    with pytest.raises(WrongValues) as refused:
        hand(small, "town", "lead", "helper", reason="closed")
    assert set(refused.value.problems) == {f"post-{post}"}
    hand(small, "town", "lead", "helper", reason="closed", posts={post: small.people["helper"]})
    with small.database.reading() as session:
        assert not get_person(session, who).active
        assert posts_of(session, who, today) == []
        assert "team_lead" in {post.role for post in posts_of(session, small.people["helper"], today)}
        assert session.get_one(Post, post).until == local(1).date()


def test_much_passes_as_a_job_and_nothing_twice(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.in_progress()
    monkeypatch.setattr("rectification.handover.handover.AT_ONCE", 1)
    number = hand(small, "town", "helper", "helper_second")
    assert told(small, number).finished_at is None
    assert run_next(small.engine, small.folder, WORKS)
    assert told(small, number).moved == {"tickets": 1, "households": 3}
    assert told(small, number).finished_at is not None
    assert len(small.notices("helper_second", "handed_over")) == 1


def test_a_job_asks_again_whether_its_asker_still_may(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = small.in_progress()
    monkeypatch.setattr("rectification.handover.handover.AT_ONCE", 1)
    asked = hand(small, "town", "helper", "helper_second")
    with small.database.writing() as session:
        for post in session.scalars(select(Post).where(Post.person_id == small.people["town"])):
            post.until = dt.date(2019, 9, 1)
    assert run_next(small.engine, small.folder, WORKS)
    assert told(small, asked).moved == {}
    assert [entry[0] for entry in told(small, asked).left][:1] == [f"ticket:{number}"]
    assert small.ticket(number).resp_person_id == small.people["helper"]
    with small.database.reading() as session:
        assert session.scalars(select(Job.state)).all() == ["failed"]

"""Asking others about one's work, and giving it away so that it comes back."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import update

from engine.errors import AlreadyDone, DomainError, NotAllowed, WrongValues
from rectification.handover.naming_deputies import DeputyRequest as DeputyProposal
from rectification.handover.naming_deputies import name_deputy
from rectification.matters.consultation import consultations_of, unanswered
from rectification.people.posts import Post
from rectification.tickets.cancellations import propose_cancellation
from rectification.tickets.carbon_copies import may_read
from rectification.tickets.consulting import ConsultationRequest, ask_opinion, cancel_consultation
from tests.rectification.campaign import ZONE, SmallCampaign, local


def today(small: SmallCampaign) -> dt.date:
    return small.clock.now().astimezone(ZONE).date()


def ask(
    small: SmallCampaign, who: str, item: int, *people: str, kind: str = "opinion", needed: int = 0
) -> int:
    proposal = ConsultationRequest(
        kind, tuple(small.people[person] for person in people), "请核对签约是否属实", needed
    )
    with small.database.writing() as session:
        return ask_opinion(small.acting(session, who), item, proposal)


def answer(small: SmallCampaign, who: str, key: str, owner: str, **values: str) -> None:
    """The question that was put to ``owner`` is answered by ``who``."""
    (item,) = [entry for entry in small.open(key) if entry.owner == f"person:{small.people[owner]}"]
    given = {"opinion_view": "agree", **values} if item.element == "give_opinion" else values
    small.engine.complete(item.id, given, small.actor(who), check=small.check(who, completing=True))


def test_work_waits_until_enough_have_answered_and_the_others_are_asked_no_more(
    small: SmallCampaign,
) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    small.fixed(number)
    item = small.item(key, "reverify").id
    with pytest.raises(NotAllowed):
        ask(small, "helper", item, "health")
    for wrong, people, needed in (
        ("people", (), 0),
        ("people", ("town",), 0),
        ("people", ("helper",), 0),
        ("needed", ("health",), 2),
    ):
        with pytest.raises(WrongValues) as refused:
            ask(small, "town", item, *people, needed=needed)
        assert set(refused.value.problems) == {wrong}, people
    ask(small, "town", item, "health", "west_lead", "county_leader", needed=2)
    with small.database.reading() as session:
        assert may_read(session, small.people["west_lead"], key, today(small))
    with pytest.raises(DomainError, match="Still waiting"):
        small.verified(number, "fixed")
    answer(small, "health", key, "health")
    with pytest.raises(DomainError, match="Still waiting"):
        small.verified(number, "fixed")
    with small.database.writing() as session:
        proposal = DeputyProposal(small.people["west_helper"], today(small), today(small))
        name_deputy(small.acting(session, "west_lead"), proposal)
    answer(small, "west_helper", key, "west_lead", opinion_view="object", opinion_text="照片不清")
    assert small.waiting(key) == ["reverify"]  # the third is asked no more
    with small.database.reading() as session:
        ((row, answers),) = consultations_of(session, ticket_id=number)
        assert unanswered(session, item) == []
    by_name = small.people
    given = {person.person_id: (person.view, person.by_id, person.on_behalf_of_id) for person in answers}
    assert given[by_name["health"]] == ("agree", by_name["health"], None)
    assert given[by_name["west_lead"]] == ("object", by_name["west_helper"], by_name["west_lead"])
    assert given[by_name["county_leader"]] == (None, None, None)
    assert row.needed == 2
    assert [notice.urgent for notice in small.notices("town", "answered")] == [False, True]
    small.verified(number, "fixed")


def test_a_question_is_taken_back_and_the_repairer_never_answers_it(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    small.fixed(number)
    item = small.item(key, "reverify").id
    number_of = ask(small, "town", item, "village_office")
    with small.database.writing() as session:  # the repairer stands in for whoever is asked
        proposal = DeputyProposal(small.people["helper"], today(small), today(small))
        name_deputy(small.acting(session, "village_office"), proposal)
    with pytest.raises(WrongValues) as refused:
        answer(small, "helper", key, "village_office")
    assert "不能由整改" in refused.value.problems[""].zh
    with small.database.writing() as session, pytest.raises(NotAllowed):
        cancel_consultation(small.acting(session, "helper"), item, number_of)
    with small.database.writing() as session:
        cancel_consultation(small.acting(session, "town"), item, number_of)
    assert small.waiting(key) == ["reverify"]
    assert "征求已撤回" in small.notices("village_office", "asked_no_more")[0].words_zh
    small.verified(number, "fixed")


def test_work_that_was_given_away_comes_back_and_whoever_did_it_does_not_verify_it(
    small: SmallCampaign,
) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    item = small.item(key, "rectify").id
    with pytest.raises(WrongValues):
        ask(small, "helper", item, "town_second", "lead", kind="delegation")
    assert "督导员只督导" in refusal(small, item, "inspector")
    ask(small, "helper", item, "town_second", kind="delegation")
    with pytest.raises(DomainError, match="Still waiting for town_second"):
        small.fixed(number)
    answer(small, "town_second", key, "town_second", delegated_result="已陪同家庭医生上门签约")
    assert small.notices("helper", "answered")[0].link == f"/work-items/{item}"
    small.fixed(number)
    with pytest.raises(NotAllowed) as refused:
        small.verified(number, "fixed", who="town_second")
    assert refused.value.code == "separation_of_duties"
    small.verified(number, "not_fixed", demand="补签协议")
    item = small.item(key, "rectify").id
    assert "复核或审批过" in refusal(small, item, "town")
    with small.database.writing() as session:
        gone = update(Post).where(Post.person_id == small.people["town"])
        session.execute(gone.values(until=today(small) - dt.timedelta(days=1)))
    assert "唯一的复核人" in refusal(small, item, "town_second")
    ask(small, "helper", item, "inspector")  # for an opinion


def refusal(small: SmallCampaign, item: int, who: str) -> str:
    """Why repairing cannot be given to somebody."""
    with pytest.raises(WrongValues) as refused:
        ask(small, "helper", item, who, kind="delegation")
    return refused.value.problems["people"].zh


def test_nobody_is_asked_any_more_about_work_that_is_not_to_be_done(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    rectify = small.item(key, "rectify").id
    small.push(local(20))
    ask(small, "helper", rectify, "health", kind="delegation")
    small.push(local(25))  # the explanation is due: repairing is over
    assert small.waiting(key) == ["write_explanation"]
    ask(small, "helper", small.item(key, "write_explanation").id, "lead")
    with small.database.writing() as session:
        propose_cancellation(small.acting(session, "town"), number, "户主已全家迁出")
    small.do("county", key, "confirm_ending", ending_decision="confirm")
    assert small.waiting(key) == []
    for who in ("health", "lead"):
        assert ["已不再办理" in notice.words_zh for notice in small.notices(who, "asked_no_more")] == [True]
    with small.database.reading() as session:
        consultations = consultations_of(session, ticket_id=number)
        assert unanswered(session, rectify) == []
    assert [(row.work_gone, row.over.zh) for row, _people in consultations] == [
        (True, "所涉事项已不再办理")
    ] * 2
    assert small.actions(key).count("question_dropped") == 2


def test_two_who_answer_at_the_same_instant_are_both_heard(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    item = small.item(key, "rectify").id
    ask(small, "helper", item, "health", "county", "lead", needed=2)
    ready = threading.Barrier(2)
    failed: list[Exception] = []

    def run(who: str) -> None:
        ready.wait()
        try:
            answer(small, who, key, who)
        except Exception as fault:
            failed.append(fault)

    threads = [threading.Thread(target=run, args=(who,)) for who in ("health", "county")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert small.waiting(key) == ["rectify"]
    small.fixed(number)
    with pytest.raises(AlreadyDone):
        ask(small, "helper", item, "health")

"""What a responsible person may ask for, and the ways in which a ticket ends or begins again."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from engine.errors import DomainError, NotAllowed, WrongValues
from rectification.campaigns.catalogue import CheckItem
from rectification.campaigns.model import Campaign, get_campaign
from rectification.escalation.delivery_proof import get_sent_notices
from rectification.matters.issue_list import get_issue_list
from rectification.matters.ticket import Ticket
from rectification.tickets.closures import Closure
from rectification.tickets.extensions import Extension, extensions_of, name_extension_decider
from rectification.tickets.reopenings import Reopening, reopen
from rectification.tickets.transfers import Transfer
from rectification.visits.village_forms import begin_departments
from tests.rectification.campaign import COUNTY, EAST, SmallCampaign, day_end, local
from tests.rectification.test_escalation import told


def ask_transfer(
    small: SmallCampaign,
    number: int,
    who: str = "helper",
    unit: str = "committee",
    to: str = "village_office",
) -> None:
    asked = {"to_unit": small.units[unit], "to_person": small.people[to]}
    small.do(who, f"ticket:{number}", "rectify", outcome="transfer", result="不属于工作队职责", **asked)


def ask_more_time(small: SmallCampaign, number: int, day: str) -> None:
    small.do("helper", f"ticket:{number}", "rectify", outcome="extend", result="雨天停工", asked_date=day)


def closed(small: SmallCampaign, number: int) -> None:
    small.fixed(number)
    small.verified(number, "fixed")
    record = {"record_channel": "paper_archive", "external_number": "档-9", "external_date": "2019-09-02"}
    small.do("county", f"ticket:{number}", "record_closure", **record)


def test_a_transfer_that_is_taken_moves_the_work_and_not_the_due_date(small: SmallCampaign) -> None:
    number = small.in_progress()
    key, due = f"ticket:{number}", small.ticket(number).due_at
    with pytest.raises(WrongValues) as refused:
        ask_transfer(small, number, unit="committee", to="helper_second")
    assert set(refused.value.problems) == {"to_person"}
    ask_transfer(small, number)
    assert small.ticket(number).status == "transferring"
    small.do("village_office", key, "accept_transfer", transfer_taken="yes")
    moved = small.ticket(number)
    assert (moved.resp_person_id, moved.resp_unit_id) == (
        small.people["village_office"],
        small.units["committee"],
    )
    assert (moved.due_at, moved.status) == (due, "in_progress")
    with pytest.raises(NotAllowed):
        small.fixed(number, "helper")
    small.fixed(number, "village_office")


def test_after_two_refusals_the_office_says_whose_it_is(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    ask_transfer(small, number)
    with pytest.raises(WrongValues):
        small.do("village_office", key, "accept_transfer", transfer_taken="no")
    small.do("village_office", key, "accept_transfer", transfer_taken="no", transfer_note="也不是我们的")
    assert small.notices("helper", "transfer_refused")
    assert small.waiting(key) == ["rectify"]
    ask_transfer(small, number)
    small.do("village_office", key, "accept_transfer", transfer_taken="no", transfer_note="仍然不是")
    assert small.waiting(key) == ["settle_transfer"]
    final = {"final_unit": small.units["clinic"], "final_person": small.people["clinic_leader"]}
    small.do("town", key, "settle_transfer", **final)
    assert small.ticket(number).resp_person_id == small.people["clinic_leader"]
    assert small.item(key, "rectify").owner == f"person:{small.people['clinic_leader']}"
    with small.database.reading() as session:
        results = session.scalars(select(Transfer.result).order_by(Transfer.id)).all()
    assert results == ["refused", "refused", "settled"]


def test_a_transfer_takes_the_escalation_along_and_leaves_the_old_chain_in_peace(
    small: SmallCampaign,
) -> None:
    number = small.in_progress()
    before = small.item(f"ticket:{number}", "rectify").id
    ask_transfer(small, number)
    small.do("village_office", f"ticket:{number}", "accept_transfer", transfer_taken="yes")
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(22))
    assert told(small, before) == []
    assert [entry[1:] for entry in told(small, item)] == [
        ("owner", 0, "village_office"),
        ("owner", 0, "village_office"),
        ("unit_leader", 0, "town"),
        ("unit_leader", 0, "town_second"),
        ("owner", 0, "village_office"),
        ("owner", 0, "village_office"),
        ("unit_leader", 1, "town"),
        ("unit_leader", 1, "town_second"),
    ]
    with small.database.reading() as session:
        on_the_escalation = {
            sent_notice.person
            for sent_notice in get_sent_notices(session, f"ticket:{number}")
            if sent_notice.step
        }
    assert on_the_escalation == {"village_office", "town", "town_second"}


def test_an_extension_moves_the_due_date_once_and_only_before_it(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    with pytest.raises(WrongValues):
        ask_more_time(small, number, "2019-09-20")
    ask_more_time(small, number, "2019-09-23")
    assert small.ticket(number).status == "extending"
    with pytest.raises(WrongValues) as later:
        small.do("town", key, "decide_extension", extension_granted="yes", new_due_date="2019-09-24")
    assert set(later.value.problems) == {"new_due_date"}
    small.do("town", key, "decide_extension", extension_granted="yes", new_due_date="2019-09-22")
    assert small.item(key, "rectify").due_at == small.ticket(number).due_at
    with small.database.reading() as session:
        (kept,) = extensions_of(session, number)
    assert kept.new_due is not None
    assert kept.new_due - kept.old_due == dt.timedelta(days=2)
    with pytest.raises(WrongValues) as again:
        ask_more_time(small, number, "2019-09-24")
    assert set(again.value.problems) == {"outcome"}


def test_the_office_that_the_campaign_names_decides_and_its_silence_goes_up(small: SmallCampaign) -> None:
    number = small.in_progress()
    with small.database.writing() as session:
        name_extension_decider(small.acting(session, "city"), 1, "county")
    ask_more_time(small, number, "2019-09-23")
    key = f"ticket:{number}"
    item = small.item(key, "decide_extension")
    with pytest.raises(NotAllowed):
        small.do("town", key, "decide_extension", extension_granted="no", extension_note="不")
    small.push(item.due_at + dt.timedelta(hours=73))
    assert [entry[1:] for entry in told(small, item.id) if entry[2]] == [
        ("unit_leader", 1, "county_leader"),
        ("county", 3, "county"),
        ("county", 3, "county_second"),
    ]
    small.do("county", key, "decide_extension", extension_granted="yes", new_due_date="2019-09-23")
    assert small.item(key, "rectify").due_at == small.ticket(number).due_at == day_end(23)


def test_a_refused_extension_changes_nothing_but_leaves_its_row(small: SmallCampaign) -> None:
    number = small.in_progress()
    due = small.ticket(number).due_at
    ask_more_time(small, number, "2019-09-22")
    key = f"ticket:{number}"
    small.do("town", key, "decide_extension", extension_granted="no", extension_note="人手足够")
    assert (small.ticket(number).due_at, small.waiting(key)) == (due, ["rectify"])
    assert small.notices("helper", "extension")
    with small.database.reading() as session:
        assert session.scalars(select(Extension.new_due)).one() is None


def test_beyond_reverification_only_the_city_grants_and_never_after_the_fact(small: SmallCampaign) -> None:
    number = small.in_progress()
    ask_more_time(small, number, "2019-09-26")
    key = f"ticket:{number}"
    with pytest.raises(NotAllowed):
        small.do("town", key, "decide_extension", extension_granted="no", extension_note="不")
    small.do("city", key, "decide_extension", extension_granted="no", extension_note="不")
    small.push(local(21))
    with pytest.raises(WrongValues) as late:
        ask_more_time(small, number, "2019-09-23")
    assert "outcome" in late.value.problems


@pytest.mark.parametrize("kind", ["procedure_done", "subject_gone", "handed_over"])
def test_a_ticket_may_end_in_another_legal_way_with_what_it_rests_on(small: SmallCampaign, kind: str) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    asked = {"outcome": "apply_closure", "result": "按程序办结", "self_check": True, "close_kind": kind}
    with pytest.raises(WrongValues):
        small.do("helper", key, "rectify", **asked)
    small.do("helper", key, "rectify", **asked, basis_number="颍扶〔2019〕3 号", evidence=[small.paper(key)])
    small.verified(number, "fixed")
    record = {"record_channel": "paper_archive", "external_number": "档-9", "external_date": "2019-09-02"}
    small.do("county", key, "record_closure", **record)
    assert (small.ticket(number).status, small.ticket(number).close_type) == ("closed", kind)
    with small.database.reading() as session:
        basis = session.scalars(select(Closure.basis)).one()
    assert basis == (None if kind == "subject_gone" else "颍扶〔2019〕3 号")


def test_a_duplicate_is_merged_into_the_ticket_that_goes_on(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.visit("201-002", small.failed("201-002", "E4"))
    small.submit(unvisited_reason="外出务工")
    first, second = (ticket.id for ticket in small.tickets())
    small.do("town", f"ticket:{first}", "review_line", review="accept")
    small.push(local(15))
    judged = {"review": "merge", "review_reason": "同一诊所"}
    with pytest.raises(WrongValues):
        small.do("town", f"ticket:{second}", "review_line", **judged, duplicate_of="没有的号")
    kept = small.ticket(first)
    small.do("town", f"ticket:{second}", "review_line", **judged, duplicate_of=kept.number)
    small.do("county", f"ticket:{second}", "confirm_void", void_confirmed=True)
    gone = small.ticket(second)
    assert (gone.status, gone.close_type, gone.merged_into_id) == ("void", "merged", first)


def test_a_closed_ticket_reopens_under_its_number_one_step_up_the_escalation(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.push(local(15))
    closed(small, number)
    before = small.ticket(number)
    how = {"kind": "relapse", "reason": "又不上门了"}

    def again(due: dt.date | None, **more: str) -> None:
        with small.database.writing() as session:
            reopen(small.acting(session, "inspector"), number, **{**how, **more}, due=due)

    for due, more in ((None, {}), (dt.date(2019, 9, 1), {}), (dt.date(2019, 9, 20), {"reason": " "})):
        with pytest.raises(WrongValues):
            again(due, **more)
    again(dt.date(2019, 9, 22))
    after = small.ticket(number)
    assert (after.number, after.rounds, after.status) == (before.number, before.rounds + 1, "in_progress")
    assert (after.escalation_level, after.close_type, after.closed_at) == (1, None, None)
    assert small.waiting(f"ticket:{number}") == ["rectify"]
    with pytest.raises(DomainError):
        again(dt.date(2019, 9, 22))
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(24))
    one_higher = [("town", 2, "town"), ("town", 2, "town_second")]
    assert [entry[1:] for entry in told(small, item) if entry[2]] == one_higher
    assert small.ticket(number).escalation_level == 2
    closed(small, number)
    assert small.ticket(number).status == "closed"
    with small.database.reading() as session:
        assert session.scalars(select(Reopening.closed_as)).one() == before.close_type


def test_where_the_campaign_wants_it_an_explained_ticket_closes_and_goes_on_under_another(
    small: SmallCampaign,
) -> None:
    with small.database.writing() as session:
        session.execute(update(Campaign).values(settings={"explained_tickets": "administrative_close"}))
    number = small.in_progress()
    key = f"ticket:{number}"
    small.do("helper", key, "rectify", outcome="cannot_close", result="工程未完")
    small.explained(number)
    small.do("town", key, "town_review", town_decision="agree", town_opinion="属实")
    small.do("health", key, "dept_review", dept_decision="agree", dept_opinion="属实")
    small.do("county", key, "county_review", county_decision="agree", county_opinion="同意")
    record = {"record_channel": "paper_archive", "external_number": "档-9", "external_date": "2019-09-02"}
    small.do("county", key, "record_closure", **record)
    old, new = small.tickets()
    assert (old.status, old.close_type) == ("closed", "administrative")
    assert (new.source, new.household_id, new.item) == ("follow_up", old.household_id, old.item)
    assert small.waiting(f"ticket:{new.id}") == ["review_line"]


def ask_of(small: SmallCampaign, level: str, code: str, field: str | None) -> None:
    with small.database.writing() as session:
        check_item = CheckItem(campaign_id=1, code=code, category="1", kind="item", levels=level, position=99)
        check_item.name_zh = check_item.name_en = check_item.question_zh = check_item.question_en = (
            f"问题 {code}"
        )
        check_item.fail_when, check_item.photo_on_failure, check_item.evidence, check_item.field = (
            "no",
            False,
            ["document"],
            field,
        )
        session.add(check_item)


def test_a_village_answers_for_itself_and_its_problems_join_its_list(small: SmallCampaign) -> None:
    ask_of(small, "V", "H2", None)
    small.begin()
    key = f"village:{EAST}"
    with pytest.raises(WrongValues):
        small.do("lead", key, "fill_village_form", answers={"H2": {"answer": "no"}})
    small.do("lead", key, "fill_village_form", answers={"H2": {"answer": "no", "reason": "垃圾未清运"}})
    (found,) = small.tickets()
    assert (found.subject_kind, found.subject_name, found.household_id) == ("village", "东村", None)
    small.submit(unvisited_reason="尚未开始")
    small.do("town", f"ticket:{found.id}", "review_line", review="accept")
    small.push(local(15))
    assert small.ticket(found.id).number == f"2019-{EAST}-001"


def test_a_department_answers_for_its_field_and_the_county_leads_its_tickets(small: SmallCampaign) -> None:
    ask_of(small, "C", "M9", "health")
    ask_of(small, "C", "X9", "water")
    with small.database.writing() as session:
        assert begin_departments(session, small.engine, get_campaign(session, 1)) == 1
        assert begin_departments(session, small.engine, get_campaign(session, 1)) == 0
    key = f"unit:{small.units['health']}"
    answers = {"M9": {"answer": "no", "reason": "资金未到位"}}
    small.do("health", key, "fill_department_form", answers=answers)
    (found,) = small.tickets()
    assert (found.subject_kind, found.village, found.item) == ("unit", COUNTY, "M9")
    small.do("county", f"ticket:{found.id}", "review_line", review="accept")
    assert small.ticket(found.id).number == f"2019-{COUNTY}-001"
    with small.database.reading() as session:
        kept = get_issue_list(session, 1, COUNTY)
        assert kept is not None
        assert kept.hash is not None
        assert session.scalar(select(Ticket.list_id)) == kept.id


def test_no_extension_leads_past_the_end_and_the_sentence_says_who_can_help(small: SmallCampaign) -> None:
    number = small.in_progress()
    closed(small, number)
    small.push(local(1, month=10))
    with small.database.writing() as session:
        due = dt.date(2019, 10, 20)
        reopen(small.acting(session, "inspector"), number, kind="relapse", reason="又不上门了", due=due)
    for day in ("2019-09-30", "2019-10-25"):
        with pytest.raises(WrongValues) as refused:
            ask_more_time(small, number, day)
        assert "the office above" in refused.value.problems["asked_date"].en

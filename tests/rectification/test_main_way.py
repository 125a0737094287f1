"""The main way: from the first visit to closed, each step by whoever holds the post."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from engine.errors import AlreadyDone, NotAllowed, WrongValues
from rectification.calendar.deadlines import local_day
from rectification.campaigns.catalogue import CheckItem
from rectification.evidence.model import Evidence
from rectification.issue_lists.submit import hash_holds
from rectification.issue_lists.villages import UnvisitedReport, VillageResult, ticket_counts
from rectification.matters.issue_list import IssueList, TicketReturn, get_issue_list
from tests.rectification.campaign import EAST, WEST, ZONE, SmallCampaign, day_end, local


def the_list(small: SmallCampaign, kind: str = "main", village: str = EAST) -> IssueList:
    with small.database.reading() as session:
        issue_list = get_issue_list(session, 1, village, kind)
        assert issue_list is not None
        session.expunge(issue_list)
    return issue_list


def close(small: SmallCampaign, number: int, who: str = "county", **values: object) -> None:
    form = {"record_channel": "provincial_system", "external_number": "AH-1", "external_date": "2019-09-15"}
    small.do(who, f"ticket:{number}", "record_closure", **{**form, **values})


def returned(small: SmallCampaign) -> list[tuple[str, str]]:
    names = {number: name for name, number in small.people.items()}
    with small.database.reading() as session:
        rows = session.scalars(select(TicketReturn).order_by(TicketReturn.id))
        return [(row.reason, names[row.by_id or 0]) for row in rows]


# -- visits -------------------------------------------------------------------------------------


def test_a_failed_item_becomes_a_draft_and_a_visit_without_failures_none(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", {**small.failed("201-001", "E4"), **small.failed("201-001", "E3")})
    small.visit("201-002")
    found = small.tickets()
    assert [(entry.item, entry.status, entry.description) for entry in found] == [
        ("E3", "draft", "E3 有问题"),
        ("E4", "draft", "E4 有问题"),
    ]
    assert small.waiting(f"household:{small.homes['201-001']}") == ["check_visit"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"E4": {}}, "没有回答"),
        ({"E4": {"answer": "no"}}, "写明原因"),
        ({"E4": {"answer": "no", "reason": "没签"}}, "要拍照"),
        ({"E4": {"answer": "no", "reason": "没签", "photos": [999]}}, "没有上传成功"),
    ],
)
def test_an_incomplete_form_is_refused_with_what_is_missing(
    small: SmallCampaign, answers: dict[str, object], said: str
) -> None:
    small.begin()
    with pytest.raises(WrongValues) as refused:
        small.visit("201-001", answers)
    assert said in refused.value.problems["answers"].zh
    assert small.tickets() == []


def test_nobody_at_home_asks_for_a_second_visit(small: SmallCampaign) -> None:
    small.begin()
    with pytest.raises(WrongValues) as refused:
        small.visit("201-001", met="absent")
    assert set(refused.value.problems) == {"next_visit_on"}
    small.visit("201-001", met="absent", next_visit_on="2019-09-05")
    assert small.waiting(f"household:{small.homes['201-001']}") == ["visit"]


def test_only_the_households_helper_fills_its_form(small: SmallCampaign) -> None:
    small.begin()
    for who in ("helper_second", "lead", "west_helper", "town"):
        with pytest.raises(NotAllowed):
            small.do(who, f"household:{small.homes['201-001']}", "visit")


def test_a_returned_form_is_filled_again_and_brings_its_drafts_in_line(small: SmallCampaign) -> None:
    small.begin()
    home, key = "201-001", f"household:{small.homes['201-001']}"
    small.visit(home, {**small.failed(home, "E4"), **small.failed(home, "A5")})
    small.do("lead", key, "check_visit", check="return", check_reason="请再核实")
    assert [notice.kind for notice in small.notices("helper", "returned")] == ["returned"]
    again = small.failed(home, "E4")
    again["E4"]["reason"] = "半年没有上门"
    small.visit(home, again)
    data, doctor = small.tickets()
    assert (data.item, data.status) == ("A5", "void")
    assert small.ended(f"ticket:{data.id}")
    assert (doctor.item, doctor.status, doctor.description) == ("E4", "draft", "半年没有上门")
    small.do("lead", key, "check_visit", check="ok")
    assert small.ended(key)
    small.submit(unvisited_reason="外出")
    small.do("town", f"ticket:{doctor.id}", "review_line", review="accept")
    assert small.ticket(doctor.id).description == "半年没有上门"


def test_a_visit_lies_between_the_campaigns_first_day_and_today(small: SmallCampaign) -> None:
    small.begin()
    for day, said in (("1800-01-01", "2019-01-01"), ("2018-12-31", "2019-01-01"), ("2019-09-30", "晚于今天")):
        with pytest.raises(WrongValues) as refused:
            small.visit("201-001", visited_on=day)
        assert said in refused.value.problems["visited_on"].zh
    small.visit("201-001", visited_on="2019-01-01")


def test_a_corrected_date_moves_the_day_on_which_the_draft_was_found(small: SmallCampaign) -> None:
    small.begin()
    home, key = "201-001", f"household:{small.homes['201-001']}"
    small.visit(home, small.failed(home, "E4"), visited_on="2019-01-31")
    small.do("lead", key, "check_visit", check="return", check_reason="日期有误")
    small.visit(home, small.failed(home, "E4"))
    assert [ticket.found_on for ticket in small.tickets()] == [local_day(small.clock.now(), ZONE)]


def test_a_second_visit_lies_within_reach(small: SmallCampaign) -> None:
    small.begin()
    with pytest.raises(WrongValues) as refused:
        small.visit("201-001", met="absent", next_visit_on="9999-12-31")
    assert "2024" in refused.value.problems["next_visit_on"].zh


# -- lists --------------------------------------------------------------------------------------


def test_a_zero_report_is_for_a_village_without_issues_and_is_demanded_there(small: SmallCampaign) -> None:
    small.begin(WEST)
    small.visit("202-001")
    small.do("west_lead", f"village:{WEST}", "finish_visits")
    with pytest.raises(WrongValues) as refused:
        small.do("west_lead", f"village:{WEST}", "submit_list")
    assert "零报告" in refused.value.problems["zero_report"].zh
    small.do("west_lead", f"village:{WEST}", "submit_list", zero_report=True)
    assert the_list(small, village=WEST).zero_report
    small.push(local(15))
    frozen = the_list(small, village=WEST)
    assert hash_holds(frozen)
    assert frozen.version == 1


def test_a_village_with_issues_cannot_report_zero_and_explains_whom_it_missed(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.do("lead", f"village:{EAST}", "finish_visits")
    with pytest.raises(WrongValues) as refused:
        small.do("lead", f"village:{EAST}", "submit_list", zero_report=True)
    assert set(refused.value.problems) == {"zero_report", "unvisited_reason"}
    with pytest.raises(NotAllowed):
        small.do("west_lead", f"village:{EAST}", "submit_list", unvisited_reason="外出")
    small.do("lead", f"village:{EAST}", "submit_list", unvisited_reason="两户外出")
    assert the_list(small).unvisited_reason == "两户外出"
    assert small.tickets()[0].status == "reported"


def test_submitting_ends_the_checks_that_the_team_lead_left(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.submit(unvisited_reason="外出")
    assert small.ended(f"household:{small.homes['201-001']}")


def test_the_town_returns_a_line_and_the_corrected_text_enters_the_list(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.submit(unvisited_reason="外出")
    key = f"ticket:{small.tickets()[0].id}"
    with pytest.raises(WrongValues):
        small.do("town", key, "review_line", review="return")
    small.do("town", key, "review_line", review="return", review_reason="写清楚多久没来")
    assert small.tickets()[0].status == "returned"
    assert returned(small) == [("写清楚多久没来", "town")]
    small.do("lead", key, "correct_line", description="家庭医生半年没有上门")
    small.do("town", key, "review_line", review="accept")
    assert (small.tickets()[0].status, small.tickets()[0].description) == ("listed", "家庭医生半年没有上门")


def test_a_line_is_void_when_a_second_office_agrees(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", {**small.failed("201-001", "E4"), **small.failed("201-001", "E3")})
    small.submit(unvisited_reason="外出")
    first, second = small.tickets()
    small.do("town", first.key, "review_line", review="void", review_reason="重复")
    small.do("county", first.key, "confirm_void", void_confirmed=False)
    small.do("town", first.key, "review_line", review="void", review_reason="确实重复")
    small.do("county", first.key, "confirm_void", void_confirmed=True)
    small.do("town", second.key, "review_line", review="accept")
    small.push(local(15))
    first, second = small.tickets()
    assert (first.status, first.number, first.list_id) == ("void", None, None)
    assert second.number == f"2019-{EAST}-001"


def test_the_list_is_numbered_frozen_and_hashed_at_its_milestone(small: SmallCampaign) -> None:
    small.begin()
    for home in ("201-001", "201-002"):
        small.visit(home, small.failed(home, "E4"))
    small.submit(unvisited_reason="外出")
    for ticket in small.tickets():
        small.do("town", ticket.key, "review_line", review="accept")
    small.push(local(14, 23, 59, 58))
    assert the_list(small).frozen_at is None
    small.push(day_end(14))
    frozen = the_list(small)
    assert frozen.frozen_at == day_end(14)
    assert hash_holds(frozen)
    assert [ticket.number for ticket in small.tickets()] == [f"2019-{EAST}-001", f"2019-{EAST}-002"]
    frozen.lines = (frozen.lines or "").replace("E4 有问题", "没有问题")
    assert not hash_holds(frozen)


def test_later_finds_go_to_the_supplement_with_the_next_numbers(small: SmallCampaign) -> None:
    small.begin()
    small.accepted("201-001")
    small.push(local(16))
    main = the_list(small)
    small.visit("201-002", {**small.failed("201-002", "E4"), **small.failed("201-002", "E3")})
    late = [ticket for ticket in small.tickets() if ticket.status == "reported"]
    for entry in reversed(late):
        small.do("town", entry.key, "review_line", review="accept")
    numbers = {ticket.id: ticket.number for ticket in small.tickets()}
    assert [numbers[entry.id] for entry in reversed(late)] == [f"2019-{EAST}-002", f"2019-{EAST}-003"]
    supplement = the_list(small, "supplement")
    assert hash_holds(supplement)
    assert supplement.version == 2
    assert the_list(small).hash == main.hash


def test_a_line_accepted_after_the_freeze_goes_to_the_supplement(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.submit(unvisited_reason="外出")
    small.push(local(16))
    small.do("town", small.tickets()[0].key, "review_line", review="accept")
    assert small.tickets()[0].number == f"2019-{EAST}-001"
    assert the_list(small, "supplement").version == 1


def test_the_visit_milestone_reports_who_was_not_visited(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001")
    small.push(local(14))
    with small.database.reading() as session:
        report = session.scalars(select(UnvisitedReport)).one()
    assert report.households == [small.homes["201-002"], small.homes["201-003"]]
    for who in ("lead", "town", "county"):
        assert len(small.notices(who, "unvisited")) == 1
    assert small.waiting(f"village:{EAST}") == ["submit_list"]


# -- dispatch and work --------------------------------------------------------------------------


DISPATCHES: tuple[tuple[dict[str, object], str], ...] = (
    ({"measure": ""}, "measure"),
    ({"resp_unit": 999}, "resp_unit"),
    ({"resp_unit": 1, "resp_person": "city"}, "resp_unit"),
    ({"resp_person": "town"}, "resp_person"),
    ({"due_date": "2019-09-22"}, "due_date"),
    ({"due_date": "2019-09-01"}, "due_date"),
)
"""What is wrong with them, and beside which field that is said."""


def test_a_dispatch_needs_measure_unit_person_and_a_due_date_before_the_buffer(small: SmallCampaign) -> None:
    small.begin()
    number = small.accepted()
    good = {"measure": "签约", "rect_type": "immediate", "resp_unit": small.units["team"]}
    good |= {"resp_person": small.people["helper"], "due_date": "2019-09-21"}
    for wrong, field in DISPATCHES:
        bad = {**good, **wrong}
        bad["resp_person"] = small.people.get(str(bad["resp_person"]), bad["resp_person"])
        with pytest.raises(WrongValues) as refused:
            small.do("town", f"ticket:{number}", "dispatch", **bad)
        assert set(refused.value.problems) == {field}, wrong
    small.do("town", f"ticket:{number}", "dispatch", **good)
    assert small.ticket(number).due_at == day_end(21)
    assert small.ticket(number).status == "assigned"


def test_a_ticket_that_is_not_mine_goes_back_to_the_town(small: SmallCampaign) -> None:
    small.begin()
    number = small.accepted()
    small.dispatch(number)
    key = f"ticket:{number}"
    with pytest.raises(NotAllowed):
        small.do("helper_second", key, "acknowledge", acknowledged="yes")
    small.do("helper", key, "acknowledge", acknowledged="no", refusal="属于卫生院")
    assert returned(small) == [("属于卫生院", "helper")]
    assert small.waiting(key) == ["dispatch"]
    small.dispatch(number, "clinic_leader", "clinic")
    small.do("clinic_leader", key, "acknowledge", acknowledged="yes")
    assert small.waiting(key) == ["rectify"]
    assert small.ticket(number).resp_unit_id == small.units["clinic"]


def test_dispatch_tells_the_diagram_what_it_needs_later(small: SmallCampaign) -> None:
    number = small.in_progress()
    known = small.variables(f"ticket:{number}")
    assert known["resp_person"] == small.people["helper"]
    assert known["due_at"] == "2019-09-20T23:59:59.999999+08:00"
    assert known["explain_by"] == "2019-09-24T23:59:59.999999+08:00"
    assert known["verifier"] == "post:town_office@341226100"
    assert known["dept"] == f"post:line_dept@U{small.units['health']}"


def test_a_late_find_may_explain_until_its_own_due_date(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.submit(unvisited_reason="外出")
    small.push(local(25))
    number = small.tickets()[0].id
    small.do("town", f"ticket:{number}", "review_line", review="accept")
    with pytest.raises(WrongValues):
        small.dispatch(number, due="2019-10-01")
    small.dispatch(number, due="2019-09-30")
    small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    assert small.variables(f"ticket:{number}")["explain_by"] == "2019-09-30T23:59:59.999999+08:00"
    assert "rectify" in small.waiting(f"ticket:{number}")


def test_nothing_is_closed_without_the_evidence_that_the_item_asks_for(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    form = {"outcome": "apply_closure", "result": "已签约", "self_check": True}
    with pytest.raises(WrongValues) as refused:
        small.do("helper", key, "rectify", **form)
    assert "现场照片" in refused.value.problems["evidence"].zh
    assert "a supporting paper" in refused.value.problems["evidence"].en
    photo = small.photo(key)
    with pytest.raises(WrongValues) as refused:
        small.do("helper", key, "rectify", **form, evidence=[photo])
    assert "现场照片" not in refused.value.problems["evidence"].zh
    with pytest.raises(WrongValues):
        small.do("helper", key, "rectify", **form, evidence=[photo, 999])
    with pytest.raises(WrongValues) as refused:
        small.do(
            "helper", key, "rectify", **{**form, "self_check": False}, evidence=[photo, small.paper(key)]
        )
    assert set(refused.value.problems) == {"self_check"}
    assert small.ticket(number).status == "in_progress"
    with small.database.reading() as session:
        shown = list(session.scalars(select(Evidence.id).where(Evidence.about == key)))
    small.do("helper", key, "rectify", **form, evidence=shown)
    assert small.ticket(number).status == "submitted"


# -- re-verification and closing ----------------------------------------------------------------


def test_a_ticket_closed_before_its_list_is_frozen_is_told_by_what_it_is_about(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.fixed(number)
    small.verified(number, "fixed")
    close(small, number, external_date=local_day(small.clock.now(), ZONE).isoformat())
    assert small.ticket(number).number is None
    (told,) = {(notice.words_zh, notice.words_en) for notice in small.notices("helper", "closed")}
    assert "None" not in told[0] + told[1]
    assert told[0].startswith("尚未编号的问题（户主1户：")
    assert told[1].startswith("The issue without a number yet (户主1's household: ")


def test_an_item_that_asks_for_no_kind_of_evidence_still_asks_for_some(small: SmallCampaign) -> None:
    number = small.in_progress()
    with small.database.writing() as session:
        session.execute(update(CheckItem).where(CheckItem.code == "E4").values(evidence=[]))
    key = f"ticket:{number}"
    form = {"outcome": "apply_closure", "result": "已签约", "self_check": True}
    with pytest.raises(WrongValues) as refused:
        small.do("helper", key, "rectify", **form)
    assert "没有佐证不能申请销号" in refused.value.problems["evidence"].zh
    small.photo(key)  # sent before, beside the form
    small.do("helper", key, "rectify", **form)
    assert small.ticket(number).status == "submitted"


def test_the_whole_way_to_closed(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    small.push(local(15))
    small.fixed(number)
    assert small.ticket(number).status == "submitted"
    small.verified(number, "fixed")
    assert small.ticket(number).status == "verified"
    close(small, number)
    closed = small.ticket(number)
    assert (closed.status, closed.close_type, closed.closed_late) == ("closed", "rectified", False)
    assert (closed.number, closed.external_number) == (f"2019-{EAST}-001", "AH-1")
    assert small.ended(key)
    assert small.open(key) == []
    done = ["drafted", "dispatched", "closure_requested", "reverified", "closed"]
    assert [action for action in small.actions(key) if action in done] == done


def test_whoever_fixed_it_or_belongs_to_the_unit_does_not_verify_it(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        small.post(session, "helper", "town_office", "341226100", unit="town")
    small.begin()
    number = small.accepted()
    small.dispatch(number)
    small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    small.fixed(number)
    with pytest.raises(NotAllowed) as refused:
        small.verified(number, "fixed", who="helper")
    assert refused.value.code == "separation_of_duties"
    for who in ("lead", "team_leader", "helper_second", "county", "west_lead"):
        with pytest.raises(NotAllowed):
            small.verified(number, "fixed", who=who)
    with pytest.raises(WrongValues):
        small.verified(number, "fixed", second_verifier="town")
    small.verified(number, "fixed")


def test_what_the_town_fixed_the_county_verifies_and_what_the_county_fixed_the_city(
    small: SmallCampaign,
) -> None:
    small.begin()
    number = small.accepted()
    small.dispatch(number, "town", "town")
    small.do("town", f"ticket:{number}", "acknowledge", acknowledged="yes")
    small.fixed(number, "town")
    for who in ("town", "town_second"):
        with pytest.raises(NotAllowed):
            small.verified(number, "fixed", who=who)
    small.verified(number, "not_fixed", who="county", demand="再去一趟")
    assert small.waiting(f"ticket:{number}") == ["rectify"]


def test_what_the_county_office_fixed_the_city_verifies_and_the_fixer_does_not_close(
    small: SmallCampaign,
) -> None:
    small.begin()
    number = small.accepted()
    small.dispatch(number, "county", "county")
    small.do("county", f"ticket:{number}", "acknowledge", acknowledged="yes")
    small.fixed(number, "county")
    small.verified(number, "fixed", who="city")
    for who in ("county", "county_second"):
        with pytest.raises(NotAllowed):
            close(small, number, who=who)
    close(small, number, who="city", external_date="2019-09-02")
    assert small.ticket(number).status == "closed"


def test_not_fixed_goes_back_with_a_demand_and_counts_the_round(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.fixed(number)
    with pytest.raises(WrongValues) as refused:
        small.verified(number, "not_fixed")
    assert set(refused.value.problems) == {"demand"}
    small.verified(number, "not_fixed", demand="医生要上门")
    back = small.ticket(number)
    assert (back.status, back.rounds) == ("in_progress", 1)
    assert small.variables(f"ticket:{number}")["time_left"] is True
    small.fixed(number)
    small.verified(number, "fixed")
    close(small, number, external_date="2019-09-02")
    assert small.ticket(number).close_type == "rectified"


def test_not_fixed_without_time_left_asks_for_an_explanation_with_days_to_write_it(
    small: SmallCampaign,
) -> None:
    number = small.in_progress()
    small.push(local(20))
    small.fixed(number)
    small.push(local(25, 10))
    small.verified(number, "not_fixed", demand="医生要上门")
    key = f"ticket:{number}"
    assert small.waiting(key) == ["write_explanation"]
    assert small.item(key, "write_explanation").due_at == day_end(27)


def test_not_true_is_closed_when_the_county_agrees(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.fixed(number)
    small.verified(number, "not_true")
    small.do("county", f"ticket:{number}", "confirm_not_true", not_true_confirmed="no")
    assert small.ticket(number).status == "submitted"
    small.verified(number, "not_true", who="town_second")
    small.do("county", f"ticket:{number}", "confirm_not_true", not_true_confirmed="yes")
    closed = small.ticket(number)
    assert (closed.status, closed.close_type, closed.external_number) == ("closed", "not_true", None)


def test_a_closing_needs_channel_number_and_a_date_that_has_come(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.push(local(15))
    small.fixed(number)
    small.verified(number, "fixed")
    wrong = [
        ("external_number", " "),
        ("external_date", "2019-09-16"),
        ("external_date", "2019-08-01"),
        ("record_channel", "elsewhere"),
    ]
    for field, value in wrong:
        with pytest.raises(WrongValues) as refused:
            close(small, number, **{field: value})
        assert set(refused.value.problems) == {field}
    assert small.ticket(number).status == "verified"
    with pytest.raises(NotAllowed):
        close(small, number, who="town")


def test_a_fix_shown_after_its_due_date_is_closed_late(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.push(local(21, 0, 0, 1))
    small.fixed(number)
    small.verified(number, "fixed")
    close(small, number)
    assert (small.ticket(number).close_type, small.ticket(number).closed_late) == ("rectified_late", True)


def test_a_step_is_done_once_and_the_second_is_told_by_whom(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.fixed(number)
    item = small.item(f"ticket:{number}", "reverify").id
    small.verified(number, "fixed")
    with pytest.raises(AlreadyDone) as late:
        small.engine.complete(item, {}, small.actor("town_second"))
    assert late.value.who == "town"


# -- explanation --------------------------------------------------------------------------------


def explain(small: SmallCampaign) -> int:
    number = small.in_progress()
    small.do("helper", f"ticket:{number}", "rectify", outcome="cannot_close", result="工程未完")
    assert small.ticket(number).status == "explaining"
    small.explained(number)
    return number


def decide(small: SmallCampaign, number: int, *levels: str, last: str = "agree") -> None:
    for place, level in enumerate(levels, start=1):
        word = last if place == len(levels) else "agree"
        who = {"dept": "health"}.get(level, level)
        values = {f"{level}_decision": word, f"{level}_opinion": "意见"}
        small.do(who, f"ticket:{number}", f"{level}_review", **values)


def test_an_explanation_agreed_by_town_department_and_county_hangs_the_ticket(small: SmallCampaign) -> None:
    number = explain(small)
    decide(small, number, "town", "dept", "county")
    assert small.ticket(number).status == "hung"
    assert small.item(f"ticket:{number}", "review_hung").due_at == day_end(31, month=10)
    with small.database.reading() as session:
        assert ticket_counts(session, 1, EAST) == {"closed": 0, "hung": 1, "void": 0, "open": 0}
    small.push(local(1, month=10))
    with small.database.reading() as session:
        counted = session.scalars(select(VillageResult)).one()
    assert (counted.closed, counted.hung, counted.open) == (0, 1, 0)


@pytest.mark.parametrize("levels", [("town",), ("town", "dept"), ("town", "dept", "county")])
def test_a_refused_explanation_goes_back_to_work_one_step_up(
    small: SmallCampaign, levels: tuple[str, ...]
) -> None:
    number = explain(small)
    decide(small, number, *levels, last="reject")
    back, key = small.ticket(number), f"ticket:{number}"
    assert (back.status, back.escalation_level) == ("in_progress", 1)
    assert small.waiting(key) == ["rectify"]
    assert small.variables(key)["explain_by"] == "2019-09-30T23:59:59.999999+08:00"
    assert [notice.kind for notice in small.notices("helper", "refused")] == ["refused"]
    assert len(small.notices("team_leader", "stepped_up")) == 1
    assert len(small.notices("town", "stepped_up")) == 1


def test_a_late_refusal_gives_three_workdays_to_fix_and_to_explain(small: SmallCampaign) -> None:
    number = explain(small)
    small.push(local(27, 10))
    decide(small, number, "town", last="reject")
    known = small.variables(f"ticket:{number}")
    assert known["due_at"] == "2019-10-08T23:59:59.999999+08:00"
    assert known["explain_by"] == "2019-10-08T23:59:59.999999+08:00"
    assert small.ticket(number).due_at == day_end(8, month=10)
    assert small.item(f"ticket:{number}", "rectify").due_at == day_end(8, month=10)


def test_the_second_refusal_is_escalated_again_and_the_second_agreement_hangs(small: SmallCampaign) -> None:
    number = explain(small)
    decide(small, number, "town", "dept", last="reject")
    small.do("helper", f"ticket:{number}", "rectify", outcome="cannot_close", result="还是不行")
    small.explained(number)
    decide(small, number, "town", last="reject")
    assert small.ticket(number).escalation_level == 2
    small.do("helper", f"ticket:{number}", "rectify", outcome="cannot_close", result="还是不行")
    small.explained(number)
    decide(small, number, "town", "dept", "county")
    assert small.ticket(number).status == "hung"


JUDGES = {
    ("team", "helper"): ("town", "health", "county"),
    ("town", "town"): ("county", "health", "county"),
    ("health", "health"): ("town", "county", "county"),
    ("county", "county"): ("town", "health", "city"),
}
"""Unit and person that explain, and who speaks for town, department and county."""


@pytest.mark.parametrize(("explaining", "judges"), JUDGES.items())
def test_whoever_explains_finds_judges_outside_the_unit(
    small: SmallCampaign, explaining: tuple[str, str], judges: tuple[str, str, str]
) -> None:
    unit, who = explaining
    small.begin()
    number = small.accepted()
    small.dispatch(number, who, unit)
    key = f"ticket:{number}"
    small.do(who, key, "acknowledge", acknowledged="yes")
    small.do(who, key, "rectify", outcome="cannot_close", result="不行")
    small.explained(number, who)
    for level, judge in zip(("town", "dept", "county"), judges, strict=True):
        with pytest.raises(NotAllowed):
            small.do(who, key, f"{level}_review", **{f"{level}_decision": "agree"})
        small.do(judge, key, f"{level}_review", **{f"{level}_decision": "agree"})
    assert small.ticket(number).status == "hung"


def test_an_item_without_a_department_is_judged_by_the_county_in_its_place(small: SmallCampaign) -> None:
    small.begin()
    number = small.accepted(item="A5")
    small.dispatch(number)
    key = f"ticket:{number}"
    small.do("helper", key, "acknowledge", acknowledged="yes")
    small.do("helper", key, "rectify", outcome="cannot_close", result="不行")
    small.explained(number)
    small.do("town", key, "town_review", town_decision="agree")
    small.do("county", key, "dept_review", dept_decision="agree")
    small.do("county_second", key, "county_review", county_decision="agree")
    assert small.ticket(number).status == "hung"


SAYS_TOO_LITTLE: tuple[tuple[dict[str, object], str], ...] = (
    ({"explanation": "太短"}, "explanation"),
    ({"explanation_evidence": []}, "explanation_evidence"),
    ({"explanation_evidence": [999]}, "explanation_evidence"),
    ({"review_date": "2019-09-02"}, "review_date"),
    ({"review_date": "2020-10-02"}, "review_date"),
    ({"plan": ""}, "plan"),
    ({"reason_code": "lazy"}, "reason_code"),
)


def test_an_explanation_that_says_too_little_is_refused(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    small.do("helper", key, "rectify", outcome="cannot_close", result="不行")
    form: dict[str, object] = {
        "reason_code": "funds",
        "explanation": "资金还没有到位，县里已经申请。",
        "plan": "十月",
    }
    form |= {"review_date": "2019-10-10", "explanation_evidence": [small.paper(key)]}
    for wrong, field in SAYS_TOO_LITTLE:
        with pytest.raises(WrongValues) as refused:
            small.do("helper", key, "write_explanation", **{**form, **wrong})
        assert set(refused.value.problems) == {field}, wrong


def test_the_outlook_is_asked_before_the_milestone_and_the_milestone_asks_for_the_explanation(
    small: SmallCampaign,
) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    small.push(local(19, 23, 59, 58))
    assert small.waiting(key) == ["rectify"]
    small.push(day_end(19))
    assert small.waiting(key) == ["rectify", "will_it_close"]
    small.do("helper", key, "will_it_close", will_close="yes")
    assert small.waiting(key) == ["rectify"]
    small.push(local(25))
    assert small.waiting(key) == ["write_explanation"]
    assert small.ticket(number).status == "explaining"


def test_an_outlook_of_not_in_time_goes_straight_to_the_explanation(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.push(local(20))
    small.do("helper", f"ticket:{number}", "will_it_close", will_close="no")
    assert small.waiting(f"ticket:{number}") == ["write_explanation"]


def test_a_hung_ticket_is_reviewed_hung_on_and_at_last_verified_and_closed(small: SmallCampaign) -> None:
    number = explain(small)
    decide(small, number, "town", "dept", "county")
    key = f"ticket:{number}"
    small.push(local(31, month=10))
    with pytest.raises(WrongValues):
        small.do("county", key, "review_hung", hung_outcome="still", hung_note="未完")
    small.do("county", key, "review_hung", hung_outcome="still", hung_note="未完", review_date="2019-11-30")
    assert small.item(key, "review_hung").due_at == day_end(30, month=11)
    small.push(local(20, month=11))
    small.do("county", key, "review_hung", hung_outcome="fixed", hung_note="已完工")
    assert small.ticket(number).status == "submitted"
    assert small.item(key, "reverify").due_at > small.clock.now()
    small.verified(number, "fixed")
    close(small, number, external_date="2019-11-20")
    closed = small.ticket(number)
    assert (closed.status, closed.close_type) == ("closed", "rectified_late")


def test_the_house_was_down_over_every_milestone_and_nothing_is_lost(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.leap(local(2, month=10))
    assert the_list(small).frozen_at is not None
    assert small.ticket(number).number == f"2019-{EAST}-001"
    assert small.waiting(f"ticket:{number}") == ["write_explanation"]
    with small.database.reading() as session:
        assert session.scalars(select(VillageResult.open)).one() == 0 + 1

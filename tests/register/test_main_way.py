"""The main way: from the first visit to closed, each step by whoever holds the post."""

from __future__ import annotations

import pytest

from engine.errors import NotAllowed, WrongValues
from register.issue_lists import issue_list
from register.submission import hash_holds
from register.villages import ticket_counts
from tests.register.campaign import EAST, WEST, SmallCampaign, local


def test_a_failed_item_becomes_a_draft_and_a_visit_without_failures_none(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", {**small.failed("201-001", "E4"), **small.failed("201-001", "E3")})
    small.visit("201-002")
    found = small.tickets()
    assert [(one.item, one.status, one.description) for one in found] == [
        ("E3", "draft", "E3 有问题"),
        ("E4", "draft", "E4 有问题"),
    ]
    assert small.waiting(f"household:{small.homes['201-001']}") == ["check_visit"]


def test_the_whole_way_to_closed(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    assert small.ticket(number).status == "in_progress"
    small.push(local(15))
    assert small.ticket(number).number == f"2019-{EAST}-001"
    small.fixed(number)
    assert small.ticket(number).status == "submitted"
    small.verified(number, "fixed")
    assert small.ticket(number).status == "verified"
    small.do(
        "county",
        key,
        "record_closure",
        record_channel="provincial_system",
        external_number="AH-1",
        external_date="2019-09-15",
    )
    closed = small.ticket(number)
    assert (closed.status, closed.close_type, closed.closed_late, closed.external_number) == (
        "closed",
        "rectified",
        False,
        "AH-1",
    )
    assert small.ended(key)
    assert small.open(key) == []

"""The ledger's page: what an address asks, what a chip takes away, what is kept, and what nobody else reads."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select

from engine.schema import history
from rectification.campaigns.model import Campaign
from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from tests.web.application import HELPER, LEAD, START, STRANGER, TOWN
from tests.web.conftest import Street

NUMBER = "341226195001011234"


def more_tickets(street: Street, count: int = 60) -> None:
    """A ledger of more than one page."""
    with street.application.database.writing() as session:
        for place in range(2, count + 2):
            session.add(
                Ticket(
                    id=place, campaign_id=1, number=f"颍上-{place:03}", household_id=1 + place % 3, village="341226100200", town="341226100",
                    county="341226", item="E3", category="5", description=f"押金 <b>{place}</b>", found_on=dt.date(2019, 9, 1),
                    status="hung" if place % 2 else "closed", created_at=START,
                )
            )  # fmt: skip


def test_an_address_says_the_filter_and_each_chip_leads_to_the_page_without_it(street: Street) -> None:
    more_tickets(street)
    page = street.person(TOWN).get("/tickets?status=hung&head=张户主1").text
    assert "/tickets/3" in page
    assert 'href="/tickets/2"' not in page
    assert "户主: 张户主1" in page
    assert 'href="/tickets?status=hung" aria-label="去掉 户主: 张户主1"' in page
    assert "&lt;b&gt;" in page
    assert "<b>3</b>" not in page
    assert "共 10 条" in page
    tiles = re.sub(r"\s*\n\s*", "", street.person(TOWN).get("/tickets").text)
    assert '<span class="number">30</span><span class="name">挂账</span>' in tiles
    assert '<span class="number">1</span><span class="name">未结</span>' in tiles


def test_the_next_page_goes_on_where_the_first_ended(street: Street) -> None:
    more_tickets(street)
    browser = street.person(TOWN)
    first = browser.get("/tickets?sort=number").text
    more = first.split('class="go-on"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    second = browser.get(more + "&_block=lines", **{"hx-request": "true"}).text
    result = [page.count('name="ticket"') for page in (first, second)]
    assert result == [40, 21]
    assert "<html" not in second
    assert browser.get("/tickets?sort=due&after=made-up").status_code == 200


def test_the_builder_asks_about_one_column_and_keeps_the_rest(street: Street) -> None:
    browser = street.person(TOWN)
    condition = browser.get("/tickets?status=hung&add=due&_block=condition", **{"hx-request": "true"}).text
    assert 'name="due_from"' in condition
    assert '<input type="hidden" name="status" value="hung">' in condition
    sent = browser.get("/tickets?status=hung&due_from=2019-09-20&due_to=")
    assert (sent.status_code, sent.headers["location"]) == (303, "/tickets?status=hung&due_from=2019-09-20")
    assert browser.get("/tickets?due_from=soon").status_code == 422


def test_columns_and_filters_are_kept_for_the_person(street: Street) -> None:
    browser = street.person(TOWN)
    assert (
        browser.post("/tickets/columns", {"column": ["measure", "rounds"], "query": "q=x"}).headers[
            "location"
        ]
        == "/tickets?q=x"
    )
    assert 'data-column="measure"' in browser.get("/tickets").text
    assert 'data-column="measure"' not in street.person(LEAD).get("/tickets").text
    kept = browser.post(
        "/tickets/filters", {"name": "挂账的", "query": "status=hung", "shared_to": "area:341226100"}
    )
    assert kept.headers["location"].startswith("/tickets?status=hung&filter=")
    number = kept.headers["location"].rsplit("=", 1)[1]
    assert "挂账的" in street.person(LEAD).get("/tickets").text
    assert (
        street.person(LEAD).get(f"/tickets/filters/{number}").headers["location"] == kept.headers["location"]
    )
    assert street.person(LEAD).post(f"/tickets/filters/{number}/delete").status_code == 403
    assert street.person(STRANGER).get(f"/tickets/filters/{number}").status_code == 404
    assert browser.post(f"/tickets/filters/{number}/delete").status_code == 303


def test_acting_on_what_one_does_not_see_changes_nothing(street: Street) -> None:
    assert 'value="nudge"' in street.person(TOWN).get("/tickets/1").text
    assert 'value="nudge"' not in street.person(HELPER).get("/tickets/1").text
    answer = street.person(STRANGER).post("/tickets/bulk", {"act": "nudge", "ticket": "1"})
    assert "没有选择工单" in answer.text
    assert "颍上-001" not in answer.text
    told = (
        street.person(TOWN).post("/tickets/bulk", {"act": "nudge", "all": "yes", "query": "q=家庭医生"}).text
    )
    assert "颍上-001" in told
    assert "没有别人要催办" in told


def test_the_identity_number_is_asked_for_and_leaves_a_row(street: Street) -> None:
    with street.application.database.writing() as session:
        session.get_one(Household, 1).phone = "13855512345"
    town, helper = street.person(TOWN), street.person(HELPER)
    page = helper.get("/households/1").text
    assert NUMBER not in page
    assert "341226**********34" in page
    assert "13855512345" in page
    answer = town.post("/households/1/reveal", {"field": "id_number", "reason": "核对证件"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert NUMBER in answer.text
    assert "<html" not in answer.text
    with street.application.database.reading() as session:
        row = session.execute(select(history).where(history.c.action == "revealed")).one()
    assert (row.person, row.key) == (TOWN, "household:1")
    assert NUMBER not in row.detail
    assert "查看完整信息" in town.get("/households/1").text


def test_whoever_only_reads_sees_masked_numbers_everywhere(street: Street) -> None:
    with street.application.database.writing() as session:
        session.get_one(Household, 1).phone = "13855512345"
        session.get_one(Household, 1).helper_id = LEAD
    reader = street.person(HELPER)  # holds the ticket, no longer helps the household
    for path in ("/households/1", "/tickets/1", "/tickets"):
        page = reader.get(path).text
        assert NUMBER not in page, path
        assert "13855512345" not in page, path
    assert reader.post("/households/1/reveal", {"field": "id_number"}).status_code == 403
    program = street.program(HELPER)
    for path in ("/api/v1/tickets", "/api/v1/tickets/1"):
        assert NUMBER not in program.get(path).text
        assert "13855512345" not in program.get(path).text


def test_the_ledger_shows_the_campaign_at_hand(street: Street) -> None:
    with street.application.database.writing() as session:
        first = session.get_one(Campaign, 1)
        session.add(Campaign(id=2, name="秋季检查", name_en="Autumn", year=2019, area_code=first.area_code))
    town = street.person(TOWN)
    assert "颍上-001" not in town.get("/tickets").text
    assert town.post("/campaigns/choose", {"campaign": "1"}).status_code == 303
    assert "颍上-001" in town.get("/tickets").text

"""What those see whose work it is; who is let in to what stands in the matrix (test_matrix)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from rectification.campaigns.model import Campaign
from rectification.households.model import Household
from rectification.people.deputies import Deputy
from rectification.places.areas import Area
from rectification.work_streams.model import WorkStream
from tests.web.application import ADMIN, COUNTY, HELPER, START, STRANGER, TOWN, start_visit
from tests.web.conftest import Street


def test_those_whose_work_it_is_see_it(street: Street) -> None:
    item = start_visit(street.application)
    helper, town = street.person(HELPER), street.person(TOWN)
    for path in (
        "/",
        f"/work-items/{item}",
        "/households",
        "/households/1",
        "/tickets",
        "/tickets/1",
        "/notices",
        "/me",
    ):
        assert helper.get(path).status_code == 200, path
    for path in ("/board", "/villages", "/villages/341226100200"):
        assert town.get(path).status_code == 200, path
    for path in ("/incidents", "/definitions"):
        assert street.person(ADMIN).get(path).status_code == 200, path


def test_a_county_does_not_begin_the_campaign_of_its_city(demo_street: Street) -> None:
    county = demo_street.person(COUNTY)
    with demo_street.application.database.writing() as session:
        session.execute(update(Household).values(status=None))
    assert 'action="/campaigns/1/begin"' not in county.get("/campaigns/1").text
    answer = county.post("/campaigns/1/begin")
    assert answer.status_code == 403
    assert "由上级负责" in answer.text


def test_a_county_changes_nothing_that_is_laid_down_for_the_campaign_of_its_city(street: Street) -> None:
    county = street.person(COUNTY)
    assert 'action="/works"' not in county.get("/works").text
    assert county.get("/works/new").status_code == 403
    sent = {"code": "recheck", "floor": "red", "name": "x"}
    for path in ("/works", "/works/new", "/works/recheck/cases", "/messages/floor"):
        assert county.post(path, sent).status_code == 403, path
    with street.application.database.reading() as session:
        assert session.scalars(select(WorkStream.id)).all() == []
        assert "floor" not in session.get_one(Campaign, 1).settings


def test_a_campaign_elsewhere_is_neither_listed_nor_taken_in_hand(street: Street) -> None:
    with street.application.database.writing() as session:
        session.add(Area(code="341300", name="宿州市", level="city", path="341300/"))
        session.flush()
        session.add(Campaign(id=2, name="别市的行动", name_en="Elsewhere", year=2019, area_code="341300"))
    county = street.person(COUNTY)
    assert "别市的行动" not in county.get("/campaigns").text + county.get("/campaigns/new").text
    assert county.post("/campaigns/choose", {"campaign": "2"}).status_code == 404
    county.client.cookies.set("campaign", "2")
    for path in ("/criteria", "/board", "/papers", "/imports", "/works", "/messages"):
        page = county.get(path)
        assert page.status_code == 200, path
        assert "别市的行动" not in page.text
    assert street.person(STRANGER).get("/campaigns/1").status_code == 403


def test_a_deputy_comes_in_as_whom_they_stand_in_for_on_these_days_and_no_longer(street: Street) -> None:
    day = START.date()
    with street.application.database.writing() as session:
        session.add(Deputy(person_id=STRANGER, stands_in_for_id=COUNTY, since=day, until=day))
    deputy = street.person(STRANGER)
    for path in ("/board", "/incidents", "/papers", "/people", "/households/1", "/tickets/1", "/calendars"):
        assert deputy.get(path).status_code == 200, path
    street.application.clock.push_by(dt.timedelta(days=1))
    for path, status in (("/board", 403), ("/incidents", 403), ("/papers", 403), ("/tickets/1", 404)):
        assert deputy.get(path).status_code == status, path

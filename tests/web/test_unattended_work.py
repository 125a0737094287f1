"""The page of work in front of nobody, as administrators read it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update

from rectification.people.model import Person
from rectification.people.posts import INSTALLATION, Post
from tests.web.application import ADMIN, COUNTY, HELPER, LEAD, STRANGER, TOWN, start_visit
from tests.web.conftest import Street


def test_an_administrator_reads_how_much_there_is_and_not_whom_it_is_about(street: Street) -> None:
    start_visit(street.application)
    with street.application.database.writing() as session:
        session.add(Post(person_id=STRANGER, role="admin", scope=INSTALLATION, since=dt.date(2019, 1, 1)))
        nobody = Person.id.in_((HELPER, LEAD, TOWN, COUNTY))
        session.execute(update(Person).where(nobody).values(active=False))
    page = street.person(ADMIN).get("/unseen").text
    assert "1 件" in page
    assert "/work-items/" not in page, "they do not see it"
    assert "管谷村" not in page
    assert "1 件" not in street.person(STRANGER).get("/unseen").text, "the area has an administrator"

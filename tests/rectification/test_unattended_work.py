"""Work on desks that no living person sees is told to the office above, once a day."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update

from rectification.handover.unattended_work import (
    escalate_unattended,
    unattended_by_office_of,
    unattended_work,
)
from rectification.people.deputies import Deputy
from rectification.people.model import Person
from rectification.people.posts import Post
from tests.rectification.campaign import TOWN, SmallCampaign

TODAY, TOMORROW = dt.date(2019, 9, 2), dt.date(2019, 9, 3)


def leaves(small: SmallCampaign, who: str) -> None:
    with small.database.writing() as session:
        session.execute(update(Person).where(Person.id == small.people[who]).values(active=False))


def told(small: SmallCampaign, day: dt.date) -> list[str]:
    before = len(small.notices(kind="unseen"))
    with small.database.writing() as session:
        escalate_unattended(session, small.clock.now(), day)
    names = {number: name for name, number in small.people.items()}
    return [names[notice.person_id] for notice in small.notices(kind="unseen")[before:]]


def test_what_somebody_left_behind_is_told_once_a_day(small: SmallCampaign) -> None:
    small.begin()
    assert told(small, TODAY) == []
    leaves(small, "helper")
    assert told(small, TODAY) == ["town", "town_second"]
    assert told(small, TODAY) == []
    assert told(small, TOMORROW) == ["town", "town_second"]
    first = small.notices("town", "unseen")[0]
    assert first.words_zh.startswith("3 件事项无人在岗办理")
    assert first.link == "/unseen", "several lead to all of them"
    with small.database.reading() as session:
        lists = {
            who: unattended_by_office_of(session, small.people[who], TODAY) for who in ("town", "county")
        }
    assert {who: len(rows) for who, rows in lists.items()} == {"town": 3, "county": 0}
    key = f"household:{small.homes['201-001']}"
    assert small.actions(key).count("unseen") == 2
    with small.database.writing() as session:
        days = {"since": TODAY, "until": TOMORROW}
        session.add(
            Deputy(person_id=small.people["helper_second"], stands_in_for_id=small.people["helper"], **days)
        )
    with small.database.reading() as session:
        assert unattended_work(session, TOMORROW) == []
        assert len(unattended_work(session, dt.date(2019, 9, 4))) == 3


def test_an_office_without_holders_is_told_to_the_county(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.submit(unvisited_reason="外出务工")
    with small.database.writing() as session:
        here = (Post.role == "town_office") & (Post.scope == TOWN)
        session.execute(update(Post).where(here).values(until=TODAY))
    assert told(small, TODAY) == []
    assert told(small, TOMORROW) == ["county", "county_second"]

"""A post is taken only where no work is left in front of nobody; who holds it is known from the day on."""

from __future__ import annotations

import pytest

from engine.errors import DomainError, NotAllowed
from engine.host import SYSTEM
from rectification.handover.giving_posts import (
    COMMAND,
    give_post,
    may_administer,
    new_post,
    realm_of,
    take_post,
)
from rectification.matters.timezone import acting_now
from rectification.people.posts import posts_of
from tests.rectification.campaign import COUNTY, TOWN, SmallCampaign, local

TODAY = local(2).date()


def take(small: SmallCampaign, who: str, role: str) -> None:
    with small.database.writing() as session:
        held = [post for post in posts_of(session, small.people[who], TODAY) if post.role == role]
        take_post(acting_now(session, small.engine, SYSTEM), COMMAND, held[0])


def test_the_last_holder_of_a_post_with_work_hands_it_over_first(small: SmallCampaign) -> None:
    small.fixed(small.in_progress())
    take(small, "town", "town_office")
    with small.database.reading() as session:
        assert posts_of(session, small.people["town"], TODAY) == []
    with pytest.raises(DomainError, match="Nobody else holds this post"):
        take(small, "town_second", "town_office")
    with small.database.writing() as session:
        post = new_post(session, "town_office", TOWN)
        give_post(acting_now(session, small.engine, SYSTEM), COMMAND, small.people["town"], post)
    take(small, "town_second", "town_office")


def test_an_administrator_of_one_county_ends_no_post_of_another(small: SmallCampaign) -> None:
    small.second_county("Asia/Shanghai")
    with small.database.writing() as session:
        admin = small.people["inspector"]
        post = new_post(session, "admin", COUNTY)
        give_post(acting_now(session, small.engine, SYSTEM), COMMAND, admin, post)
    with small.database.writing() as session:
        realm = realm_of(session, admin, TODAY)
        there = next(who for who in small.people if who.startswith("far"))
        number = small.people[there]
        assert may_administer(session, realm, small.people["town"], TODAY)
        assert not may_administer(session, realm, number, TODAY)
        for entry in posts_of(session, number, TODAY):
            with pytest.raises(NotAllowed):
                take_post(acting_now(session, small.engine, SYSTEM), realm, entry)

"""Everybody who takes part in a journey through the pages."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser
from sqlalchemy import select

from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from rectification.people.posts import Post
from tests.journeys import story
from tests.journeys.conftest import Demo
from tests.journeys.visitor import Visitor


class Journey:
    """Everybody who takes part, each in front of the same kind of screen."""

    def __init__(self, browser: Browser, demo: Demo, width: int, language: str) -> None:
        self.demo, self.application = demo, demo.application
        self._seat = (browser, demo, width, language)
        self._signed_in: dict[str, Visitor] = {}

    def visitor(self, login: str) -> Visitor:
        """Somebody sits down and signs in, once."""
        browser, demo, width, language = self._seat
        if login not in self._signed_in:
            self._signed_in[login] = Visitor(browser, demo, login, width, language)
        return self._signed_in[login]

    def push(self, day: int, hour: int = 9) -> None:
        """Move the campaign's clock."""
        assert self.application.demo_clock is not None
        self.application.demo_clock.push_to(story.day(day, hour))

    def homes_of(self, person: int) -> list[int]:
        """A helper's households."""
        with self.application.database.reading() as session:
            query = select(Household.id).where(Household.helper_id == person).order_by(Household.id)
            return list(session.scalars(query))

    def ticket(self, household: int, item: str) -> Ticket:
        """The ticket that an item of a household became."""
        with self.application.database.reading() as session:
            return session.scalars(
                select(Ticket).where(Ticket.household_id == household, Ticket.item == item)
            ).one()

    def measure(self, person: int, due: str) -> dict[str, Any]:
        """Measure, unit, person and due date."""
        with self.application.database.reading() as session:
            unit = session.scalars(select(Post.unit_id).where(Post.person_id == person).distinct()).one()
        return {
            "measure": "联系镇卫生院补签并上门服务",
            "rect_type": "immediate",
            "resp_unit": unit,
            "resp_person": person,
            "due_date": due,
        }

"""Two administrators who end each other at the same moment: one of them stays."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from sqlalchemy import select

from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.host import Actor
from rectification.handover.accounts import close_account
from rectification.matters.timezone import acting_now
from rectification.people.model import Person
from rectification.people.posts import INSTALLATION, LastAdministrator, Post, administrators, pass_post
from rectification.process.host import DomainHost

TODAY = dt.date(2019, 9, 2)
LONG_ENOUGH = 0.3
"""Seconds in which whoever need not wait for the other would be through."""


def test_of_two_administrators_who_end_each_other_one_stays(
    database: Database, clock: PushedClock, tmp_path: Path
) -> None:
    engine = Engine(database, DomainHost(tmp_path), clock)
    with database.writing() as session:
        for number in (1, 2):
            session.add(Person(id=number, name=f"管理{number}", login=f"p{number}", password_hash="set"))
        session.flush()
        for number in (1, 2):
            session.add(Post(person_id=number, role="admin", scope=INSTALLATION, since=TODAY))

    def end_second() -> bool:
        try:
            with database.writing() as session:
                post = session.scalars(select(Post).where(Post.person_id == 2)).one()
                pass_post(acting_now(session, engine, Actor("管理1", 1)), post, 0)
        except LastAdministrator:
            return False
        return True

    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            close_account(acting_now(session, engine, Actor("管理2", 2)), 1)
            second = pool.submit(end_second)
            wait([second], timeout=LONG_ENOUGH)
        assert second.result() is False
    with database.reading() as session:
        assert administrators(session, TODAY) == [2]

"""People (人员): whoever can sign in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import read_each, rows_of
from engine.errors import NotFound
from engine.sql_arrays import in_list, values_by_key
from engine.text import Language, LocalizedText
from rectification.core.model import Id, Model, Name

LOGIN: Final = re.compile(r"[\w.@\-]{2,100}")
"""What can be a sign-in name."""
LONGEST_NAME: Final = 200
MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Person(Model):
    """Somebody who can sign in. What they may do follows from their posts alone."""

    __tablename__ = "people"

    id: Mapped[Id]
    name: Mapped[Name]
    login: Mapped[str] = mapped_column(String(100), unique=True)
    phone: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[Language] = mapped_column(String(2), default="zh")
    password_hash: Mapped[str | None] = mapped_column(String(300))
    active: Mapped[bool] = mapped_column(default=True)


def get_person(session: Session, number: int) -> Person:
    """One person.

    Raises:
        NotFound: there is nobody with this number.
    """
    person = session.get(Person, number)
    if person is None:
        raise NotFound(LocalizedText("没有这个人员。", "There is no such person."))
    return person


def names_of(session: Session, numbers: Iterable[int]) -> dict[int, str]:
    """What people are called."""
    return values_by_key(session, Person.id, Person.name, numbers)


def closed_accounts(session: Session, numbers: Iterable[int]) -> set[int]:
    """Those of these people who can sign in no more."""
    known = read_each(session, "closed accounts", numbers, lambda numbers: _closed_among(session, numbers))
    return {number for number, closed in known.items() if closed}


def note_accounts(session: Session, active: Mapping[int, bool]) -> None:
    """Whether these accounts are active was read beside something else, and need not be asked again."""
    read_each(
        session, "closed accounts", active, lambda numbers: {number: not active[number] for number in numbers}
    )


def _closed_among(session: Session, numbers: Sequence[int]) -> dict[int, bool]:
    closed = {number for (number,) in rows_of(session, _CLOSED, {"numbers": numbers})}
    return {number: number in closed for number in numbers}


def person_of_login(session: Session, login: str) -> Person | None:
    """Whose sign-in name it is, also where the account is closed."""
    return session.scalars(select(Person).where(Person.login == login)).one_or_none()


def person_of_like_login(session: Session, login: str) -> Person | None:
    """Whose sign-in name it is, or differs from it only in capital letters."""
    folded = login.casefold()
    rows = session.execute(select(Person.id, Person.login).order_by(Person.id))
    next_ = next((number for number, known in rows if known.casefold() == folded), None)
    return None if next_ is None else session.get(Person, next_)


def person_by_login(session: Session, login: str) -> Person | None:
    """Who signs in under this name, if they still work here."""
    return session.scalars(select(Person).where(Person.login == login, Person.active)).one_or_none()


_CLOSED: Final = select(Person.id).where(in_list(Person.id, "numbers"), ~Person.active)
"""Put together once: it is asked wherever somebody is told something."""

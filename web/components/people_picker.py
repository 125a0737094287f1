"""Choosing people for something: typed in part, found by name, ticked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from engine.text import LocalizedText
from rectification.access.selectable_people import choosable, not_elsewhere
from rectification.people.model import Person
from web.fields.surroundings import numbers_in
from web.form_data import text
from web.i18n import translate
from web.user_lookup import post_words_of_people

MOST = 12
"""People that are offered at once."""


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """Somebody who can be chosen."""

    id: int
    name: str
    posts: str
    chosen: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Chooser:
    """Who chooses, on which day and about what (a business key): that says among whom."""

    person: int
    today: dt.date
    about: str


def get_chosen_people(session: Session, form: FormData, chooser: Chooser) -> list[int]:
    """Those who are ticked; with nobody ticked, the only one who is called as was typed."""
    ticked = list(dict.fromkeys(numbers_in(form.getlist("person"))))
    typed = text(form, "who", 60)
    if ticked or not typed:
        return ticked
    called = [person.id for person in find_people(session, (), typed, chooser) if person.name == typed]
    return called if len(called) == 1 else []


def find_people(
    session: Session,
    chosen: Collection[int],
    typed: str,
    chooser: Chooser,
    why_not: Callable[[Sequence[int]], Mapping[int, LocalizedText]] = lambda _people: {},
) -> list[PersonChoice]:
    """Those who are chosen already, and those near the chooser whose name holds what was typed.

    Of whoever ``why_not`` gives a reason, the reason is shown and nothing can be ticked.
    """
    person, today, about = chooser.person, chooser.today, chooser.about
    people = select(Person.id, Person.name).where(Person.active)
    ticked = people.where(Person.id.in_(chosen), not_elsewhere(session, person, today, about))
    query = people.where(
        choosable(session, person, today, about), Person.name.contains(typed, autoescape=True)
    )
    rows = list(session.execute(ticked.order_by(Person.id)))
    if typed:
        rows += session.execute(query.where(Person.id.not_in(chosen)).order_by(Person.id).limit(MOST)).all()
    numbers = [row.id for row in rows]
    posts, reasons = post_words_of_people(session, numbers, today), why_not(numbers)
    return [
        PersonChoice(
            row.id,
            row.name,
            "、".join(translate(words) for _post, words in posts[row.id][:2]),
            row.id in chosen,
            translate(reasons.get(row.id) or ""),
        )
        for row in rows
    ]

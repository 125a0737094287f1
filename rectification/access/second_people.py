"""The second of two who act together, who is named in writing (同行人): not oneself, nor too near to what is judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine.errors import NotAllowed
from engine.host import Step
from engine.text import LocalizedText
from rectification.access.separation_of_duties import check_separation
from rectification.calendar.deadlines import local_day
from rectification.core.keys import number_in
from rectification.matters.ticket import Ticket
from rectification.matters.timezone import zone_of_campaign
from rectification.people.model import Person

_BETWEEN: Final = re.compile(r"[、,，;；/]+|\s+(?:and|和)\s+")
_BESIDE: Final = re.compile(r"[(（].*?[)）]|\s")
"""What people write beside a name: their unit in brackets, spaces."""


@dataclass(frozen=True, slots=True)
class _Seat:
    """What separation asks about a work item."""

    instance: int
    key: str
    owner: str = ""


def names_oneself(step: Step, text: str) -> bool:
    """Whether whoever acts is among those who are named as the second."""
    named = _names(text)
    if _bare(step.actor.name) in named:
        return True
    me = step.session.get(Person, step.actor.person) if step.actor.person is not None else None
    return me is not None and not named.isdisjoint({_bare(me.name), me.login.casefold()})


def too_near(step: Step, text: str, element: str) -> LocalizedText | None:
    """Why somebody who is named as the second may not judge ``element``: they did it, or are of the unit that did.

    Of namesakes one is enough; a sign-in name says which of them is meant.
    """
    number = number_in(step.key, "ticket")
    if number is None or step.session.get(Ticket, number) is None:  # a rehearsal of what is not there
        return None
    today = local_day(step.now, zone_of_campaign(step.session, step.variables.get("campaign")))
    seat = _Seat(step.instance, step.key)
    for person in _people(step.session, _names(text)):
        try:
            check_separation(step.session, person.id, seat, element, step.variables, today)
        except NotAllowed:
            return LocalizedText(
                f"{person.name}是整改人、其代办人或责任单位人员，不能作同行复核人；如为同名的另一人，请填写其登录名。",
                f"{person.name} did the fixing, stands in for whoever did, or is of the responsible unit: name somebody else. "
                "If you mean a namesake, give their sign-in name.",
            )
    return None


def _people(session: Session, names: set[str]) -> list[Person]:
    """Those who are meant: by sign-in name, else everybody of that name."""
    name = func.lower(Person.name)
    for space in (" ", "\u3000"):
        name = func.replace(name, space, "")
    query = select(Person).where(or_(func.lower(Person.login).in_(names), name.in_(names)))
    result = list(session.scalars(query.order_by(Person.id)))
    logins = {person.login.casefold() for person in result}
    return [
        person for person in result if person.login.casefold() in names or _bare(person.name) not in logins
    ]


def _names(text: str) -> set[str]:
    return {bare for name in (text, *_BETWEEN.split(text)) if (bare := _bare(name))}


def _bare(name: str) -> str:
    return _BESIDE.sub("", name).casefold()

"""Why somebody sees tickets, as plain values: whoever holds the same posts at the same places sees the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, bindparam, select
from sqlalchemy.sql.visitors import replacement_traverse

from rectification.households.model import Household
from rectification.matters.ticket import Ticket

Place = tuple[str, str]
"""A level and the code of an area."""

LEVELS_OF_TICKETS: Final = {"village": Ticket.village, "town": Ticket.town, "county": Ticket.county}


@dataclass(frozen=True, slots=True)
class TicketVisibility:
    """What a person's posts let them see; what is empty opens nothing."""

    person: int
    leads: tuple[int, ...] = ()
    """Units that they lead."""
    fields: tuple[int, ...] = ()
    """Line departments to which they belong."""
    villages: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    """Areas of which they see everything; one wider than a county is told as its counties."""
    others: tuple[int, ...] = ()
    """People for whom they stand in."""

    @property
    def shape(self) -> TicketVisibility:
        """The same with nothing in the place of the values: what decides how the question is put."""
        return TicketVisibility(
            0,
            self.leads and (0,),
            self.fields and (0,),
            self.villages and ("",),
            tuple((level, "") for level, _code in self.places),
            self.others and (0,),
        )

    @property
    def values(self) -> dict[str, object]:
        """The values of :attr:`ways`, by name."""
        places = {f"seen_place{number}": code for number, (_level, code) in enumerate(self.places)}
        return {
            "seen_person": self.person,
            "seen_leads": self.leads,
            "seen_fields": self.fields,
            "seen_villages": self.villages,
            "seen_others": self.others,
            **places,
        }

    @property
    def count(self) -> int:
        """How many :attr:`ways` there are."""
        few = 3 + bool(self.leads) + 2 * bool(self.fields) + bool(self.villages) + 3 * bool(self.others)
        return few + len(self.places)

    @property
    def ways(self) -> list[ColumnElement[bool]]:
        """Each reason apart, with names for the values: asked without one of them, the database is not asked."""
        person = bindparam("seen_person", type_=Ticket.id.type)
        conditions: list[ColumnElement[bool]] = [
            Ticket.resp_person_id == person,
            Ticket.found_by_id == person,
            Ticket.household_id.in_(select(Household.id).where(Household.helper_id == person)),
        ]
        if self.leads:
            conditions.append(Ticket.resp_unit_id.in_(_any_of("seen_leads")))
        if self.fields:
            conditions += [
                Ticket.line_dept_id.in_(_any_of("seen_fields")),
                Ticket.resp_unit_id.in_(_any_of("seen_fields")),
            ]
        if self.villages:
            conditions.append(Ticket.village.in_(_any_of("seen_villages")))
        if self.others:
            theirs = select(Household.id).where(Household.helper_id.in_(_any_of("seen_others")))
            conditions += [
                Ticket.resp_person_id.in_(_any_of("seen_others")),
                Ticket.found_by_id.in_(_any_of("seen_others")),
                Ticket.household_id.in_(theirs),
            ]
        for number, (level, _code) in enumerate(self.places):
            column = LEVELS_OF_TICKETS[level]
            conditions.append(column == bindparam(f"seen_place{number}", type_=column.type))
        return conditions


def filled(condition: ColumnElement[bool], values: Mapping[str, object]) -> ColumnElement[bool]:
    """A condition with its values, each as nameless as those of any other condition beside it."""

    def value(element: Any, **_more: object) -> Any:
        if not isinstance(element, BindParameter) or element.key not in values:
            return None
        return bindparam(None, values[element.key], element.type, unique=True, expanding=element.expanding)

    bound: ColumnElement[bool] = replacement_traverse(condition, {}, value)
    return bound


def _any_of(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)

"""One thing of a person's work passes to another: a ticket, a household, what stands on a desk.

Each way answers why it could not be, where the separation of duties or a ticket's place forbids it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import select

from engine.commands import reassign
from engine.json import JsonObject, Values
from engine.owners import person_owner
from engine.text import LocalizedText
from rectification.access.separation_of_duties import unfit_to_repair
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import case_key, household_key, kind_of, row_number, ticket_key
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.ticket import Ticket, get_ticket
from rectification.people.posts import posts_of
from rectification.places.units import Unit
from rectification.tickets.dispatch import reviewer_of, verifier_of

_NAMES: Final = frozenset({"resp_person", "helper", "to_person", "final_person"})
"""Variables that hold the number of a person; what reads ``person:17`` passes under any name."""


@dataclass(frozen=True, slots=True)
class Reassignment:
    """One successor taking one thing; each way returns why it could not be."""

    context: ActionContext
    leaving: int
    to: int
    reason: str
    note: str

    def ticket(self, number: int) -> LocalizedText | None:
        """Responsible person, unit, verifier and desks."""
        key = ticket_key(number)
        reassign.hold(self.context.session, key)
        ticket = get_ticket(self.context.session, number)
        why_not = self._unfit(key)
        if why_not is not None:
            return why_not
        unit = self._unit(ticket)
        if isinstance(unit, LocalizedText):
            return unit
        before = {"resp_person": ticket.resp_person_id, "resp_unit": ticket.resp_unit_id}
        ticket.resp_person_id, ticket.resp_unit_id = self.to, unit
        judges: Values = {}
        if before["resp_unit"] != unit:
            judges = {
                "resp_unit": unit,
                "verifier": verifier_of(self.context.session, ticket),
                "dept": reviewer_of(self.context.session, ticket, "dept"),
            }
        self._through(key, judges)
        self._note(key, before, {"resp_person": self.to, "resp_unit": unit})
        return None

    def household(self, number: int) -> LocalizedText | None:
        """The helper, with the desks of the visit and of the household's cases."""
        cases = select(Case.id).where(Case.household_id == number)
        keys = [household_key(number), *(case_key(row) for row in self.context.session.scalars(cases))]
        for key in keys:
            reassign.hold(self.context.session, key)
        home = self.context.session.get_one(Household, number)
        home.helper_id = self.to
        for key in keys:
            self._through(key, {})
        self._note(keys[0], {"helper": self.leaving}, {"helper": self.to})
        return None

    def work(self, key: str) -> LocalizedText | None:
        """What merely stands on the desk."""
        if kind_of(key) == "ticket":
            reassign.hold(self.context.session, key)
            if (why_not := self._unfit(key)) is not None:
                return why_not
            if get_ticket(self.context.session, row_number(key)).resp_person_id == self.to:
                return _REPAIRS
        self._through(key, {})
        return None

    def _unfit(self, key: str) -> LocalizedText | None:
        property_values = partial(self.context.engine.definitions.property_values, self.context.session)
        return unfit_to_repair(self.context.session, property_values, key, self.to, self.context.today)

    def _through(self, key: str, judges: JsonObject) -> None:
        before = self.leaving
        unit = next(
            (
                post.unit_id
                for post in posts_of(self.context.session, self.to, self.context.today)
                if post.unit_id
            ),
            None,
        )

        def renaming(scope: JsonObject) -> Values:
            result: Values = {}
            for name, value in scope.items():
                if value == person_owner(before):
                    result[name] = person_owner(self.to)
                elif name in _NAMES and not isinstance(value, bool) and str(value) == str(before):
                    result[name] = str(self.to) if isinstance(value, str) else self.to
            if "resp_person" in result:
                result.update({name: value for name, value in judges.items() if name in scope})
            if "to_person" in result and unit is not None:
                result["to_unit"] = unit
            return result

        desks: dict[str, str] = {person_owner(before): person_owner(self.to)}
        reassign.reassign_all(
            self.context.session,
            key,
            desks,
            renaming,
            self.context.actor,
            self.context.now,
            reason=self.reason,
            text=self.note,
        )

    def _note(self, key: str, before: Mapping[str, object], after: Mapping[str, object]) -> None:
        detail = {"before": before, "after": after, "reason": self.reason, "text": self.note}
        record_event(self.context, "responsible_changed", key, person=self.to, **detail)

    def _unit(self, ticket: Ticket) -> int | LocalizedText | None:
        """The responsible unit as it is, or the successor's that lies near the ticket."""
        units = [
            post.unit_id
            for post in posts_of(self.context.session, self.to, self.context.today)
            if post.unit_id
        ]
        if ticket.resp_unit_id is None or not units or ticket.resp_unit_id in units:
            return ticket.resp_unit_id
        near = select(Unit.id).where(
            Unit.id.in_(units), Unit.area_code.in_((ticket.village, ticket.town, ticket.county))
        )
        row = self.context.session.scalars(near.order_by(Unit.id).limit(1)).first()
        return row if row is not None else _FAR_UNIT


_FAR_UNIT: Final = LocalizedText(
    "接手人的单位不在这张工单所在的村、镇、县。",
    "The successor's unit lies outside the ticket's village, town and county.",
)
_REPAIRS: Final = LocalizedText(
    "接手人是这张工单的责任人，不能办理别人对它的事项。",
    "The successor repairs this ticket and cannot do what others are to do about it.",
)

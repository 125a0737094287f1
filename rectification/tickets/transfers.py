"""Transfers (转办): the responsible person says whose it is; they take it, refuse it, or the office settles it.

A transfer that is accepted makes the receiver's unit and person responsible and their office the verifier; after
:data:`MOST_REFUSALS` refusals the office that dispatched decides. The due date never moves with a transfer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.text import LocalizedText
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.tickets.dispatch import TicketInput, reviewer_of, verifier_of, wrong_person
from rectification.tickets.notifications import notify_assignee
from rectification.tickets.progress_statements import follow_transfer

MOST_REFUSALS: Final = 2
"""After so many refusals the office that dispatched says whose it is."""


class Transfer(Model):
    """One asked transfer and what came of it: accepted, refused or settled by the office."""

    __tablename__ = "transfers"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    from_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    from_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    to_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    to_person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[LongText]
    result: Mapped[str] = mapped_column(String(10))
    note: Mapped[LongText] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class SettlementForm(HandlerInput):
    """Whose the ticket is, as the office says."""

    final_unit: int | None
    final_person: int | None


class AskedTransfer(HandlerInput):
    """A transfer that was asked for, and what its receiver answered."""

    ticket: int
    to_unit: int
    to_person: int
    result: str = ""
    transfer_taken: str
    transfer_note: str = ""
    transfer_refusals: int = 0


class SettledTransfer(HandlerInput):
    """A transfer as the office settled it."""

    ticket: int
    final_unit: int
    final_person: int
    result: str = ""


def wrong_transfer(step: Step, unit: int | None, receiver: int | None) -> Mapping[str, LocalizedText]:
    """What is wrong with a transfer that is asked for, by the responsible person or by a deputy."""
    if receiver is not None and receiver == step.actor.person:
        return {"to_person": LocalizedText("不能转办给自己。", "You cannot transfer it to yourself.")}
    if receiver is not None and receiver == _ticket(step).resp_person_id:
        return {"to_person": LocalizedText("工单本来就由此人负责。", "They are responsible for it already.")}
    return wrong_person(step, ("to_unit", unit), ("to_person", receiver))


def _ticket(step: Step) -> Ticket:
    return get_ticket(step.session, TicketInput.read(step.variables).ticket)


@guard(SettlementForm, reads=TicketInput)
def settlement_complete(step: Step, form: SettlementForm) -> Mapping[str, LocalizedText]:
    """Guard: a unit and one of its people."""
    return wrong_person(step, ("final_unit", form.final_unit), ("final_person", form.final_person))


_MOVED: Final = ("transfer_result", "transfer_refusals", "resp_unit", "resp_person", "verifier", "dept")
"""The variables that a transfer gives."""


@service(AskedTransfer, *_MOVED)
def transfer(step: Step, given: AskedTransfer) -> Values:
    """The receiver answered: the ticket is theirs, or goes back; refused too often, the office settles it."""
    ticket = get_ticket(step.session, given.ticket)
    taken = given.transfer_taken == "yes"
    row = _row(step, ticket, given.to_unit, given.to_person, given.result)
    row.result = "accepted" if taken else "refused"
    row.note = "" if taken else given.transfer_note
    step.session.add(row)
    record_event(
        step,
        f"transfer_{row.result}",
        ticket.key,
        unit=row.to_unit_id,
        person=row.to_person_id,
        note=row.note,
    )
    if taken:
        return {"transfer_result": "moved", "transfer_refusals": 0, **_hand_over(step, ticket, row)}
    refusals = given.transfer_refusals + 1
    name = ticket_name(step.session, ticket)
    words = LocalizedText(
        f"{name.zh}的转办被拒绝：{row.note}",
        f"The transfer of {name.en} was refused: {row.note}",
    )
    notify_assignee(step, ticket, "transfer_refused", words, row.from_person_id)
    return {
        "transfer_result": "settle" if refusals >= MOST_REFUSALS else "refused",
        "transfer_refusals": refusals,
    }


@service(SettledTransfer, *_MOVED)
def settle_transfer(step: Step, given: SettledTransfer) -> Values:
    """The office says whose it is."""
    ticket = get_ticket(step.session, given.ticket)
    row = _row(step, ticket, given.final_unit, given.final_person, given.result)
    row.result = "settled"
    step.session.add(row)
    record_event(step, "transfer_settled", ticket.key, unit=row.to_unit_id, person=row.to_person_id)
    return {"transfer_result": "moved", "transfer_refusals": 0, **_hand_over(step, ticket, row)}


def _row(step: Step, ticket: Ticket, unit: int, person: int, reason: str) -> Transfer:
    return Transfer(
        ticket_id=ticket.id,
        from_unit_id=ticket.resp_unit_id,
        from_person_id=ticket.resp_person_id,
        to_unit_id=unit,
        to_person_id=person,
        reason=reason,
        by_id=step.actor.person,
        at=step.now,
    )


def _hand_over(step: Step, ticket: Ticket, row: Transfer) -> Values:
    ticket.resp_unit_id, ticket.resp_person_id = row.to_unit_id, row.to_person_id
    follow_transfer(step, ticket)
    return {
        "resp_unit": ticket.resp_unit_id,
        "resp_person": ticket.resp_person_id,
        "verifier": verifier_of(step.session, ticket),
        "dept": reviewer_of(step.session, ticket, "dept"),
    }

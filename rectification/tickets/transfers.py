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
from engine.text import LocalizedText
from rectification.core.history import record_event
from rectification.core.keys import parse_id
from rectification.core.model import Id, LongText, Model
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.tickets.dispatch import reviewer_of, verifier_of, wrong_person
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


def wrong_transfer(step: Step, values: Values) -> Mapping[str, LocalizedText]:
    """What is wrong with a transfer that is asked for, by the responsible person or by a deputy."""
    receiver = parse_id(str(values.get("to_person")))
    if receiver is not None and receiver == step.actor.person:
        return {"to_person": LocalizedText("不能转办给自己。", "You cannot transfer it to yourself.")}
    if receiver is not None and receiver == get_ticket(step.session, step.variables["ticket"]).resp_person_id:
        return {"to_person": LocalizedText("工单本来就由此人负责。", "They are responsible for it already.")}
    return wrong_person(step, values, "to_unit", "to_person")


def settlement_complete(step: Step, values: Values) -> Mapping[str, LocalizedText]:
    """Guard: a unit and one of its people."""
    return wrong_person(step, values, "final_unit", "final_person")


def transfer(step: Step) -> Values:
    """The receiver answered: the ticket is theirs, or goes back; refused too often, the office settles it."""
    values = step.variables
    ticket = get_ticket(step.session, values["ticket"])
    taken = values.get("transfer_taken") == "yes"
    row = _row(step, ticket, int(values["to_unit"]), int(values["to_person"]))
    row.result = "accepted" if taken else "refused"
    row.note = "" if taken else str(values.get("transfer_note") or "")
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
    refusals = int(values.get("transfer_refusals") or 0) + 1
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


def settle_transfer(step: Step) -> Values:
    """The office says whose it is."""
    values = step.variables
    ticket = get_ticket(step.session, values["ticket"])
    row = _row(step, ticket, int(values["final_unit"]), int(values["final_person"]))
    row.result = "settled"
    step.session.add(row)
    record_event(step, "transfer_settled", ticket.key, unit=row.to_unit_id, person=row.to_person_id)
    return {"transfer_result": "moved", "transfer_refusals": 0, **_hand_over(step, ticket, row)}


def _row(step: Step, ticket: Ticket, unit: int, person: int) -> Transfer:
    return Transfer(
        ticket_id=ticket.id,
        from_unit_id=ticket.resp_unit_id,
        from_person_id=ticket.resp_person_id,
        to_unit_id=unit,
        to_person_id=person,
        reason=str(step.variables.get("result") or ""),
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

"""What a responsible person may ask for when a ticket stands on their desk: each way has its own conditions."""

from __future__ import annotations

from collections.abc import Mapping

from engine.host import Step
from engine.inputs import guard
from engine.text import LocalizedText
from rectification.tickets.closures import ClosureForm, why_not_closed
from rectification.tickets.dispatch import TicketInput
from rectification.tickets.extensions import wrong_extension
from rectification.tickets.transfers import wrong_transfer


class OutcomeForm(ClosureForm):
    """What the responsible person asks for, and what each way needs."""

    to_unit: int | None = None
    to_person: int | None = None
    asked_date: str | None = None


@guard(OutcomeForm, reads=TicketInput)
def outcome_complete(step: Step, form: OutcomeForm) -> Mapping[str, LocalizedText]:
    """Guard: evidence for a closure, a receiver for a transfer, a date in time for an extension."""
    match form.outcome:
        case "transfer":
            return wrong_transfer(step, form.to_unit, form.to_person)
        case "extend":
            return wrong_extension(step, form.asked_date)
    return why_not_closed(step, form)
